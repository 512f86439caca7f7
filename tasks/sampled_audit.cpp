#include "tasks/sampled_audit.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "core/base/error.h"

namespace anser::tasks {
namespace {

/// What a predictor sees of a prefix, as one number (a hash where it is more).
using Clue = std::function<std::uint64_t(const Example& word, std::size_t t)>;

std::uint64_t mix(std::uint64_t h) {  // splitmix64's finaliser
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9ULL;
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebULL;
  return h ^ (h >> 31);
}

/// The judged positions of a word: its last scored ones.
std::vector<std::size_t> judged_positions(const Example& word) {
  std::vector<std::size_t> positions;
  for (std::size_t t = word.target.size(); t-- > 0 && positions.size() < kJudgedPositions;)
    if (word.target[t] != kUnscored) positions.push_back(t);
  return positions;
}

struct Answer {
  std::uint64_t clue;
  std::int32_t label;
  std::uint64_t position;  // a hash of it, and of the word's length
  auto operator<=>(const Answer&) const = default;
};

std::int32_t most_frequent(std::vector<std::int32_t>& labels) {
  std::sort(labels.begin(), labels.end());
  std::int32_t best = kUnscored;
  std::ptrdiff_t most = 0;
  for (auto i = labels.begin(); i != labels.end();) {
    const auto end = std::upper_bound(i, labels.end(), *i);
    if (end - i > most) most = end - i, best = *i;
    i = end;
  }
  return best;
}

/// Words drawn twice: to fit tables and to judge them.
class Words {
 public:
  Words(const Task& task, const LengthLaw& law, const AuditOptions& options) {
    for (std::int64_t i = 0; i < options.samples; ++i) {
      fit_.push_back(task.sample(options.seed, Split::train, static_cast<std::uint64_t>(i), law));
      judge_.push_back(task.sample(options.seed, Split::validation, static_cast<std::uint64_t>(i), law));
    }
  }

  /// Accuracy, over judged positions, of a table that knows the clue; where `with_position`, of the better of
  /// that and one that knows the position besides.
  double accuracy(const Clue& clue, bool with_position) const {
    std::vector<Answer> seen = answers(fit_, clue), asked = answers(judge_, clue);
    const double alone = table_accuracy(seen, asked);
    if (!with_position) return alone;
    for (auto* list : {&seen, &asked})
      for (Answer& answer : *list) answer.clue = mix(answer.clue + answer.position);
    return std::max(alone, table_accuracy(seen, asked));
  }

 private:
  static std::vector<Answer> answers(const std::vector<Example>& words, const Clue& clue) {
    std::vector<Answer> result;
    for (const Example& word : words)
      for (const std::size_t t : judged_positions(word))
        result.push_back({clue(word, t), word.target[t], mix(t + 1) + word.input.size()});
    return result;
  }

  /// Fits on `seen`, judges on `asked`; a clue never seen gets the most frequent label.
  static double table_accuracy(std::vector<Answer>& seen, const std::vector<Answer>& asked) {
    if (asked.empty()) return 0.0;
    std::sort(seen.begin(), seen.end());
    std::unordered_map<std::uint64_t, std::int32_t> table;
    std::vector<std::int32_t> labels, all;
    for (auto i = seen.begin(); i != seen.end();) {
      labels.clear();
      const std::uint64_t key = i->clue;
      for (; i != seen.end() && i->clue == key; ++i) labels.push_back(i->label);
      all.insert(all.end(), labels.begin(), labels.end());
      table.emplace(key, most_frequent(labels));
    }
    const std::int32_t fallback = most_frequent(all);
    std::int64_t right = 0;
    for (const Answer& answer : asked) {
      const auto guess = table.find(answer.clue);
      right += answer.label == (guess == table.end() ? fallback : guess->second) ? 1 : 0;
    }
    return static_cast<double>(right) / static_cast<double>(asked.size());
  }

  std::vector<Example> fit_, judge_;
};

std::uint64_t last_tokens(const Example& word, std::size_t t, std::size_t window) {
  std::uint64_t h = 0;
  for (std::size_t i = t + 1 - std::min(window, t + 1); i <= t; ++i)
    h = mix(h + static_cast<std::uint64_t>(word.input[i]) + 1);
  return h;
}

/// A sum over tokens: the same for the same bag.
std::uint64_t bag_of(const Example& word, std::size_t t) {
  std::uint64_t h = 0;
  for (std::size_t i = 0; i <= t; ++i) h += mix(static_cast<std::uint64_t>(word.input[i]) + 1);
  return h;
}

/// Hash of how often each token came, modulo p.
std::uint64_t counts_of(const Example& word, std::size_t t, std::uint64_t p) {
  std::vector<std::int32_t> tokens(word.input.begin(),
                                   word.input.begin() + static_cast<std::ptrdiff_t>(t) + 1);
  std::sort(tokens.begin(), tokens.end());
  std::uint64_t h = 0;
  for (auto i = tokens.begin(); i != tokens.end();) {
    const auto end = std::upper_bound(i, tokens.end(), *i);
    const auto count = static_cast<std::uint64_t>(end - i) % p;
    if (count != 0) h = mix(h + (static_cast<std::uint64_t>(*i) << 32) + count);
    i = end;
  }
  return h;
}

struct NamedClue {
  std::string name;
  Clue clue;
  bool with_position;  // may use the position besides
};

std::vector<NamedClue> clues() {
  std::vector<NamedClue> list;
  list.push_back({"constant", [](const Example&, std::size_t) { return std::uint64_t{0}; }, false});
  list.push_back(
      {"answer only (position)", [](const Example&, std::size_t) { return std::uint64_t{0}; }, true});
  for (std::uint64_t m = 2; m <= 12; ++m)
    list.push_back(
        {fmt::format("length mod {}", m), [m](const Example&, std::size_t t) { return (t + 1) % m; }, false});
  for (std::size_t w = 1; w <= 4; ++w)
    list.push_back({fmt::format("last {} token{}", w, w == 1 ? "" : "s"),
                    [w](const Example& word, std::size_t t) { return last_tokens(word, t, w); }, true});
  for (const std::uint64_t p : {2, 3, 5})
    list.push_back({fmt::format("letter counts mod {}", p),
                    [p](const Example& word, std::size_t t) { return counts_of(word, t, p); }, true});
  list.push_back({"bag of tokens", bag_of, true});
  return list;
}

Shortcut measure(const Words& words, const NamedClue& clue, const LengthLaw& law,
                 const AuditOptions& options) {
  return estimated_shortcut(clue.name, law, words.accuracy(clue.clue, clue.with_position), options.samples);
}

}  // namespace

std::vector<Shortcut> sampled_shortcuts(const Task& task, const LengthLaw& law, const AuditOptions& options) {
  const Words words(task, law, options);
  std::vector<Shortcut> result;
  for (const NamedClue& clue : clues()) result.push_back(measure(words, clue, law, options));
  return result;
}

Shortcut sampled_bag(const Task& task, const LengthLaw& law, const AuditOptions& options) {
  return measure(Words(task, law, options), clues().back(), law, options);
}

}  // namespace anser::tasks
