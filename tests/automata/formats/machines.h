// Machines and comparisons that the tests of the formats share.
#pragma once

#include <string>

#include "automata/formats/partial_machine.h"
#include "automata/random_dfa.h"
#include "core/base/rng.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

namespace anser::tests {

/// A random machine whose states are all within reach, with `labels` outputs "o0".. (0: an acceptor).
inline automata::Moore random_reachable(std::uint64_t seed, automata::State states, automata::Letter letters,
                                        std::int32_t labels) {
  const auto dfa = automata::random_dfa({.num_states = states, .num_letters = letters}, Rng(seed));
  automata::PartialMachine partial{automata::to_moore(dfa), {}};
  automata::Moore& m = partial.machine;
  if (labels > 0) {
    m.num_labels = labels;
    m.label_names.clear();
    for (std::int32_t i = 0; i < labels; ++i) m.label_names.push_back("o" + std::to_string(i));
    Rng rng = Rng(seed).split("labels");
    for (auto& label : m.label)
      label = static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(labels)));
  }
  return complete(std::move(partial), {}, "random").machine;
}

inline void require_same(const automata::Moore& x, const automata::Moore& y) {
  REQUIRE(x.num_states == y.num_states);
  REQUIRE(x.num_letters == y.num_letters);
  REQUIRE(x.num_labels == y.num_labels);
  REQUIRE(x.start == y.start);
  REQUIRE(x.next == y.next);
  REQUIRE(x.label == y.label);
  REQUIRE(x.letter_names == y.letter_names);
  REQUIRE(x.label_names == y.label_names);
}

/// The message holds the part, names its source and is one line.
inline void require_says(const std::string& message, const std::string& part) {
  CAPTURE(message, part);
  REQUIRE(contains(message, part));
  REQUIRE_FALSE(contains(message, "\n"));
  REQUIRE(message.size() < 300);
}

/// Labels numbered by first state: the numbering that files without a list of labels give back.
inline automata::Moore with_labels_by_first_state(automata::Moore m) {
  std::vector<std::int32_t> number(m.label_names.size(), -1);
  std::vector<std::string> names;
  for (auto& label : m.label) {
    auto& entry = number[static_cast<std::size_t>(label)];
    if (entry < 0) {
      entry = static_cast<std::int32_t>(names.size());
      names.push_back(m.label_names[static_cast<std::size_t>(label)]);
    }
    label = entry;
  }
  m.num_labels = static_cast<std::int32_t>(names.size());
  m.label_names = names;
  return m;
}

}  // namespace anser::tests
