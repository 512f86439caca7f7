// The subset construction. Subsets of at most 2048 states are bit sets whose successors are unions of rows of
// a table, one row for every value of every few bits of the set; larger ones are sorted lists.

#include <algorithm>
#include <bit>
#include <cstring>

#include "automata/nfa.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

constexpr State kMaxBitStates = 2048;
constexpr std::size_t kTableBytes = std::size_t{1} << 22;
constexpr std::size_t kMaxBytes = std::size_t{1} << 31;

std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 32)) * 0x9e3779b97f4a7c15ULL;
  return x ^ (x >> 29);
}

/// Open addressing from hashes to numbers 0, 1, 2, ...; what a number stands for is the caller's.
class NumberTable {
 public:
  NumberTable() : slots_(1024, -1) {}

  /// The number for which `same` holds among those with this hash, else `fresh`, which is then in the table.
  template <typename Same>
  State find_or_insert(std::uint64_t hash, State fresh, const Same& same) {
    for (std::size_t i = hash & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
      if (slots_[i] < 0) {
        slots_[i] = fresh;
        return fresh;
      }
      if (same(slots_[i])) return slots_[i];
    }
  }
  /// Room for one number more after 0..count-1; `hash_of` gives the hash of one of these.
  template <typename HashOf>
  void reserve(std::size_t count, const HashOf& hash_of) {
    if ((count + 1) * 2 <= slots_.size()) return;
    slots_.assign(slots_.size() * 2, -1);
    for (std::size_t number = 0; number < count; ++number) {
      std::size_t i = hash_of(static_cast<State>(number)) & (slots_.size() - 1);
      while (slots_[i] >= 0) i = (i + 1) & (slots_.size() - 1);
      slots_[i] = static_cast<State>(number);
    }
  }
  std::size_t bytes() const { return slots_.size() * sizeof(State); }

 private:
  std::vector<State> slots_;
};

/// Arcs grouped by state and, within a state, by letter (epsilon first).
class SortedArcs {
 public:
  explicit SortedArcs(const Nfa& nfa)
      : arcs_(nfa.arcs), first_(static_cast<std::size_t>(nfa.num_states) + 1, 0) {
    std::sort(arcs_.begin(), arcs_.end(), [](const Nfa::Arc& x, const Nfa::Arc& y) {
      return x.from != y.from ? x.from < y.from : x.letter < y.letter;
    });
    for (const auto& arc : arcs_) ++first_[static_cast<std::size_t>(arc.from) + 1];
    for (std::size_t q = 1; q < first_.size(); ++q) first_[q] += first_[q - 1];
  }

  std::span<const Nfa::Arc> from(State q) const {
    const auto i = static_cast<std::size_t>(q);
    return std::span(arcs_).subspan(first_[i], first_[i + 1] - first_[i]);
  }
  std::span<const Nfa::Arc> from(State q, Letter s) const {
    const auto all = from(q);
    const auto by_letter = [](const Nfa::Arc& arc, Letter letter) { return arc.letter < letter; };
    const auto begin = std::lower_bound(all.begin(), all.end(), s, by_letter);
    const auto end = std::lower_bound(begin, all.end(), s + 1, by_letter);
    return {begin, end};
  }

 private:
  std::vector<Nfa::Arc> arcs_;
  std::vector<std::size_t> first_;  // [num_states + 1]
};

/// Sets of states closed under epsilon moves, gathered one at a time.
class Gatherer {
 public:
  explicit Gatherer(const Nfa& nfa) : arcs_(nfa), mark_(static_cast<std::size_t>(nfa.num_states), 0) {}

  const SortedArcs& arcs() const { return arcs_; }
  void clear() {
    states_.clear();
    ++epoch_;
  }
  void add(State q) {
    const std::size_t begin = states_.size();
    push(q);
    for (std::size_t i = begin; i < states_.size(); ++i)
      for (const auto& arc : arcs_.from(states_[i], kEpsilon)) push(arc.to);
  }
  /// In order of arrival; the caller may sort them.
  std::vector<State>& states() { return states_; }

 private:
  void push(State q) {
    auto& mark = mark_[static_cast<std::size_t>(q)];
    if (mark == epoch_) return;
    mark = epoch_;
    states_.push_back(q);
  }

  SortedArcs arcs_;
  std::vector<std::uint64_t> mark_;  // [num_states], the epoch in which a state came in
  std::uint64_t epoch_ = 1;
  std::vector<State> states_;
};

/// Numbered subsets as bit sets of `width` words; kOneWord fixes the width at compile time.
template <bool kOneWord>
class BitSubsets {
 public:
  explicit BitSubsets(const Nfa& nfa)
      : num_states_(static_cast<std::size_t>(nfa.num_states)), width_((num_states_ + 63) / 64) {
    choose_digit(static_cast<std::size_t>(nfa.num_letters));
    Gatherer gather(nfa);
    fill_table(nfa, gather);
    accept_.assign(width(), 0);
    for (std::size_t q = 0; q < num_states_; ++q)
      if (nfa.accept[q] != 0) set_bit(accept_.data(), q);
    gather.clear();
    for (const State q : nfa.starts) gather.add(q);
    scratch_.assign(width(), 0);
    for (const State q : gather.states()) set_bit(scratch_.data(), static_cast<std::size_t>(q));
    number_of_scratch();
  }

  std::size_t size() const { return count_; }
  std::size_t bytes() const { return sets_.size() * sizeof(std::uint64_t) + table_of_numbers_.bytes(); }

  bool accepts(State q) const {
    for (std::size_t w = 0; w < width(); ++w)
      if ((set(q)[w] & accept_[w]) != 0) return true;
    return false;
  }

  State successor(State q, Letter s) {
    const std::uint64_t* from = set(q);
    std::uint64_t* to = scratch_.data();
    for (std::size_t w = 0; w < width(); ++w) to[w] = 0;
    const std::uint64_t* row = table_.data() + static_cast<std::size_t>(s) * digits_ * (width() << digit_);
    for (std::size_t w = 0, digit = 0; w < width(); ++w)
      for (std::uint64_t rest = from[w]; rest != 0;) {
        const auto skipped = static_cast<std::size_t>(std::countr_zero(rest)) / digit_;
        const std::uint64_t shifted = rest >> (skipped * digit_);
        const std::uint64_t value = shifted & ((std::uint64_t{1} << digit_) - 1);
        digit = w * (64 / digit_) + skipped;
        const std::uint64_t* entry = row + ((digit << digit_) + value) * width();
        for (std::size_t i = 0; i < width(); ++i) to[i] |= entry[i];
        rest ^= value << (skipped * digit_);
      }
    return number_of_scratch();
  }

 private:
  std::size_t width() const { return kOneWord ? 1 : width_; }
  const std::uint64_t* set(State q) const { return sets_.data() + static_cast<std::size_t>(q) * width(); }
  static void set_bit(std::uint64_t* words, std::size_t bit) {
    words[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }

  /// The widest digit whose table is not too large.
  void choose_digit(std::size_t letters) {
    for (digit_ = 8; digit_ > 1; digit_ /= 2) {
      digits_ = (num_states_ + digit_ - 1) / digit_;
      if (letters * digits_ * (width() << digit_) * sizeof(std::uint64_t) <= kTableBytes) return;
    }
    digits_ = num_states_;
  }

  /// Entry (letter, digit, value): where the states named by the bits of `value` go by the letter.
  void fill_table(const Nfa& nfa, Gatherer& gather) {
    const std::size_t values = std::size_t{1} << digit_;
    table_.assign(static_cast<std::size_t>(nfa.num_letters) * digits_ * values * width(), 0);
    for (Letter s = 0; s < nfa.num_letters; ++s)
      for (std::size_t d = 0; d < digits_; ++d) {
        std::uint64_t* rows = table_.data() + (static_cast<std::size_t>(s) * digits_ + d) * values * width();
        for (std::size_t value = 1; value < values; ++value) {
          const std::size_t rest = value & (value - 1);  // without its lowest bit
          const std::size_t q = d * digit_ + static_cast<std::size_t>(std::countr_zero(value));
          std::uint64_t* row = rows + value * width();
          if (rest != 0) {
            const std::uint64_t* one = rows + (value ^ rest) * width();
            for (std::size_t w = 0; w < width(); ++w) row[w] = rows[rest * width() + w] | one[w];
          } else if (q < num_states_) {
            gather.clear();
            for (const auto& arc : gather.arcs().from(static_cast<State>(q), s)) gather.add(arc.to);
            for (const State to : gather.states()) set_bit(row, static_cast<std::size_t>(to));
          }
        }
      }
  }

  std::uint64_t hash(const std::uint64_t* words) const {
    std::uint64_t h = 0;
    for (std::size_t w = 0; w < width(); ++w) h = mix(h ^ words[w]);
    return h;
  }

  State number_of_scratch() {
    table_of_numbers_.reserve(count_, [&](State q) { return hash(set(q)); });
    const State fresh = static_cast<State>(count_);
    const State number = table_of_numbers_.find_or_insert(hash(scratch_.data()), fresh, [&](State q) {
      return std::memcmp(set(q), scratch_.data(), width() * sizeof(std::uint64_t)) == 0;
    });
    if (number == fresh) {
      sets_.insert(sets_.end(), scratch_.begin(), scratch_.end());
      ++count_;
    }
    return number;
  }

  std::size_t num_states_;
  std::size_t width_;                 // words a subset
  std::size_t digit_ = 8;             // bits looked up at once: 8, 4, 2 or 1
  std::size_t digits_ = 0;            // a subset
  std::vector<std::uint64_t> table_;  // [letters][digits][2^digit][width]
  std::vector<std::uint64_t> accept_, scratch_;
  std::vector<std::uint64_t> sets_;  // [count][width]
  std::size_t count_ = 0;
  NumberTable table_of_numbers_;
};

/// Numbered subsets as sorted lists.
class ListSubsets {
 public:
  explicit ListSubsets(const Nfa& nfa) : nfa_(nfa), gather_(nfa) {
    gather_.clear();
    for (const State q : nfa.starts) gather_.add(q);
    number_of_gathered();
  }

  std::size_t size() const { return first_.size() - 1; }
  std::size_t bytes() const {
    return pool_.size() * sizeof(State) + first_.size() * sizeof(std::size_t) + table_of_numbers_.bytes();
  }

  bool accepts(State q) const {
    const auto states = set(q);
    return std::any_of(states.begin(), states.end(),
                       [&](State p) { return nfa_.accept[static_cast<std::size_t>(p)] != 0; });
  }

  State successor(State q, Letter s) {
    gather_.clear();
    for (const State p : set(q))
      for (const auto& arc : gather_.arcs().from(p, s)) gather_.add(arc.to);
    return number_of_gathered();
  }

 private:
  std::span<const State> set(State q) const {
    const auto i = static_cast<std::size_t>(q);
    return std::span(pool_).subspan(first_[i], first_[i + 1] - first_[i]);
  }

  static std::uint64_t hash(std::span<const State> states) {
    std::uint64_t h = states.size();
    for (const State q : states) h = mix(h ^ static_cast<std::uint64_t>(q));
    return h;
  }

  State number_of_gathered() {
    auto& states = gather_.states();
    std::sort(states.begin(), states.end());
    table_of_numbers_.reserve(size(), [&](State q) { return hash(set(q)); });
    const State fresh = static_cast<State>(size());
    const State number = table_of_numbers_.find_or_insert(hash(states), fresh, [&](State q) {
      const auto known = set(q);
      return std::equal(known.begin(), known.end(), states.begin(), states.end());
    });
    if (number == fresh) {
      pool_.insert(pool_.end(), states.begin(), states.end());
      first_.push_back(pool_.size());
    }
    return number;
  }

  const Nfa& nfa_;
  Gatherer gather_;
  std::vector<State> pool_;
  std::vector<std::size_t> first_ = {0};  // [count + 1], where a subset begins in pool_
  NumberTable table_of_numbers_;
};

template <typename Subsets>
Dfa construct(const Nfa& nfa, std::int64_t max_states) {
  constexpr const char* kWhere = "automata::determinise";
  Subsets subsets(nfa);
  Dfa dfa{.num_states = 0,
          .num_letters = nfa.num_letters,
          .start = 0,
          .next = {},
          .accept = {},
          .letter_names = nfa.letter_names};
  for (std::size_t q = 0; q < subsets.size(); ++q) {
    for (Letter s = 0; s < nfa.num_letters; ++s)
      dfa.next.push_back(subsets.successor(static_cast<State>(q), s));
    require(static_cast<std::int64_t>(subsets.size()) <= max_states, kWhere,
            "an automaton of {} states reaches more than {} subsets ({} when it was stopped)", nfa.num_states,
            max_states, subsets.size());
    require(
        subsets.bytes() + dfa.next.size() * sizeof(State) <= kMaxBytes, kWhere,
        "the subsets of an automaton of {} states need more than {} bytes ({} subsets when it was stopped)",
        nfa.num_states, kMaxBytes, subsets.size());
    dfa.accept.push_back(subsets.accepts(static_cast<State>(q)) ? 1 : 0);
  }
  dfa.num_states = static_cast<State>(subsets.size());
  return dfa;
}

}  // namespace

Dfa determinise(const Nfa& nfa, std::int64_t max_states) {
  check(nfa);
  constexpr std::int64_t kLargest = std::int64_t{1} << 30;
  require(max_states >= 1 && max_states <= kLargest, "automata::determinise",
          "max_states is {}, wanted 1..{}", max_states, kLargest);
  if (nfa.num_states <= 64) return construct<BitSubsets<true>>(nfa, max_states);
  if (nfa.num_states <= kMaxBitStates) return construct<BitSubsets<false>>(nfa, max_states);
  return construct<ListSubsets>(nfa, max_states);
}

}  // namespace anser::automata
