#include "automata/near_miss.h"

#include <algorithm>
#include <deque>
#include <limits>

#include "core/base/error.h"

namespace anser::automata {
namespace {

constexpr double kMaxBytes = 4294967296.0;

void check_word(std::span<const Letter> word, Letter num_letters, std::string_view where) {
  for (const Letter s : word)
    require(s >= 0 && s < num_letters, where, "letter {} is not in 0..{}", s, num_letters - 1);
}

void check_bytes(double bytes, std::size_t length, State num_states, std::string_view where) {
  require(bytes <= kMaxBytes, where, "a word of {} letters and {} states need {:.0f} bytes, at most {:.0f}",
          length, num_states, bytes, kMaxBytes);
}

/// Row i, state q: does the rest of the word from letter i on lead from q to acceptance?
std::vector<std::uint8_t> accepted_rests(const Dfa& dfa, std::span<const Letter> word) {
  const auto n = static_cast<std::size_t>(dfa.num_states);
  std::vector<std::uint8_t> rests((word.size() + 1) * n);
  std::copy(dfa.accept.begin(), dfa.accept.end(), rests.end() - static_cast<std::ptrdiff_t>(n));
  for (std::size_t i = word.size(); i-- > 0;)
    for (std::size_t q = 0; q < n; ++q)
      rests[i * n + q] =
          rests[(i + 1) * n + static_cast<std::size_t>(dfa.step(static_cast<State>(q), word[i]))];
  return rests;
}

}  // namespace

std::vector<Letter> apply_edit(const Edit& edit, std::span<const Letter> word) {
  const std::size_t places = word.size() + (edit.kind == Edit::Kind::insert ? 1 : 0);
  require(edit.position < places, "automata::apply_edit", "an edit at position {} of a word of {} letters",
          edit.position, word.size());
  std::vector<Letter> result(word.begin(), word.end());
  const auto at = result.begin() + static_cast<std::ptrdiff_t>(edit.position);
  switch (edit.kind) {
    case Edit::Kind::substitute:
      *at = edit.letter;
      break;
    case Edit::Kind::remove:
      result.erase(at);
      break;
    case Edit::Kind::insert:
      result.insert(at, edit.letter);
      break;
  }
  return result;
}

std::vector<Edit> crossing_edits(const Dfa& dfa, std::span<const Letter> word) {
  constexpr const char* kWhere = "automata::crossing_edits";
  check(dfa);
  check_word(word, dfa.num_letters, kWhere);
  check_bytes(static_cast<double>(word.size() + 1) * dfa.num_states, word.size(), dfa.num_states, kWhere);
  const std::vector<std::uint8_t> rests = accepted_rests(dfa, word);
  const auto rest = [&](std::size_t i, State q) {
    return rests[i * static_cast<std::size_t>(dfa.num_states) + static_cast<std::size_t>(q)];
  };
  const std::uint8_t side = rest(0, dfa.start);
  std::vector<Edit> edits;
  State q = dfa.start;
  for (std::size_t i = 0; i <= word.size(); ++i) {
    const bool end = i == word.size();
    for (Letter s = 0; s < dfa.num_letters && !end; ++s)
      if (s != word[i] && rest(i + 1, dfa.step(q, s)) != side)
        edits.push_back({.kind = Edit::Kind::substitute, .position = i, .letter = s});
    // Of a run of equal letters, the last stands for all removals; a letter put before an equal one gives the
    // same word as put after it (docs/math/words.md 3).
    if (!end && (i + 1 == word.size() || word[i + 1] != word[i]) && rest(i + 1, q) != side)
      edits.push_back({.kind = Edit::Kind::remove, .position = i});
    for (Letter s = 0; s < dfa.num_letters; ++s)
      if ((end || s != word[i]) && rest(i, dfa.step(q, s)) != side)
        edits.push_back({.kind = Edit::Kind::insert, .position = i, .letter = s});
    if (!end) q = dfa.step(q, word[i]);
  }
  return edits;
}

std::optional<std::vector<Letter>> near_miss(const Dfa& dfa, std::span<const Letter> word, Rng& rng) {
  const std::vector<Edit> edits = crossing_edits(dfa, word);
  if (edits.empty()) return std::nullopt;
  require(edits.size() <= std::numeric_limits<std::uint32_t>::max(), "automata::near_miss",
          "{} neighbours are more than 2^32", edits.size());
  return apply_edit(edits[rng.below(static_cast<std::uint32_t>(edits.size()))], word);
}

std::optional<std::int64_t> edit_distance_to_language(const Dfa& dfa, std::span<const Letter> word) {
  constexpr const char* kWhere = "automata::edit_distance_to_language";
  constexpr std::int32_t kFar = std::numeric_limits<std::int32_t>::max();
  check(dfa);
  check_word(word, dfa.num_letters, kWhere);
  const auto n = static_cast<std::size_t>(dfa.num_states);
  check_bytes(4.0 * static_cast<double>(word.size() + 1) * dfa.num_states, word.size(), dfa.num_states,
              kWhere);
  std::vector<std::int32_t> distance((word.size() + 1) * n, kFar);
  struct Visit {
    std::size_t node = 0;  // letters read * n + state
    std::int32_t distance = 0;
  };
  std::deque<Visit> todo;
  const auto reach = [&](std::size_t i, State q, std::int32_t d, bool edit) {
    const std::size_t node = i * n + static_cast<std::size_t>(q);
    if (d >= distance[node]) return;
    distance[node] = d;
    if (edit)
      todo.push_back({node, d});
    else
      todo.push_front({node, d});
  };
  reach(0, dfa.start, 0, false);
  while (!todo.empty()) {
    const Visit visit = todo.front();
    todo.pop_front();
    if (visit.distance > distance[visit.node]) continue;
    const std::size_t i = visit.node / n;
    const auto q = static_cast<State>(visit.node % n);
    if (i == word.size() && dfa.accept[static_cast<std::size_t>(q)] != 0) return visit.distance;
    for (Letter s = 0; s < dfa.num_letters; ++s) {
      reach(i, dfa.step(q, s), visit.distance + 1, true);
      if (i < word.size())
        reach(i + 1, dfa.step(q, s), visit.distance + (s == word[i] ? 0 : 1), s != word[i]);
    }
    if (i < word.size()) reach(i + 1, q, visit.distance + 1, true);
  }
  return std::nullopt;
}

namespace {

/// One edit of `word`, of a uniform kind among those that the options allow.
void edit_at_random(std::vector<Letter>& word, const PerturbOptions& options, Rng& rng) {
  const auto length = static_cast<std::int64_t>(word.size());
  std::vector<Edit::Kind> kinds;
  if (length < options.max_length) kinds.push_back(Edit::Kind::insert);
  if (length > 0 && options.num_letters > 1) kinds.push_back(Edit::Kind::substitute);
  if (length > options.min_length) kinds.push_back(Edit::Kind::remove);
  require(!kinds.empty(), "automata::perturb", "no edit is allowed at length {} of {}..{} with {} letter(s)",
          length, options.min_length, options.max_length, options.num_letters);
  Edit edit;
  edit.kind = kinds[rng.below(static_cast<std::uint32_t>(kinds.size()))];
  edit.position = rng.below(static_cast<std::uint32_t>(length + (edit.kind == Edit::Kind::insert ? 1 : 0)));
  if (edit.kind == Edit::Kind::insert)
    edit.letter = static_cast<Letter>(rng.below(static_cast<std::uint32_t>(options.num_letters)));
  if (edit.kind == Edit::Kind::substitute) {
    edit.letter = static_cast<Letter>(rng.below(static_cast<std::uint32_t>(options.num_letters - 1)));
    edit.letter += edit.letter >= word[edit.position] ? 1 : 0;
  }
  word = apply_edit(edit, word);
}

}  // namespace

std::vector<Letter> perturb(std::span<const Letter> word, const PerturbOptions& options, Rng& rng) {
  constexpr const char* kWhere = "automata::perturb";
  require(options.num_letters >= 1, kWhere, "num_letters must be at least 1, got {}", options.num_letters);
  require(options.min_length >= 0 && options.min_length <= options.max_length, kWhere,
          "lengths {}..{} are no range", options.min_length, options.max_length);
  check_word(word, options.num_letters, kWhere);
  std::vector<Letter> result(word.begin(), word.end());
  do edit_at_random(result, options, rng);
  while (rng.below(2) == 0);
  return result;
}

std::optional<std::vector<Letter>> perturbed_negative(const Dfa& dfa, std::span<const Letter> word,
                                                      std::int64_t min_length, std::int64_t max_length,
                                                      Rng& rng, int tries) {
  for (int i = 0; i < tries; ++i) {
    auto changed = perturb(
        word, {.num_letters = dfa.num_letters, .min_length = min_length, .max_length = max_length}, rng);
    if (!accepts(dfa, changed)) return changed;
  }
  return std::nullopt;
}

}  // namespace anser::automata
