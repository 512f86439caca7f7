// A task: a stream of words with a label where one is asked, whose exact complexity is known.
//
// input[t] is a token id in 0..V-1, target[t] a label in 0..L-1, or kUnscored where nothing is asked; both
// have the same length T. Sample i of a stream is a pure function of (task id, seed, split, i): nothing is
// stored, anything can be regenerated, and the sealed test stream differs from the training stream by its
// label.
//
// Most tasks are Moore machines (tasks/machine_task.h, tasks/language_task.h): target[t] is the label of the
// state after input[0..t]. The others (recall, copying) have no machine.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "automata/moore.h"
#include "core/base/rng.h"

namespace anser::tasks {

/// Target where nothing is asked: losses and scores skip it.
inline constexpr std::int32_t kUnscored = -1;

/// What is asked at a position.
enum class Supervision {
  tagging,         // the label of the prefix, at every scored position
  final,           // the label of the whole word, at its last position alone
  next_set,        // which tokens may follow the prefix: a label is a set of tokens
  language_model,  // the token that follows
};
/// "tagging", "final", "next-set", "lm".
std::string_view supervision_name(Supervision supervision);
/// The inverse; InputError with the known names otherwise.
Supervision parse_supervision(std::string_view name);

/// How close a family is to what it is named after.
enum class Fidelity {
  paper_exact,  // the rule of the source, checked against its data or its code
  port,         // the rule of the source, written anew; bits of its generator are not matched
  inspired,     // the idea of the source, another rule
};
/// "paper-exact", "port", "inspired".
std::string_view fidelity_name(Fidelity fidelity);

struct SpecialToken {
  std::string name;     // as in TaskFacts::token_names
  std::string meaning;  // "asks for the answer"
};

/// Lengths that a task has: least, least + step, least + 2 step, ...
struct LengthRule {
  int least = 0;
  int step = 1;

  bool allows(std::int64_t length) const { return length >= least && (length - least) % step == 0; }
  /// The shortest length that is not below `length`.
  int at_least(int length) const;
  /// "any", "from 3", "odd", "4, 7, 10, ..."
  std::string title() const;
};

/// Lengths asked for: uniform among those from lo to hi that the task has.
struct LengthLaw {
  int lo = 32;
  int hi = 32;

  LengthLaw() = default;
  LengthLaw(int length) : lo(length), hi(length) {}  // NOLINT: one length is a law
  LengthLaw(int lo, int hi) : lo(lo), hi(hi) {}
  friend bool operator==(const LengthLaw&, const LengthLaw&) = default;
};
/// "64" or "3..40". InputError naming the text otherwise, and beyond 10^8.
LengthLaw parse_length_law(std::string_view text);
std::string print_length_law(const LengthLaw& law);

/// Facts about a task, stated as data and printed by every report.
struct TaskFacts {
  std::string id;         // canonical id, "s5[tokens=swaps+id]"
  std::string title;      // one line, "composition of permutations of 5 elements"
  std::string hardness;   // "NC1-complete (Barrington 1989)", "in TC0 (solvable group)", "star-free", ...
  std::string token_set;  // "identity and the 10 transpositions"
  std::string citation;   // paper
  std::string source;     // repository and path, or section, that fixes rule and numbering
  Fidelity fidelity = Fidelity::port;
  Supervision supervision = Supervision::tagging;
  std::vector<Supervision> modes = {Supervision::tagging};  // those the family offers (parameter `mode`)
  std::string group;                                        // "S5"; empty where there is none
  std::int64_t group_order = 0;                             // 0 where there is none
  std::vector<std::string> token_names;                     // [V]
  std::vector<std::string> label_names;                     // [L]
  int num_tokens = 0;                                       // V
  int num_labels = 0;                                       // L
  std::vector<SpecialToken> special_tokens = {};            // tokens that are not letters of the language
  LengthRule lengths = {};                                  // that it has
  LengthLaw train_lengths = 32;                             // of the source's protocol, or of ours
  LengthLaw test_lengths = 128;
  double chance = 0;  // exact: accuracy of the best constant label when every scored position is equally
                      // likely to be asked, in the limit of long words (1/|G| for transitive groups)
};

/// The streams of a task. `sealed` is for evaluation alone: the trainer never opens it.
enum class Split { train, validation, sealed };

/// "train", "validation", "test" (the sealed stream).
std::string_view split_name(Split split);
/// The inverse; InputError with the known names otherwise.
Split parse_split(std::string_view name);

struct Example {
  std::vector<std::int32_t> input;
  std::vector<std::int32_t> target;
  friend bool operator==(const Example&, const Example&) = default;
};

class Task {
 public:
  virtual ~Task() = default;

  const TaskFacts& facts() const { return facts_; }

  /// The automaton of the task, over all tokens that its streams can emit; letter i is token id i. Where a
  /// position is scored under `tagging`, `final` or `next_set`, its target is the label of the state there.
  bool has_machine() const { return machine_.has_value(); }
  /// InputError where the task has none.
  const automata::Moore& machine() const;
  /// Tokens are independent and uniform over the machine's letters and every position is scored: what makes
  /// exact audits possible.
  virtual bool uniform_letters() const { return false; }

  /// Sample `index` of the stream: fills input with token ids and target with labels. Both of the same length
  /// T, one that facts().lengths allows (InputError). Pure: same arguments, same result, in any order, on any
  /// thread.
  void sample(std::uint64_t seed, Split split, std::uint64_t index, std::span<std::int32_t> input,
              std::span<std::int32_t> target) const;
  /// The same with a length drawn from the law. InputError where the task has no length in it.
  Example sample(std::uint64_t seed, Split split, std::uint64_t index, const LengthLaw& law) const;

 protected:
  /// num_tokens and num_labels follow from the names; the machine, where there is one, gives names that are
  /// missing.
  explicit Task(TaskFacts facts, std::optional<automata::Moore> machine = std::nullopt);

  /// Fills one sample from its own stream. `target` comes filled with kUnscored.
  virtual void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const = 0;

 private:
  Rng stream(std::uint64_t seed, Split split, std::uint64_t index) const;

  TaskFacts facts_;
  std::optional<automata::Moore> machine_;
};

/// The task of an id: tasks/registry.h lists the families. InputError naming the nearest known task, token
/// set or key otherwise.
std::unique_ptr<Task> make_task(std::string_view id);

/// Ids to show in lists and messages: the examples of all families.
std::vector<std::string> known_tasks();

}  // namespace anser::tasks
