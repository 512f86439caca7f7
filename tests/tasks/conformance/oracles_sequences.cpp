// Oracles of recall, copying, tracking and products. Where a query looks like filler (mqar), the task says
// which positions it asks, and the oracle checks that they obey the rule and what the answers are.
#include <array>
#include <map>
#include <set>

#include "core/base/error.h"
#include "tasks/regbench.h"
#include "tests/tasks/conformance/oracle.h"

namespace anser::tests {
namespace {

using Words = std::vector<std::int32_t>;
using Input = std::span<const std::int32_t>;

Words unscored(Input input) {
  return Words(input.size(), tasks::kUnscored);
}

/// The sample itself, perhaps longer than asked.
tasks::Example sample(const tasks::TaskFacts& facts, const SampleName& name, std::size_t length) {
  tasks::Example example;
  example.input.resize(length);
  example.target.resize(length);
  tasks::make_task(facts.id)->sample(name.seed, name.split, name.index, example.input, example.target);
  return example;
}

int number(const Id& id, const char* key) {
  return static_cast<int>(id.get_int(key, -1, -1, 1 << 30));
}

const std::string& token(const tasks::TaskFacts& facts, std::int32_t t) {
  return facts.token_names[static_cast<std::size_t>(t)];
}

/// -- mqar

/// Answers by a list of (key, value) read in order, the newest first; keys may be pairs.
Words mqar_targets(const Id& id, const tasks::TaskFacts& facts, Input input, const SampleName& name) {
  const std::string variant = id.get("variant", "plain");
  const int K = number(id, "K");
  Words targets = unscored(input);
  if (variant == "stacked") {
    std::map<std::string, std::string> bound;
    for (std::size_t t = 0; t < input.size(); ++t) {
      const std::string& text = token(facts, input[t]);  // "k3=v7" or "k3?"
      const auto equals = text.find('=');
      if (equals != std::string::npos) {
        bound[text.substr(0, equals)] = text.substr(equals + 1);
        continue;
      }
      for (std::size_t label = 0; label < facts.label_names.size(); ++label)
        if (facts.label_names[label] == bound.at(text.substr(0, text.size() - 1)))
          targets[t] = static_cast<std::int32_t>(label);
    }
    return targets;
  }
  const std::size_t width = variant == "compositional" ? 2 : 1;  // tokens of a key
  const int bindings = K + (variant == "forgetting" ? number(id, "updates") : 0);
  const std::size_t behind = static_cast<std::size_t>(bindings) * (width + 1);
  std::map<Words, std::int32_t> bound;
  for (std::size_t t = 0; t < behind; t += width + 1)
    bound[Words(input.begin() + static_cast<std::ptrdiff_t>(t),
                input.begin() + static_cast<std::ptrdiff_t>(t + width))] = input[t + width];
  const tasks::Example truth = sample(facts, name, input.size());
  std::set<Words> asked;
  for (std::size_t t = behind; t < input.size(); ++t) {
    if (truth.target[t] == tasks::kUnscored) continue;
    const std::size_t begin = t + 1 - width;
    const Words key(input.begin() + static_cast<std::ptrdiff_t>(begin),
                    input.begin() + static_cast<std::ptrdiff_t>(t + 1));
    require((begin - behind) % (width + 1) == 0, "oracle", "a query stands at {}", begin);
    require(bound.contains(key) && asked.insert(key).second, "oracle", "no key, or asked twice, at {}",
            begin);
    targets[t] = bound[key];
  }
  require(asked.size() == static_cast<std::size_t>(K) && bound.size() == asked.size(), "oracle",
          "{} keys are asked", asked.size());
  return targets;
}

/// -- mad

/// Runs of tokens with the same first letter of their names: k, v, n, p(ad).
struct Run {
  char kind = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::vector<Run> runs(const tasks::TaskFacts& facts, Input input) {
  std::vector<Run> list;
  for (std::size_t t = 0; t < input.size(); ++t) {
    const char kind = token(facts, input[t])[0];
    if (list.empty() || list.back().kind != kind) list.push_back({kind, t, t});
    list.back().end = t + 1;
  }
  return list;
}

Words slice(Input input, const Run& run) {
  return Words(input.begin() + static_cast<std::ptrdiff_t>(run.begin),
               input.begin() + static_cast<std::ptrdiff_t>(run.end));
}

/// In recall a key run is followed by its value run, of which the last token of the word is missing.
Words mad_recall_targets(const tasks::TaskFacts& facts, Input input) {
  const bool all = facts.supervision == tasks::Supervision::language_model;
  Words targets = unscored(input);
  if (all)
    for (std::size_t t = 0; t + 1 < input.size(); ++t) targets[t] = input[t + 1];
  std::map<Words, Words> value_of;
  const auto list = runs(facts, input);
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].kind != 'k') continue;
    const Words key = slice(input, list[i]);
    const bool known = value_of.contains(key);
    const bool last = i + 2 >= list.size();
    const Words value = last ? value_of.at(key) : slice(input, list[i + 1]);
    if (known) require(value == value_of[key], "oracle", "a key has two values");
    value_of[key] = value;
    for (std::size_t j = 0; known && j < value.size(); ++j) targets[list[i].end - 1 + j] = value[j];
  }
  return targets;
}

Words mad_targets(const Id& id, const tasks::TaskFacts& facts, Input input, const SampleName&) {
  const std::string task = id.get("task", "");
  Words targets = unscored(input);
  if (task == "selective_copying") {
    Words read;
    std::size_t answered = 0;
    bool answering = false;
    for (std::size_t t = 0; t < input.size(); ++t) {
      if (answering)
        targets[t] = read.at(answered++);
      else if (token(facts, input[t]) == "copy")
        answering = true;
      else if (token(facts, input[t]) != "_")
        read.push_back(input[t]);
    }
    require(answered == read.size(), "oracle", "{} of {} tokens are asked", answered, read.size());
    return targets;
  }
  if (task == "compression") {
    for (std::size_t t = 0; t < input.size(); ++t)
      if (token(facts, input[t])[0] == '?')
        targets[t] = input[static_cast<std::size_t>(std::stoi(token(facts, input[t]).substr(1)))];
    return targets;
  }
  if (task == "memorization") {
    // The map as other words show it.
    std::map<std::int32_t, std::int32_t> map;
    const auto other = sample(facts, {.seed = 999, .split = tasks::Split::train, .index = 0}, 20'000);
    for (std::size_t t = 1; t < other.input.size(); t += 2) map[other.input[t - 1]] = other.target[t];
    std::set<std::int32_t> values;
    for (const auto& [key, value] : map)
      require(values.insert(value).second, "oracle", "two keys have one value");
    for (std::size_t t = 1; t < input.size(); t += 2) targets[t] = map.at(input[t - 1]);
    return targets;
  }
  return mad_recall_targets(facts, input);
}

/// -- reversal

Words reversal_targets(const Id&, const tasks::TaskFacts& facts, Input input, const SampleName&) {
  std::string text;
  for (const auto t : input) text += token(facts, t);
  const std::size_t comma = text.find(',');
  std::string whole = text.substr(0, comma) + ",";
  for (std::size_t i = comma; i-- > 0;) whole += text[i];
  whole += "#";
  require(text.starts_with(whole.substr(0, text.size())), "oracle", "{} is no reversal", text);
  Words targets = unscored(input);
  const bool all = facts.supervision == tasks::Supervision::language_model;
  for (std::size_t t = all ? 0 : comma; t + 1 < whole.size(); ++t)
    for (std::size_t label = 0; label < facts.label_names.size(); ++label)
      if (facts.label_names[label][0] == whole[t + 1]) targets[t] = static_cast<std::int32_t>(label);
  return targets;
}

/// -- regbench

Words regbench_targets(const Id&, const tasks::TaskFacts& facts, Input input, const SampleName& name) {
  const bool sets = facts.supervision == tasks::Supervision::next_set;
  const auto task = tasks::make_task(facts.id);
  const automata::Dfa dfa = tasks::as_regbench(*task)->hidden_automaton(name.seed, name.split, name.index);
  Words text(input.begin(), input.end());
  text.push_back(sample(facts, name, input.size() + 1).input.back());
  Words targets = unscored(input);
  automata::State q = dfa.start;
  for (std::size_t t = 0; t < input.size(); ++t) {
    const std::string& read = token(facts, input[t]);
    if (read == ".") continue;
    q = read == "|" ? dfa.start : dfa.step(q, automata::letter_of(dfa, read));
    require(dfa.accept[static_cast<std::size_t>(q)] == 1, "oracle", "the text leaves its automaton at {}", t);
    const std::string& next = token(facts, text[t + 1]);
    if (!sets) {
      if (next != "|" && next != ".") targets[t] = text[t + 1];
      continue;
    }
    std::string legal;
    for (automata::Letter a = 0; a < dfa.num_letters; ++a)
      if (dfa.accept[static_cast<std::size_t>(dfa.step(q, a))] == 1)
        legal += dfa.letter_names[static_cast<std::size_t>(a)];
    for (std::size_t label = 0; label < facts.label_names.size(); ++label)
      if (facts.label_names[label] == legal) targets[t] = static_cast<std::int32_t>(label);
  }
  return targets;
}

/// -- matrix products

using Matrix = std::array<std::array<int, 3>, 3>;

/// "I+e12", "I-e12", "I", "1.0.1/0.1.0/0.0.1"
Matrix matrix_named(const std::string& name, int m) {
  Matrix x = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  if (name.find('.') != std::string::npos) {
    std::string rest = name;
    for (auto& row : x)
      for (auto& entry : row) {
        std::size_t used = 0;
        entry = std::stoi(rest, &used);
        rest = rest.substr(std::min(rest.size(), used + 1));
      }
  } else if (name.size() > 1) {
    x[static_cast<std::size_t>(name[3] - '1')][static_cast<std::size_t>(name[4] - '1')] =
        name[1] == '+' ? 1 : m - 1;
  }
  return x;
}

Matrix times(const Matrix& a, const Matrix& b, int m) {
  Matrix c{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      for (std::size_t k = 0; k < 3; ++k) c[i][j] += a[i][k] * b[k][j];
      c[i][j] %= m;
    }
  return c;
}

/// Products in the order in which a breadth-first walk from the identity meets them.
std::map<Matrix, std::int32_t> numbered_products(const tasks::TaskFacts& facts, const Matrix& identity,
                                                 int m) {
  std::map<Matrix, std::int32_t> number_of = {{identity, 0}};
  std::vector<Matrix> met = {identity};
  for (std::size_t i = 0; i < met.size(); ++i)
    for (const auto& name : facts.token_names) {
      const Matrix next = times(met[i], matrix_named(name, m), m);
      if (number_of.emplace(next, static_cast<std::int32_t>(met.size())).second) met.push_back(next);
    }
  return number_of;
}

Words matrix_targets(const Id& id, const tasks::TaskFacts& facts, Input input, const SampleName&) {
  const int m = number(id, "m");
  const std::string label = id.get("label", "");
  Matrix product = matrix_named("I", m);
  std::map<Matrix, std::int32_t> number_of;
  if (label == "product") number_of = numbered_products(facts, product, m);
  Words targets;
  for (const auto t : input) {
    product = times(product, matrix_named(token(facts, t), m), m);
    targets.push_back(
        label == "product"
            ? number_of.at(product)
            : product[static_cast<std::size_t>(label[0] - '1')][static_cast<std::size_t>(label[1] - '1')]);
  }
  return targets;
}

/// -- permutation tracking: all arrangements that some hidden history explains

Words tracking_targets(const Id& id, const tasks::TaskFacts& facts, Input input, const SampleName&) {
  const auto n = static_cast<std::size_t>(number(id, "n"));
  std::vector<int> identity(n);
  for (std::size_t i = 0; i < n; ++i) identity[i] = static_cast<int>(i);
  std::set<std::vector<int>> possible = {identity};
  Words targets = unscored(input);
  std::size_t asked = 0;
  for (std::size_t t = 0; t < input.size(); ++t) {
    const std::string& name = token(facts, input[t]);  // "(1 2)", "(1 ?)", "(? ?)", "3?", "=2"
    std::set<std::vector<int>> after;
    if (name[0] == '(') {
      for (std::size_t p = 0; p < n; ++p)
        for (std::size_t q = 0; q < n; ++q) {
          const bool fits = p != q && (name[1] == '?' || static_cast<std::size_t>(name[1] - '1') == p) &&
                            (name[3] == '?' || static_cast<std::size_t>(name[3] - '1') == q);
          for (auto a : possible) {
            if (!fits) break;
            std::swap(a[p], a[q]);
            after.insert(a);
          }
        }
    } else if (name[0] == '=') {
      for (const auto& a : possible)
        if (a[asked] == name[1] - '1') after.insert(a);
      require(!after.empty(), "oracle", "position {} reveals what cannot be", t);
    } else {
      asked = static_cast<std::size_t>(name[0] - '1');
      after = possible;
      std::set<int> objects;
      for (const auto& a : possible) objects.insert(a[asked]);
      if (objects.size() == 1) targets[t] = *objects.begin();
    }
    possible = after;
  }
  return targets;
}

/// -- state-based recall

Words state_recall_targets(const Id& id, const tasks::TaskFacts& facts, Input input, const SampleName&) {
  const int bits = number(id, "M");
  std::vector<int> pointer;
  Words targets = unscored(input);
  for (std::size_t t = static_cast<std::size_t>(bits); t < input.size(); ++t) {
    const std::string& name = token(facts, input[t]);  // "@7", "id", "(1 12)"
    if (name[0] == '@') {
      pointer.push_back(std::stoi(name.substr(1)) - 1);
      continue;
    }
    if (name[0] == '(') {
      const std::size_t space = name.find(' ');
      std::swap(pointer[static_cast<std::size_t>(std::stoi(name.substr(1)) - 1)],
                pointer[static_cast<std::size_t>(std::stoi(name.substr(space)) - 1)]);
    }
    targets[t] = input[static_cast<std::size_t>(pointer[0])];
  }
  return targets;
}

/// -- n-back recall

Words n_back_targets(const Id& id, const tasks::TaskFacts& facts, Input input, const SampleName&) {
  const auto n = static_cast<std::size_t>(number(id, "n"));
  std::map<std::int32_t, Words> values;
  Words targets = unscored(input);
  for (std::size_t t = 0; t + 1 < input.size(); t += 2) {
    if (token(facts, input[t]) == "?") {
      const Words& all = values.at(input[t + 1]);
      targets[t + 1] = all.at(all.size() - n) - number(id, "K");
    } else {
      values[input[t]].push_back(input[t + 1]);
    }
  }
  return targets;
}

}  // namespace

std::vector<Oracle> sequence_oracles() {
  return {{"mqar", mqar_targets},
          {"mad", mad_targets},
          {"reversal", reversal_targets},
          {"regbench", regbench_targets},
          {"matrix_product", matrix_targets},
          {"permutation_tracking", tracking_targets},
          {"state_recall", state_recall_targets},
          {"n_back_recall", n_back_targets}};
}

}  // namespace anser::tests
