#include "automata/image_sets.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <numeric>

#include "automata/mix_bits.h"
#include "automata/strong_components.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

constexpr std::int64_t kMaxBytes = std::int64_t{1} << 31;

}  // namespace

ImageSets::ImageSets(const Moore& machine, std::int64_t max_sets)
    : num_states_(machine.num_states), words_((static_cast<std::size_t>(machine.num_states) + 63) / 64) {
  require(max_sets >= 1, "automata::image_orbits", "max_sets must be at least 1, got {}", max_sets);
  merge_equal_letters(machine);
  make_tables(machine);
  const auto bytes_per_set = static_cast<std::int64_t>(8 * words_ + 4 * letters_.size() + 48);
  max_sets_ = std::min({max_sets, std::max<std::int64_t>(kMaxBytes / bytes_per_set, 1),
                        std::int64_t{std::numeric_limits<Set>::max()}});
  table_.assign(64, kUnknown);
  std::vector<std::uint64_t> all(words_, ~std::uint64_t{0});
  if (num_states_ % 64 != 0) all.back() = (std::uint64_t{1} << (num_states_ % 64)) - 1;
  find_or_add(all.data(), kUnknown);
}

void ImageSets::merge_equal_letters(const Moore& machine) {
  std::map<std::vector<State>, Letter> first;
  std::vector<State> column(static_cast<std::size_t>(num_states_));
  for (Letter s = 0; s < machine.num_letters; ++s) {
    for (State q = 0; q < num_states_; ++q) column[static_cast<std::size_t>(q)] = machine.step(q, s);
    if (first.emplace(column, s).second) letters_.push_back(s);
  }
}

void ImageSets::make_tables(const Moore& machine) {
  if (words_ > 1) {
    for (const Letter s : letters_)
      for (State q = 0; q < num_states_; ++q) maps_.push_back(machine.step(q, s));
    return;
  }
  const auto bytes = (static_cast<std::size_t>(num_states_) + 7) / 8;
  tables_.assign(letters_.size() * bytes * 256, 0);
  for (std::size_t i = 0; i < letters_.size(); ++i)
    for (std::size_t byte = 0; byte < bytes; ++byte) {
      std::uint64_t* table = tables_.data() + (i * bytes + byte) * 256;
      for (std::size_t value = 1; value < 256; ++value) {
        const auto q = static_cast<State>(8 * byte) + std::countr_zero(value);
        const std::uint64_t bit = q < num_states_ ? std::uint64_t{1} << machine.step(q, letters_[i]) : 0;
        table[value] = table[value & (value - 1)] | bit;
      }
    }
}

void ImageSets::image(const std::uint64_t* from, std::size_t s, std::uint64_t* to) const {
  if (words_ == 1) {
    const auto bytes = (static_cast<std::size_t>(num_states_) + 7) / 8;
    const std::uint64_t* table = tables_.data() + s * bytes * 256;
    std::uint64_t result = 0;
    for (std::uint64_t rest = *from; rest != 0; rest >>= 8, table += 256) result |= table[rest & 255];
    *to = result;
    return;
  }
  std::fill(to, to + words_, 0);
  const State* map = maps_.data() + s * static_cast<std::size_t>(num_states_);
  for (std::size_t w = 0; w < words_; ++w)
    for (std::uint64_t rest = from[w]; rest != 0; rest &= rest - 1) {
      const auto q = static_cast<std::size_t>(map[64 * w + static_cast<std::size_t>(std::countr_zero(rest))]);
      to[q / 64] |= std::uint64_t{1} << (q % 64);
    }
}

std::uint64_t ImageSets::hash(const std::uint64_t* set) const {
  std::uint64_t h = 0;
  for (std::size_t w = 0; w < words_; ++w) h = mix_bits(h ^ set[w]);
  return h;
}

void ImageSets::grow_table() {
  table_.assign(table_.size() * 4, kUnknown);
  const std::size_t mask = table_.size() - 1;
  for (Set i = 0; i < size(); ++i) {
    std::size_t at = hash(sets_.data() + static_cast<std::size_t>(i) * words_) & mask;
    while (table_[at] != kUnknown) at = (at + 1) & mask;
    table_[at] = i;
  }
}

ImageSets::Set ImageSets::find_or_add(const std::uint64_t* set, Set parent) {
  const std::size_t mask = table_.size() - 1;
  std::size_t at = hash(set) & mask;
  for (; table_[at] != kUnknown; at = (at + 1) & mask)
    if (std::equal(set, set + words_, sets_.data() + static_cast<std::size_t>(table_[at]) * words_))
      return table_[at];
  if (size() >= max_sets_) {
    full_ = true;
    return kUnknown;
  }
  const Set fresh = size();
  table_[at] = fresh;
  sets_.insert(sets_.end(), set, set + words_);
  State rank = 0;
  for (std::size_t w = 0; w < words_; ++w) rank += std::popcount(set[w]);
  ranks_.push_back(rank);
  parents_.push_back(parent);
  if (static_cast<std::size_t>(size()) * 2 > table_.size()) grow_table();
  return fresh;
}

bool ImageSets::explore(std::int64_t limit) {
  std::vector<std::uint64_t> from(words_), to(words_);
  while (expanded_ < size() && expanded_ < limit) {
    const auto row =
        sets_.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(expanded_) * words_);
    std::copy(row, row + static_cast<std::ptrdiff_t>(words_), from.begin());
    for (std::size_t s = 0; s < letters_.size(); ++s) {
      image(from.data(), s, to.data());
      next_.push_back(find_or_add(to.data(), expanded_));
    }
    ++expanded_;
  }
  return complete();
}

std::vector<State> ImageSets::members(Set set) const {
  std::vector<State> states;
  const std::uint64_t* bits = sets_.data() + static_cast<std::size_t>(set) * words_;
  for (State q = 0; q < num_states_; ++q)
    if ((bits[q / 64] >> (q % 64) & 1) != 0) states.push_back(q);
  return states;
}

std::vector<Letter> ImageSets::word(Set set) const {
  std::vector<Letter> word;
  for (Set parent = parents_[static_cast<std::size_t>(set)]; parent != kUnknown;
       set = parent, parent = parents_[static_cast<std::size_t>(set)]) {
    std::size_t s = 0;
    while (next(parent, s) != set) ++s;
    word.push_back(letters_[s]);
  }
  std::reverse(word.begin(), word.end());
  return word;
}

ImageComponents image_components(const ImageSets& sets) {
  // Only edges between sets of equal rank can lie on a cycle.
  auto strong = strong_components(sets.size(), sets.letters().size(), [&](ImageSets::Set set, std::size_t s) {
    const ImageSets::Set to = sets.next(set, s);
    return to != ImageSets::kUnknown && sets.rank(to) == sets.rank(set) ? to : -1;
  });
  ImageComponents components;
  components.of = std::move(strong.of);
  components.begin.assign(static_cast<std::size_t>(strong.count) + 1, 0);
  for (const auto c : components.of) ++components.begin[static_cast<std::size_t>(c) + 1];
  std::partial_sum(components.begin.begin(), components.begin.end(), components.begin.begin());
  auto at = components.begin;
  components.sets.resize(components.of.size());
  for (ImageSets::Set set = 0; set < sets.size(); ++set) {
    const auto c = static_cast<std::size_t>(components.of[static_cast<std::size_t>(set)]);
    components.sets[static_cast<std::size_t>(at[c]++)] = set;
  }
  return components;
}

}  // namespace anser::automata
