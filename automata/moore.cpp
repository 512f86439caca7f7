#include "automata/moore.h"

#include "core/base/error.h"

namespace anser::automata {
namespace {

constexpr const char* kWhere = "automata::check";

void check_sizes(const Moore& m) {
  require(m.num_states >= 1, kWhere, "an automaton needs at least 1 state, got {}", m.num_states);
  require(m.num_letters >= 1, kWhere, "an alphabet needs at least 1 letter, got {}", m.num_letters);
  require(m.num_labels >= 1, kWhere, "a Moore machine needs at least 1 label, got {}", m.num_labels);
  const auto n = static_cast<std::size_t>(m.num_states);
  const auto k = static_cast<std::size_t>(m.num_letters);
  require(m.next.size() == n * k, kWhere, "transition table has {} entries, wanted {} states x {} letters",
          m.next.size(), n, k);
  require(m.label.size() == n, kWhere, "{} labels for {} states", m.label.size(), n);
  require(m.letter_names.size() == k, kWhere, "{} names for {} letters", m.letter_names.size(), k);
  require(m.label_names.size() == static_cast<std::size_t>(m.num_labels), kWhere, "{} names for {} labels",
          m.label_names.size(), m.num_labels);
}

}  // namespace

void check(const Moore& m) {
  check_sizes(m);
  require(m.start >= 0 && m.start < m.num_states, kWhere, "start state {} is not in 0..{}", m.start,
          m.num_states - 1);
  for (State q = 0; q < m.num_states; ++q) {
    for (Letter s = 0; s < m.num_letters; ++s)
      require(m.step(q, s) >= 0 && m.step(q, s) < m.num_states, kWhere,
              "state {} goes to {} by letter {}, wanted a state in 0..{}", q, m.step(q, s), s,
              m.num_states - 1);
    const auto label = m.label[static_cast<std::size_t>(q)];
    require(label >= 0 && label < m.num_labels, kWhere, "state {} has label {}, wanted 0..{}", q, label,
            m.num_labels - 1);
  }
}

}  // namespace anser::automata
