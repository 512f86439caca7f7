#include "analysis/construct/step_program.h"

#include <algorithm>
#include <charconv>

#include "automata/minimize.h"
#include "automata/permutation.h"
#include "automata/transition_map.h"
#include "core/base/error.h"
#include "core/base/ids.h"
#include "tasks/group_word_problem.h"

namespace anser::construct {
namespace {

using automata::ElementaryStep;
using automata::Moore;
using automata::State;
using automata::TransitionMap;

constexpr const char* kWhere = "construct::compile";
constexpr State kMaxStates = 64;
constexpr State kMaxTrackedPoints = 11;  // n (n - 1) / 2 heads

/// Letters as sequences of elementary maps of the n places, first step first.
struct LetterSteps {
  std::vector<std::string> names;
  std::vector<std::vector<ElementaryStep>> steps;
};

std::size_t find_letter(const LetterSteps& letters, const std::string& text) {
  const auto it = std::find(letters.names.begin(), letters.names.end(), text);
  if (it != letters.names.end()) return static_cast<std::size_t>(it - letters.names.begin());
  std::size_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  const bool is_id = error == std::errc() && end == text.data() + text.size() && id < letters.names.size();
  if (!is_id) fail(kWhere, "sabotage: unknown letter '{}'{}", text, suggest(text, letters.names));
  return id;
}

/// Lets the letter act as the next one that does something else, or, when all agree, as another elementary
/// map.
void sabotage(LetterSteps& letters, State points, const std::string& letter) {
  const std::size_t wrong = find_letter(letters, letter), count = letters.steps.size();
  const TransitionMap map = automata::steps_map(letters.steps[wrong], points);
  for (std::size_t i = 1; i < count; ++i) {
    const auto& other = letters.steps[(wrong + i) % count];
    if (automata::steps_map(other, points) == map) continue;
    letters.steps[wrong] = other;
    return;
  }
  const ElementaryStep swap{ElementaryStep::Kind::swap, 0, 1};
  letters.steps[wrong] = letters.steps[wrong].empty() ? std::vector{swap} : std::vector<ElementaryStep>{};
}

void append_tokens(const ElementaryStep& step, std::vector<Step>& tokens) {
  if (step.kind == ElementaryStep::Kind::swap) {
    tokens.push_back({Step::Kind::swap, step.x, step.y});
    return;
  }
  tokens.push_back({Step::Kind::merge_first, step.x, step.y});
  tokens.push_back({Step::Kind::merge_second, step.x, step.y});
}

void place_tokens(LetterSteps letters, const CompileOptions& options, StepProgram& program) {
  if (!options.sabotage.empty()) sabotage(letters, program.points, options.sabotage);
  for (std::size_t i = 0; i < letters.steps.size(); ++i) {
    std::vector<Step> own;
    for (const ElementaryStep& step : letters.steps[i]) append_tokens(step, own);
    if (own.empty()) own.push_back({});
    require(options.mode == Mode::microsteps || own.size() == 1, kWhere,
            "letter '{}' needs {} steps, letters mode has one a letter; use --mode microsteps",
            letters.names[i], own.size());
    require(program.code == Code::doubled || own.front().kind <= Step::Kind::swap, kWhere,
            "letter '{}' merges states, which the single code cannot; use --code doubled", letters.names[i]);
    std::vector<std::int64_t> ids;
    for (const Step& step : own) {
      ids.push_back(static_cast<std::int64_t>(program.tokens.size()));
      program.tokens.push_back(step);
    }
    program.letters.tokens.push_back(std::move(ids));
  }
  program.letters.names = std::move(letters.names);
  program.letters.bos = static_cast<std::int64_t>(program.tokens.size());
}

std::vector<int> unit(State points, State at) {
  std::vector<int> e(static_cast<std::size_t>(points), 0);
  e[static_cast<std::size_t>(at)] = 1;
  return e;
}

/// Heads that tell elements apart by their one-line notations; `notations` [labels], entries from 0.
void plan_permutation_heads(const std::vector<TransitionMap>& notations, ReadOut read_out,
                            StepProgram& program) {
  const State n = program.points;
  std::vector<int> counting(static_cast<std::size_t>(n));
  for (State p = 0; p < n; ++p) counting[static_cast<std::size_t>(p)] = p + 1;
  program.signature.resize(notations.size());
  const auto add = [&](HeadPlan head, auto positive) {
    program.heads.push_back(std::move(head));
    for (std::size_t g = 0; g < notations.size(); ++g)
      program.signature[g].push_back(positive(notations[g]) ? 1 : -1);
  };
  for (State i = 0; i < n; ++i)
    for (State j = read_out == ReadOut::sign ? i + 1 : 0; j < n; ++j) {
      if (read_out == ReadOut::threshold) {  // is number i at place j?
        add({unit(n, i), unit(n, j), true}, [&](const TransitionMap& g) { return g[j] == i; });
        continue;
      }
      auto read = unit(n, i);
      read[static_cast<std::size_t>(j)] = -1;
      add({counting, read, false}, [&](const TransitionMap& g) { return g[i] > g[j]; });
    }
}

/// Heads that read the binary digits of the label of psi = e_state.
void plan_state_heads(const Moore& machine, ReadOut read_out, StepProgram& program) {
  int digits = 1;
  while ((std::int64_t{1} << digits) < machine.num_labels) ++digits;
  program.signature.resize(static_cast<std::size_t>(machine.num_labels));
  for (int digit = 0; digit < digits; ++digit) {
    HeadPlan head{unit(program.points, machine.start), unit(program.points, 0),
                  read_out == ReadOut::threshold};
    const int no = head.threshold ? 0 : -1;
    std::fill(head.read.begin(), head.read.end(), no);
    for (State q = 0; q < machine.num_states; ++q)
      if ((machine.label[static_cast<std::size_t>(q)] >> digit) & 1)
        head.read[static_cast<std::size_t>(q)] = 1;
    program.heads.push_back(std::move(head));
    for (std::size_t label = 0; label < program.signature.size(); ++label)
      program.signature[label].push_back((label >> digit) & 1 ? 1 : -1);
  }
}

bool tracks_permutations(const tasks::GroupWordProblem& group) {
  return !group.newest_left() && group.group().degree() <= kMaxTrackedPoints &&
         group.group().order() > group.group().degree();
}

/// x as swaps of places: psi x = psi s_1 s_2 .. s_m with x = s_1 . s_2 ... s_m (docs/math/construction.md
/// section 2).
std::vector<ElementaryStep> place_steps(const automata::Permutation& x) {
  auto steps = automata::factorise(TransitionMap(x.images().begin(), x.images().end()));
  std::reverse(steps.begin(), steps.end());
  return steps;
}

StepProgram plan_group(const tasks::GroupWordProblem& task, const CompileOptions& options) {
  const automata::PermutationGroup& group = task.group();
  StepProgram program;
  program.points = group.degree();
  program.code = options.code;
  program.label_names = task.machine().label_names;
  program.tracks = "one-line notation of the product";
  LetterSteps letters{task.machine().letter_names, {}};
  for (const automata::Element token : task.tokens())
    letters.steps.push_back(place_steps(group.element(token)));
  place_tokens(std::move(letters), options, program);
  std::vector<TransitionMap> notations;
  for (automata::Element g = 0; g < group.order(); ++g) {
    const automata::Permutation p = group.element(g);
    notations.emplace_back(p.images().begin(), p.images().end());
  }
  plan_permutation_heads(notations, options.read_out, program);
  return program;
}

template <typename Enum>
Enum parse_choice(std::string_view field, std::string_view text, const std::vector<std::string>& names) {
  const auto it = std::find(names.begin(), names.end(), text);
  if (it == names.end()) fail(kWhere, "{} is '{}'{}", field, text, suggest(text, names));
  return static_cast<Enum>(it - names.begin());
}

}  // namespace

Mode parse_mode(std::string_view name) {
  return parse_choice<Mode>("mode", name, {"letters", "microsteps"});
}
Code parse_code(std::string_view name) {
  return parse_choice<Code>("code", name, {"doubled", "single"});
}
ReadOut parse_read_out(std::string_view name) {
  return parse_choice<ReadOut>("readout", name, {"sign", "threshold"});
}
std::string_view mode_name(Mode mode) {
  return mode == Mode::letters ? "letters" : "microsteps";
}
std::string_view code_name(Code code) {
  return code == Code::doubled ? "doubled" : "single";
}
std::string_view read_out_name(ReadOut read_out) {
  return read_out == ReadOut::sign ? "sign" : "threshold";
}

StepProgram plan_machine(const Moore& given, const CompileOptions& options) {
  const Moore machine = automata::minimize(given);
  require(machine.num_states <= kMaxStates, kWhere,
          "the minimal automaton has {} states, one layer tracks at most {} (head size 128)",
          machine.num_states, kMaxStates);
  StepProgram program;
  program.points = std::max<State>(machine.num_states, 2);
  program.code = options.code;
  program.label_names = machine.label_names;
  program.tracks = "state";
  LetterSteps letters{machine.letter_names, {}};
  for (automata::Letter s = 0; s < machine.num_letters; ++s)
    letters.steps.push_back(automata::factorise(automata::letter_map(machine, s)));
  place_tokens(std::move(letters), options, program);
  plan_state_heads(machine, options.read_out, program);
  return program;
}

StepProgram plan_task(const tasks::Task& task, const CompileOptions& options) {
  const tasks::GroupWordProblem* group = tasks::as_group(task);
  if (group != nullptr && tracks_permutations(*group)) return plan_group(*group, options);
  return plan_machine(task.machine(), options);
}

}  // namespace anser::construct
