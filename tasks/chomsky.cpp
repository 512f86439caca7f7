#include "tasks/chomsky.h"

#include <algorithm>

#include "automata/non_regular.h"
#include "core/base/error.h"
#include "tasks/cycle_navigation.h"
#include "tasks/flare.h"
#include "tasks/hardness.h"
#include "tasks/machine_rule.h"
#include "tasks/mode_parameter.h"
#include "tasks/modular_expression.h"
#include "tasks/word_law_task.h"

namespace anser::tasks {
namespace {

using automata::Letter;
using automata::State;

const std::vector<Supervision> kModes = {Supervision::final, Supervision::tagging};
const std::vector<std::string> kTasks = {"parity", "even_pairs", "cycle_navigation", "modular_arithmetic"};
const std::vector<std::string> kDialects = {"deepmind", "xlstm", "walker", "flare"};

struct Request {
  std::string task;
  std::string dialect;
  Supervision mode = Supervision::final;

  bool padded() const { return dialect != "deepmind"; }
};

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void refuse_unknown_task(const std::string& task) {
  if (contains(kTasks, task)) return;
  require(task.find("bracket") == std::string::npos, "tasks::make_chomsky",
          "task={} is not regular: matching brackets of any depth needs a stack; without brackets it is "
          "task=modular_arithmetic",
          task);
  if (const auto reason = automata::why_not_regular(task)) fail("tasks::make_chomsky", "{}", *reason);
  fail("tasks::make_chomsky", "unknown task \"{}\"{}", task, suggest(task, kTasks));
}

Request parse(const Id& id) {
  id.require_known({"task", "dialect", "mode", "mod"});
  require(id.has("task"), "tasks::make_chomsky", "chomsky needs a task: chomsky[task=parity]");
  Request request{id.get("task", ""), id.get("dialect", "deepmind")};
  refuse_unknown_task(request.task);
  require(contains(kDialects, request.dialect), "tasks::make_chomsky", "unknown dialect \"{}\"{}",
          request.dialect, suggest(request.dialect, kDialects));
  require(!id.has("mod") || request.task == "modular_arithmetic", "tasks::make_chomsky",
          "mod= goes with task=modular_arithmetic, not with {}", request.task);
  return request;
}

/// The same task under the family that has it.
std::unique_ptr<Task> make_elsewhere(const Id& id, const Request& request) {
  Id other;
  if (id.has("mode")) other.parameters.emplace_back("mode", id.get("mode", ""));
  if (request.dialect != "flare") {
    other.name = "cycle_" + request.dialect;
    return request.dialect == "deepmind" ? make_cycle_deepmind(other)
           : request.dialect == "xlstm"  ? make_cycle_xlstm(other)
                                         : make_cycle_walker(other);
  }
  require(!id.has("mod"), "tasks::make_chomsky", "dialect=flare is modulo 5 alone, without mod=");
  std::string language = request.task == "modular_arithmetic" ? "modular_arithmetic_simple" : request.task;
  std::replace(language.begin(), language.end(), '_', '-');
  other.name = "flare";
  other.parameters.insert(other.parameters.begin(), {"language", language});
  return make_flare(other);
}

TaskFacts facts_of(const Request& request) {
  TaskFacts facts;
  facts.id = fmt::format("chomsky[task={},dialect={},mode={}]", request.task, request.dialect,
                         supervision_name(request.mode));
  facts.supervision = request.mode;
  facts.modes = kModes;
  facts.lengths = {.least = 1, .step = 1};
  if (request.dialect == "deepmind") {
    facts.citation = "Delétang et al. 2023";
    facts.source = fmt::format("google-deepmind/neural_networks_chomsky_hierarchy, tasks/regular/{}.py",
                               request.task == "parity" ? "parity_check" : request.task);
    facts.train_lengths = {1, 40};
    facts.test_lengths = {41, 500};
  } else if (request.dialect == "xlstm") {
    facts.citation = "Beck et al. 2024; Grazzi et al. 2025";
    facts.source = fmt::format("NX-AI/xlstm, experiments/data/formal_language/tasks/{}.py", request.task);
    facts.train_lengths = {2, 39};  // upstream counts the answer: 3..40
    facts.test_lengths = {39, 255};
  } else {
    facts.citation = "Walker et al. 2025";
    facts.source = fmt::format("Benjamin-Walker/structured-linear-cdes, data_dir/fl_tasks/{}.py",
                               request.task == "modular_arithmetic" ? "mod_arith_no_brack" : request.task);
    facts.train_lengths = {3, 40};
    facts.test_lengths = {40, 256};
  }
  if (request.padded())
    facts.special_tokens = {{"PAD", "fills batches upstream; never drawn here, reads as nothing"}};
  return facts;
}

/// Parity and even pairs: two letters, labels 0, 1 or, after PAD, 1, 2.
std::unique_ptr<Task> make_binary(TaskFacts facts, const Request& request) {
  const std::int32_t shift = request.padded() ? 1 : 0;
  const std::vector<std::string> names =
      request.padded() ? std::vector<std::string>{"PAD", request.dialect == "walker" ? "a" : "1",
                                                  request.dialect == "walker" ? "b" : "2"}
                       : std::vector<std::string>{"0", "1"};
  MachineRule rule{.num_states = 2,
                   .start = 0,
                   .letters = names,
                   .labels = names,
                   .next = [=](State q, Letter s) { return s < shift ? q : q ^ (s - shift); },
                   .label = [=](State q) { return q + shift; }};
  if (request.task == "even_pairs") {
    // States: nothing read, then 1 + 2 first + last.
    rule.num_states = 5;
    rule.next = [=](State q, Letter s) {
      if (s < shift) return q;
      const State letter = s - shift;
      return q == 0 ? 1 + 3 * letter : 1 + ((q - 1) & 2) + letter;
    };
    rule.label = [=](State q) { return q == 0 ? 0 : shift + ((((q - 1) >> 1) ^ (q - 1)) & 1); };
  }
  facts.title = request.task == "parity" ? fmt::format("parity of the number of {}s", names.back())
                                         : "are the first and the last letter alike?";
  facts.token_set = fmt::format("letters {} and {}", names[names.size() - 2], names.back());
  facts.chance = 0.5;
  automata::Moore machine = build_machine(rule);
  facts.hardness = hardness_of(machine);
  return std::make_unique<WordLawTask>(std::move(facts), std::move(machine), uniform_law(shift, 2),
                                       scored_in(request.mode));
}

ExpressionRule expression_rule(const Request& request, int modulus) {
  ExpressionRule rule;
  rule.modulus = modulus;
  std::vector<std::string> digits;
  for (int d = 0; d < modulus; ++d) digits.push_back(fmt::format("{}", d));
  if (request.padded()) {
    rule.letters = {.first_digit = 5, .plus = 1, .minus = 2, .times = 3, .equals = 4, .padding = 0};
    rule.letter_names = {"PAD", "+", "-", "*", "="};
    rule.letter_names.insert(rule.letter_names.end(), digits.begin(), digits.end());
    rule.label_names = rule.letter_names;
    rule.first_label = 5;
    rule.no_value = 0;
  } else {
    rule.letters = {.first_digit = 0, .plus = modulus, .minus = modulus + 1, .times = modulus + 2};
    rule.label_names = digits;
    rule.label_names.push_back("none");
    rule.letter_names = std::move(digits);
    for (const char* op : {"+", "-", "*"}) rule.letter_names.push_back(op);
    rule.no_value = modulus;
  }
  return rule;
}

/// Digits and operators take turns; `=` comes last where there is one.
WordLawTask::Law expression_law(const ExpressionLetters& letters, int modulus) {
  return [=](Rng& rng, std::span<std::int32_t> input) {
    for (std::size_t t = 0; t < input.size(); ++t)
      input[t] = t % 2 == 0 ? letters.first_digit +
                                  static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(modulus)))
                            : letters.plus + static_cast<std::int32_t>(rng.below(3));
    if (letters.equals != kNoLetter) input.back() = letters.equals;
  };
}

std::unique_ptr<Task> make_arithmetic(TaskFacts facts, const Request& request, int modulus) {
  ExpressionRule rule = expression_rule(request, modulus);
  facts.id.back() = ',';
  facts.id += fmt::format("mod={}]", modulus);
  facts.title = fmt::format("value modulo {} of a sum of products, without brackets", modulus);
  facts.token_set = fmt::format("digits 0 to {}, + - *{}", modulus - 1, request.padded() ? " =" : "");
  facts.lengths = {.least = request.padded() ? 2 : 1, .step = 2};
  // In long words some term is a single digit, so the sum is uniform.
  facts.chance = 1.0 / modulus;
  automata::Moore machine = expression_machine(rule);
  facts.hardness = hardness_of(machine);
  const Letter plus = rule.letters.plus;
  WordLawTask::Scored scored = scored_in(request.mode);
  if (request.mode == Supervision::tagging)
    scored = [plus](std::span<const std::int32_t> input, std::size_t t) {
      return input[t] < plus || input[t] >= plus + 3;
    };
  return std::make_unique<WordLawTask>(std::move(facts), std::move(machine),
                                       expression_law(rule.letters, modulus), std::move(scored));
}

}  // namespace

std::unique_ptr<Task> make_chomsky(const Id& id) {
  Request request = parse(id);
  if (request.dialect == "flare" || request.task == "cycle_navigation") return make_elsewhere(id, request);
  request.mode = mode_of(id, Supervision::final, kModes);
  TaskFacts facts = facts_of(request);
  if (request.task != "modular_arithmetic") return make_binary(std::move(facts), request);
  return make_arithmetic(std::move(facts), request, static_cast<int>(id.get_int("mod", 5, 2, 16)));
}

}  // namespace anser::tasks
