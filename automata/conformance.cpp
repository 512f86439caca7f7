#include "automata/conformance.h"

#include <algorithm>
#include <map>

#include "automata/dfa_graph.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

constexpr int kMaxExtraStates = 1000;

void sort_words(std::vector<Word>& words) {
  std::sort(words.begin(), words.end(),
            [](const Word& x, const Word& y) { return x.size() != y.size() ? x.size() < y.size() : x < y; });
  words.erase(std::unique(words.begin(), words.end()), words.end());
}

Word with(Word word, Letter letter) {
  word.push_back(letter);
  return word;
}

State run_from(const Moore& machine, State q, const Word& word) {
  for (const Letter s : word) q = machine.step(q, s);
  return q;
}

/// Classes of states by (class before, answer); returns the number of classes.
std::int32_t refine(std::vector<std::int32_t>& classes, const std::vector<std::int32_t>& answers) {
  std::map<std::pair<std::int32_t, std::int32_t>, std::int32_t> number;
  for (std::size_t q = 0; q < classes.size(); ++q)
    classes[q] =
        number.try_emplace({classes[q], answers[q]}, static_cast<std::int32_t>(number.size())).first->second;
  return static_cast<std::int32_t>(number.size());
}

struct Suffix {
  Word word;
  std::vector<std::int32_t> answers;  // [num_states], label after the word
};

/// W by breadth-first extension to the left: a.w is kept where it tells states apart that nothing kept so far
/// does. Where no a.w does, states alike on W stay alike after every letter, so they answer alike on every
/// word.
std::vector<Suffix> separating_suffixes(const Moore& machine) {
  check(machine);
  std::vector<std::int32_t> classes(machine.label.size(), 0);
  std::vector<Suffix> kept = {{{}, machine.label}};
  std::int32_t count = refine(classes, machine.label);
  for (std::size_t i = 0; i < kept.size() && count < machine.num_states; ++i)
    for (Letter s = 0; s < machine.num_letters && count < machine.num_states; ++s) {
      std::vector<std::int32_t> answers;
      for (State q = 0; q < machine.num_states; ++q)
        answers.push_back(kept[i].answers[static_cast<std::size_t>(machine.step(q, s))]);
      auto finer = classes;
      const auto found = refine(finer, answers);
      if (found == count) continue;
      count = found;
      classes = std::move(finer);
      Word word = {s};
      word.insert(word.end(), kept[i].word.begin(), kept[i].word.end());
      kept.push_back({std::move(word), std::move(answers)});
    }
  require(count == machine.num_states, "automata::characterisation_set",
          "the machine is not minimal: {} states, {} that answer differently", machine.num_states, count);
  return kept;
}

std::vector<Word> words_of(const std::vector<Suffix>& suffixes) {
  std::vector<Word> words;
  for (const auto& suffix : suffixes) words.push_back(suffix.word);
  return words;
}

std::vector<std::vector<Word>> identify(const std::vector<Suffix>& suffixes) {
  const std::size_t n = suffixes[0].answers.size();
  std::vector<std::vector<Word>> sets(n);
  for (std::size_t q = 0; q < n; ++q) {
    std::vector<std::size_t> alike;
    for (std::size_t p = 0; p < n; ++p)
      if (p != q) alike.push_back(p);
    for (const auto& suffix : suffixes) {
      if (alike.empty()) break;
      const auto before = alike.size();
      std::erase_if(alike, [&](std::size_t p) { return suffix.answers[p] != suffix.answers[q]; });
      if (alike.size() < before) sets[q].push_back(suffix.word);
    }
  }
  return sets;
}

/// Words u of one length that lead to each state: how many, and their letters together.
struct Ways {
  std::vector<BigInteger> words, letters;

  explicit Ways(State states)
      : words(static_cast<std::size_t>(states)), letters(static_cast<std::size_t>(states)) {}

  void add(State q, const BigInteger& count, const BigInteger& length) {
    words[static_cast<std::size_t>(q)] += count;
    letters[static_cast<std::size_t>(q)] += length;
  }
};

Ways ways_of(const Moore& machine, const std::vector<Word>& words) {
  Ways ways(machine.num_states);
  for (const auto& word : words) ways.add(run_from(machine, machine.start, word), 1, word.size());
  return ways;
}

/// Adds the words u.v.w, u in `base`, v of at most `extra` letters, w in suffixes(state after u.v).
template <typename Suffixes>
void add_size(SuiteSize& size, const Moore& machine, Ways base, int extra, const Suffixes& suffixes) {
  for (int i = 0;; ++i) {
    for (State q = 0; q < machine.num_states; ++q) {
      const auto at = static_cast<std::size_t>(q);
      if (base.words[at] == 0) continue;
      std::size_t length = 0;
      for (const auto& word : suffixes(q)) length += word.size();
      size.words += base.words[at] * suffixes(q).size();
      size.letters += base.letters[at] * suffixes(q).size() + base.words[at] * length;
    }
    if (i == extra) return;
    Ways next(machine.num_states);
    for (State q = 0; q < machine.num_states; ++q)
      for (Letter s = 0; s < machine.num_letters; ++s)
        next.add(machine.step(q, s), base.words[static_cast<std::size_t>(q)],
                 base.letters[static_cast<std::size_t>(q)] + base.words[static_cast<std::size_t>(q)]);
    base = std::move(next);
  }
}

template <typename Suffixes>
void add_words(std::vector<Word>& suite, const Moore& machine, const std::vector<Word>& base, int extra,
               const Suffixes& suffixes) {
  std::vector<Word> starts = base;
  for (int i = 0;; ++i) {
    for (const auto& start : starts)
      for (const auto& suffix : suffixes(run_from(machine, machine.start, start))) {
        suite.push_back(start);
        suite.back().insert(suite.back().end(), suffix.begin(), suffix.end());
      }
    if (i == extra) return;
    std::vector<Word> longer;
    for (const auto& start : starts)
      for (Letter s = 0; s < machine.num_letters; ++s) longer.push_back(with(start, s));
    starts = std::move(longer);
  }
}

/// The words of the transition cover that are not in the state cover.
std::vector<Word> last_transitions(const ConformanceSets& sets) {
  auto cover = sets.state_cover;
  std::sort(cover.begin(), cover.end());
  std::vector<Word> rest;
  for (const auto& word : sets.transition_cover)
    if (!std::binary_search(cover.begin(), cover.end(), word)) rest.push_back(word);
  return rest;
}

void check_extra_states(int extra_states) {
  require(extra_states >= 0 && extra_states <= kMaxExtraStates, "automata::conformance",
          "{} extra states, wanted 0..{}", extra_states, kMaxExtraStates);
}

void check_size(const SuiteSize& size, const SuiteOptions& options) {
  require(size.letters <= options.max_letters, "automata::conformance",
          "a suite for {} extra states needs {} words of {} letters together, at most {} letters are allowed",
          options.extra_states, size.words.str(), size.letters.str(), options.max_letters);
}

}  // namespace

std::vector<Word> state_cover(const Moore& machine) {
  const auto paths = shortest_paths(machine, machine.start);
  std::vector<Word> words;
  for (State q = 0; q < machine.num_states; ++q) words.push_back(paths.word_to(q));
  return words;
}

std::vector<Word> transition_cover(const Moore& machine) {
  const auto cover = state_cover(machine);
  auto words = cover;
  for (const auto& word : cover)
    for (Letter s = 0; s < machine.num_letters; ++s) words.push_back(with(word, s));
  sort_words(words);
  return words;
}

std::vector<Word> characterisation_set(const Moore& machine) {
  return words_of(separating_suffixes(machine));
}

std::vector<std::vector<Word>> identification_sets(const Moore& machine) {
  return identify(separating_suffixes(machine));
}

ConformanceSets conformance_sets(const Moore& machine) {
  const auto suffixes = separating_suffixes(machine);
  return {state_cover(machine), transition_cover(machine), words_of(suffixes), identify(suffixes)};
}

SuiteSize w_suite_size(const Moore& machine, const ConformanceSets& sets, int extra_states) {
  check_extra_states(extra_states);
  SuiteSize size;
  add_size(
      size, machine, ways_of(machine, sets.transition_cover),
      extra_states, [&](State) -> const auto& { return sets.characterisation; });
  return size;
}

SuiteSize wp_suite_size(const Moore& machine, const ConformanceSets& sets, int extra_states) {
  check_extra_states(extra_states);
  SuiteSize size;
  add_size(
      size, machine, ways_of(machine, sets.state_cover),
      extra_states, [&](State) -> const auto& { return sets.characterisation; });
  add_size(
      size, machine, ways_of(machine, last_transitions(sets)),
      extra_states, [&](State q) -> const auto& { return sets.identification[static_cast<std::size_t>(q)]; });
  return size;
}

std::vector<Word> w_suite(const Moore& machine, const SuiteOptions& options) {
  const auto sets = conformance_sets(machine);
  check_size(w_suite_size(machine, sets, options.extra_states), options);
  std::vector<Word> suite;
  add_words(
      suite, machine, sets.transition_cover,
      options.extra_states, [&](State) -> const auto& { return sets.characterisation; });
  sort_words(suite);
  return suite;
}

std::vector<Word> wp_suite(const Moore& machine, const SuiteOptions& options) {
  const auto sets = conformance_sets(machine);
  check_size(wp_suite_size(machine, sets, options.extra_states), options);
  std::vector<Word> suite;
  add_words(
      suite, machine, sets.state_cover,
      options.extra_states, [&](State) -> const auto& { return sets.characterisation; });
  add_words(
      suite, machine, last_transitions(sets), options.extra_states, [&](State q) -> const auto& {
        return sets.identification[static_cast<std::size_t>(q)];
      });
  sort_words(suite);
  return suite;
}

std::vector<Word> maximal_words(std::vector<Word> words) {
  std::sort(words.begin(), words.end());
  std::vector<Word> maximal;
  // In lexicographic order a word stands right before the words that it begins.
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool begins_next = i + 1 < words.size() && words[i].size() <= words[i + 1].size() &&
                             std::equal(words[i].begin(), words[i].end(), words[i + 1].begin());
    if (!begins_next) maximal.push_back(std::move(words[i]));
  }
  sort_words(maximal);
  return maximal;
}

Word random_wp_word(const Moore& machine, const ConformanceSets& sets, const RandomWpOptions& options,
                    const Rng& rng, std::uint64_t index) {
  const char* where = "automata::random_wp_word";
  require(sets.state_cover.size() == static_cast<std::size_t>(machine.num_states), where,
          "the sets are those of another machine");
  require(options.min_middle >= 0 && options.min_middle <= 1'000'000, where,
          "min_middle is {}, wanted 0..1000000", options.min_middle);
  require(options.mean_extra_middle >= 0 && options.mean_extra_middle <= 1e6, where,
          "mean_extra_middle is {}, wanted 0..1000000", options.mean_extra_middle);
  Rng stream = rng.split(index);
  const auto pick = [&](std::size_t count) { return stream.below(static_cast<std::uint32_t>(count)); };
  Word word = sets.state_cover[pick(sets.state_cover.size())];
  const double stop = 1 / (1 + options.mean_extra_middle);
  for (int i = 0; i < options.min_middle || stream.uniform() >= stop; ++i)
    word.push_back(static_cast<Letter>(pick(static_cast<std::size_t>(machine.num_letters))));
  const auto& own = sets.identification[static_cast<std::size_t>(run_from(machine, machine.start, word))];
  const auto& suffixes = pick(2) == 0 || own.empty() ? sets.characterisation : own;
  const Word& suffix = suffixes[pick(suffixes.size())];
  word.insert(word.end(), suffix.begin(), suffix.end());
  return word;
}

}  // namespace anser::automata
