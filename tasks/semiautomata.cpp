#include "tasks/semiautomata.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>

#include "core/base/error.h"
#include "tasks/flip_flop.h"
#include "tasks/hardness.h"
#include "tasks/machine_rule.h"
#include "tasks/machine_task.h"
#include "tasks/mode_parameter.h"
#include "tasks/word_law_task.h"

namespace anser::tasks {
namespace {

using automata::Letter;
using automata::State;

const std::vector<Supervision> kModes = {Supervision::tagging, Supervision::final};

/// A semiautomaton whose labels are its states, and how its words are drawn.
struct Semiautomaton {
  std::string title;
  std::string token_set;
  MachineRule rule;
  WordLawTask::Law law;  // empty: independent uniform letters
  double chance = 0;     // 0: all states are alike in the long run
  std::string group;
  std::int64_t group_order = 0;
};

std::vector<std::string> numbers(State count) {
  std::vector<std::string> names;
  for (State i = 0; i < count; ++i) names.push_back(fmt::format("{}", i));
  return names;
}

/// A rule with labels equal to states.
MachineRule state_rule(State states, State start, std::vector<std::string> letters,
                       std::function<State(State, Letter)> next) {
  return {.num_states = states,
          .start = start,
          .letters = std::move(letters),
          .labels = numbers(states),
          .next = std::move(next),
          .label = [](State q) { return q; }};
}

Semiautomaton parity(const Id&) {
  return {.title = "number of ones so far modulo 2",
          .token_set = "letters 0 and 1",
          .rule = state_rule(2, 0, numbers(2), [](State q, Letter s) { return q ^ s; }),
          .law = {},
          .group = "Z2",
          .group_order = 2};
}

Semiautomaton gridworld(const Id& id) {
  const auto n = static_cast<State>(id.get_int("n", 9, 2, 1024));
  return {.title = fmt::format("cell on a line of {} that stops at its ends", n),
          .token_set = "moves left and right",
          .rule = state_rule(n, 0, {"left", "right"},
                             [n](State q, Letter s) { return std::clamp(q + (s == 0 ? -1 : 1), 0, n - 1); }),
          .law = {},
          .group = {}};
}

Semiautomaton abab(const Id&) {
  const auto next = [](State q, Letter s) {
    const bool fits = q < 4 && s == (q + 1) % 2;  // state 3 expects 0, 0 expects 1, ..
    return fits ? (q + 1) % 4 : 4;
  };
  const auto law = [](Rng& rng, std::span<std::int32_t> input) {
    const bool positive = rng.below(4) == 0;
    for (std::size_t t = 0; t < input.size(); ++t)
      input[t] = static_cast<std::int32_t>(positive ? t % 2 : rng.below(2));
  };
  return {.title = "how far in 0101, 4 once it was left",
          .token_set = "letters 0 and 1, a quarter of the words is 0101..",
          .rule = state_rule(5, 3, numbers(2), next),
          .law = law,
          .chance = 0.75,  // other words leave 0101 for ever
          .group = {}};
}

Semiautomaton add(const Id& id) {
  // A state is x + y + carry: its digit and 2 * its carry.
  const auto next = [](State q, Letter s) {
    return static_cast<State>(std::popcount(static_cast<unsigned>(s))) + q / 2;
  };
  const auto law = [](Rng& rng, std::span<std::int32_t> input) {
    for (std::int32_t& token : input) token = static_cast<std::int32_t>(rng.below(4));
    if (!input.empty()) input.back() = 0;
  };
  return {.title = "digit and carry of the sum of two binary numbers",
          .token_set = "pairs of bits, the last one 00",
          .rule = state_rule(4, 0, {"00", "10", "01", "11"}, next),
          .law = law,
          // A carry comes half of the time. The last state is the carry alone; elsewhere 1 and 2 have 3/8.
          .chance = id.get("mode", "") == "final" ? 0.5 : 0.375,
          .group = {}};
}

Semiautomaton cyclic(const Id& id) {
  const auto n = static_cast<State>(id.get_int("n", 5, 1, 1024));
  const auto actions = static_cast<State>(id.get_int("actions", std::min(2, n), 1, n));
  return {.title = fmt::format("sum of the letters modulo {}", n),
          .token_set = fmt::format("steps 0 to {}", actions - 1),
          .rule = state_rule(n, 0, numbers(actions), [n](State q, Letter s) { return (q + s) % n; }),
          .law = {},
          .chance = actions == 1 ? 1 : 0.0,
          .group = fmt::format("Z{}", n),
          .group_order = n};
}

Semiautomaton dihedral(const Id& id) {
  const auto n = static_cast<State>(id.get_int("n", 4, 1, 512));
  const auto next = [n](State q, Letter s) {
    const State turned = q / n, position = q % n;
    if (s == 0) return n * (1 - turned) + position;
    return n * turned + (position + (turned == 1 ? n - 1 : 1)) % n;
  };
  return {.title = fmt::format("direction and position on a circle of {}", n),
          .token_set = "turn round, drive",
          .rule = state_rule(2 * n, 0, {"turn", "drive"}, next),
          .law = {},
          .group = fmt::format("dihedral group of order {}", 2 * n),
          .group_order = 2 * n};
}

Semiautomaton quaternion(const Id&) {
  // i j = k, j k = i, k i = j; in the other order, and squares, a sign comes in.
  const auto next = [](State q, Letter s) {
    const State unit = q % 4;
    const bool sign = unit != 0 && s != 0 && s != unit % 3 + 1;
    const State product = unit == 0 ? s : s == 0 ? unit : s == unit ? 0 : 6 - unit - s;
    return (product + (q / 4 + (sign ? 1 : 0)) % 2 * 4) % 8;
  };
  MachineRule rule = state_rule(8, 0, {"1", "i", "j", "k"}, next);
  rule.labels = {"1", "i", "j", "k", "-1", "-i", "-j", "-k"};
  return {.title = "product of quaternion units",
          .token_set = "units 1, i, j, k",
          .rule = std::move(rule),
          .law = {},
          .group = "Q8",
          .group_order = 8};
}

using Permutation = std::vector<int>;

std::string name_of(const Permutation& p) {
  return fmt::format("{}", fmt::join(p, ""));
}

Permutation identity(int n) {
  Permutation p(static_cast<std::size_t>(n));
  std::iota(p.begin(), p.end(), 0);
  return p;
}

bool is_even(const Permutation& p) {
  bool even = true;
  for (std::size_t i = 0; i < p.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) even ^= p[j] > p[i];
  return even;
}

/// p[a[0]] p[a[1]] ..
Permutation after(const Permutation& p, const Permutation& a) {
  Permutation product;
  for (const int i : a) product.push_back(p[static_cast<std::size_t>(i)]);
  return product;
}

/// All permutations of n points in lexicographic order, or the even ones, with their places.
class PermutationList {
 public:
  PermutationList(int n, bool even_only) {
    Permutation p = identity(n);
    do {
      if (even_only && !is_even(p)) continue;
      places_.emplace(p, static_cast<State>(list_.size()));
      list_.push_back(p);
    } while (std::next_permutation(p.begin(), p.end()));
  }
  State size() const { return static_cast<State>(list_.size()); }
  const Permutation& operator[](State i) const { return list_[static_cast<std::size_t>(i)]; }
  State place(const Permutation& p) const { return places_.at(p); }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Permutation& p : list_) names.push_back(name_of(p));
    return names;
  }

 private:
  std::vector<Permutation> list_;
  std::map<Permutation, State> places_;
};

Permutation rotation(int n, int first) {
  Permutation p(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) p[static_cast<std::size_t>(i)] = (i + first) % n;
  return p;
}

Permutation first_swap(int n) {
  Permutation p = identity(n);
  std::swap(p[0], p[1]);
  return p;
}

/// Multiplication of the listed permutations by the actions.
Semiautomaton permutations(int n, bool even_only, const std::vector<Permutation>& actions) {
  const PermutationList list(n, even_only);
  std::vector<std::string> letters;
  for (const Permutation& a : actions) letters.push_back(name_of(a));
  MachineRule rule = state_rule(list.size(), 0, letters, [list, actions](State q, Letter s) {
    return list.place(after(list[q], actions[static_cast<std::size_t>(s)]));
  });
  rule.labels = list.names();
  return {.title = fmt::format("product of {}permutations of {} points", even_only ? "even " : "", n),
          .token_set = fmt::format("permutations {}", fmt::join(letters, ", ")),
          .rule = std::move(rule),
          .law = {},
          .group = fmt::format("{}{}", even_only ? "A" : "S", n),
          .group_order = list.size()};
}

Semiautomaton symmetric(const Id& id) {
  const int n = static_cast<int>(id.get_int("n", 5, 2, 6));
  const PermutationList all(n, false);
  const auto count = static_cast<std::size_t>(id.get_int("actions", 3, 2, all.size()));
  std::vector<Permutation> actions;
  const auto add_new = [&](const Permutation& p) {
    const bool is_new = std::find(actions.begin(), actions.end(), p) == actions.end();
    if (is_new && actions.size() < count) actions.push_back(p);
  };
  for (const Permutation& p : {identity(n), rotation(n, 1), first_swap(n)}) add_new(p);
  for (State i = 0; i < all.size(); ++i) add_new(all[i]);
  Semiautomaton s = permutations(n, false, actions);
  if (count == 2 && n > 2) {  // the rotation alone
    s.group = fmt::format("Z{}", n);
    s.group_order = n;
    s.chance = 1.0 / n;
  }
  return s;
}

Semiautomaton alternating(const Id& id) {
  const int n = static_cast<int>(id.get_int("n", 5, 3, 7));
  std::vector<Permutation> actions = {identity(n)};
  for (int x = 2; x < n; ++x) {
    Permutation p = identity(n);
    p[0] = 1;
    p[1] = x;
    p[static_cast<std::size_t>(x)] = 0;
    actions.push_back(p);
  }
  return permutations(n, true, actions);
}

/// A reset, then a number of generators that makes the distance to the next reset 1, 2, 4, .., and so on.
WordLawTask::Law reset_law(std::uint32_t resets) {
  return [resets](Rng& rng, std::span<std::int32_t> input) {
    std::vector<std::size_t> distances = {1};
    while (distances.back() * 2 < input.size()) distances.push_back(distances.back() * 2);
    for (std::int32_t& token : input) token = static_cast<std::int32_t>(resets + rng.below(2));
    for (std::size_t t = 0; t < input.size();
         t += distances[rng.below(static_cast<std::uint32_t>(distances.size()))])
      input[t] = static_cast<std::int32_t>(rng.below(resets));
  };
}

Semiautomaton permutation_reset(const Id& id) {
  const int n = static_cast<int>(id.get_int("n", 4, 2, 5));
  const PermutationList list(n, false);
  const std::vector<Permutation> generators = {first_swap(n), rotation(n, n - 1)};
  std::vector<std::string> letters;
  for (const std::string& name : list.names()) letters.push_back("=" + name);
  for (const Permutation& g : generators) letters.push_back(name_of(g));
  MachineRule rule = state_rule(list.size(), 0, letters, [list, generators](State q, Letter s) {
    return s < list.size()
               ? s
               : list.place(after(generators[static_cast<std::size_t>(s - list.size())], list[q]));
  });
  rule.labels = list.names();
  return {.title = fmt::format("product of permutations of {} points since the last reset", n),
          .token_set = "a reset to each permutation, a swap and a rotation",
          .rule = std::move(rule),
          .law = reset_law(static_cast<std::uint32_t>(list.size())),
          .chance = 1.0 / list.size(),  // resets are uniform, so is every state after them
          .group = fmt::format("S{}", n),
          .group_order = list.size()};
}

struct Kind {
  std::string name;
  Semiautomaton (*make)(const Id& id);
  std::vector<std::pair<std::string, int>> parameters;  // with their defaults
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> list = {
      {"parity", parity, {}},
      {"gridworld", gridworld, {{"n", 9}}},
      {"abab", abab, {}},
      {"add", add, {}},
      {"cyclic", cyclic, {{"n", 5}, {"actions", 2}}},
      {"dihedral", dihedral, {{"n", 4}}},
      {"quaternion", quaternion, {}},
      {"symmetric", symmetric, {{"n", 5}, {"actions", 3}}},
      {"alternating", alternating, {{"n", 5}}},
      {"permutation_reset", permutation_reset, {{"n", 4}}},
  };
  return list;
}

const Kind& find_kind(const std::string& name) {
  std::vector<std::string> names = {"flipflop"};
  for (const Kind& kind : kinds()) {
    if (kind.name == name) return kind;
    names.push_back(kind.name);
  }
  fail("tasks::make_liu", "unknown automaton \"{}\"{}", name, suggest(name, names));
}

/// The same id with every parameter of the kind.
Id canonical_id(const Id& id, const Kind& kind, Supervision mode, const Semiautomaton& made) {
  Id canonical{.name = "liu", .parameters = {{"automaton", kind.name}}};
  for (const auto& [key, value] : kind.parameters) {
    const int given = static_cast<int>(id.get_int(key, value, 0, 1 << 20));
    const int number = key == "actions" ? static_cast<int>(made.rule.letters.size()) : given;
    canonical.parameters.emplace_back(key, fmt::format("{}", number));
  }
  canonical.parameters.emplace_back("mode", supervision_name(mode));
  return canonical;
}

}  // namespace

std::unique_ptr<Task> make_liu(const Id& id) {
  require(id.has("automaton"), "tasks::make_liu", "liu needs an automaton: liu[automaton=gridworld]");
  const std::string name = id.get("automaton", "");
  if (name == "flipflop") {
    Id other{.name = "flipflop_semiautomaton", .parameters = id.parameters};
    std::erase_if(other.parameters, [](const auto& parameter) { return parameter.first == "automaton"; });
    return make_flipflop_semiautomaton(other);
  }
  const Kind& kind = find_kind(name);
  std::vector<std::string> keys = {"automaton", "mode"};
  for (const auto& parameter : kind.parameters) keys.push_back(parameter.first);
  id.require_known(keys);
  const Supervision mode = mode_of(id, Supervision::tagging, kModes);
  Semiautomaton made = kind.make(id);
  automata::Moore machine = build_machine(made.rule);
  TaskFacts facts;
  facts.id = print_id(canonical_id(id, kind, mode, made));
  facts.title = made.title;
  facts.hardness = hardness_of(machine);
  facts.token_set = made.token_set;
  facts.citation = "Liu, Ash, Goel, Krishnamurthy and Zhang 2023a";
  facts.source = "synthseq/automata, automata.py";
  facts.supervision = mode;
  facts.modes = kModes;
  facts.group = made.group;
  facts.group_order = made.group_order;
  facts.train_lengths = 100;
  facts.test_lengths = {1, 500};
  facts.chance = made.chance > 0 ? made.chance : 1.0 / machine.num_states;
  if (!made.law) return std::make_unique<MachineTask>(std::move(facts), std::move(machine));
  return std::make_unique<WordLawTask>(std::move(facts), std::move(machine), std::move(made.law),
                                       scored_in(mode));
}

}  // namespace anser::tasks
