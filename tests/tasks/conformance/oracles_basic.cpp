// Oracles of counters, factors and given automata.
#include <fstream>
#include <nlohmann/json.hpp>

#include "automata/random_dfa.h"
#include "tests/tasks/conformance/oracle.h"

namespace anser::tests {
namespace {

using Words = std::vector<std::int32_t>;
using Input = std::span<const std::int32_t>;

/// The remainder of the sum of each prefix.
Words sums(Input input, std::int64_t modulus) {
  Words targets;
  for (std::size_t t = 1; t <= input.size(); ++t) {
    std::int64_t sum = 0;
    for (const auto letter : input.first(t)) sum += letter;
    targets.push_back(static_cast<std::int32_t>(sum % modulus));
  }
  return targets;
}

Words factors(const Id& id, Input input) {
  std::string text;
  Words targets;
  for (const auto letter : input) {
    text += static_cast<char>('a' + letter);
    targets.push_back(text.find(id.get("word", "")) != std::string::npos ? 1 : 0);
  }
  return targets;
}

/// Every prefix run from the start through the file's own tables.
Words memberships_of_file(const Id& id, Input input) {
  std::ifstream file(id.get("file", ""));
  const nlohmann::json json = nlohmann::json::parse(file);
  Words targets;
  for (std::size_t t = 1; t <= input.size(); ++t) {
    int state = json["start"];
    for (const auto letter : input.first(t)) state = json["delta"][state][letter];
    bool accepting = false;
    for (const int accepted : json["accept"]) accepting = accepting || accepted == state;
    targets.push_back(accepting ? 1 : 0);
  }
  return targets;
}

Words memberships_of_random_dfa(const Id& id, Input input) {
  const auto number = [&](const char* key) { return id.get_int(key, -1, 0, std::int64_t{1} << 62); };
  const automata::Dfa dfa = automata::random_dfa({.num_states = static_cast<automata::State>(number("n")),
                                                  .num_letters = static_cast<automata::Letter>(number("k"))},
                                                 Rng(static_cast<std::uint64_t>(number("seed"))));
  Words targets;
  for (std::size_t t = 1; t <= input.size(); ++t) targets.push_back(accepts(dfa, input.first(t)) ? 1 : 0);
  return targets;
}

}  // namespace

std::vector<Oracle> basic_oracles() {
  using tasks::TaskFacts;
  return {
      {"parity", [](const Id&, const TaskFacts&, Input input, const SampleName&) { return sums(input, 2); }},
      {"mod", [](const Id& id, const TaskFacts&, Input input,
                 const SampleName&) { return sums(input, id.get_int("n", 0, 1, 4096)); }},
      {"contains",
       [](const Id& id, const TaskFacts&, Input input, const SampleName&) { return factors(id, input); }},
      {"dfa", [](const Id& id, const TaskFacts&, Input input,
                 const SampleName&) { return memberships_of_file(id, input); }},
      {"random_dfa", [](const Id& id, const TaskFacts&, Input input, const SampleName&) {
         return memberships_of_random_dfa(id, input);
       }}};
}

}  // namespace anser::tests
