// Machines built from a rule, for the tests of the algebra.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "automata/dfa.h"
#include "automata/moore.h"
#include "automata/permutation.h"

namespace anser::tests {

using Key = std::vector<int>;
using Step = std::function<Key(const Key&, int letter)>;

/// The reachable machine of a rule: states are named by keys, 0 = start, labels reject / accept.
inline automata::Moore explore(const std::vector<std::string>& letters, const Key& start, const Step& step,
                               const std::function<bool(const Key&)>& accept) {
  automata::Moore m{.num_states = 0,
                    .num_letters = static_cast<automata::Letter>(letters.size()),
                    .num_labels = 2,
                    .start = 0,
                    .next = {},
                    .label = {},
                    .letter_names = letters,
                    .label_names = {"reject", "accept"}};
  std::map<Key, automata::State> number = {{start, 0}};
  std::vector<Key> keys = {start};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Key key = keys[i];
    m.label.push_back(accept(key) ? 1 : 0);
    for (std::size_t s = 0; s < letters.size(); ++s) {
      const Key next = step(key, static_cast<int>(s));
      const auto [at, fresh] = number.emplace(next, static_cast<automata::State>(keys.size()));
      if (fresh) keys.push_back(next);
      m.next.push_back(at->second);
    }
  }
  m.num_states = static_cast<automata::State>(keys.size());
  return m;
}

inline std::vector<std::string> letter_names(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back("x" + std::to_string(i));
  return names;
}

/// Letters are maps of points; every point has a label of its own, so the machine is minimal when connected.
inline automata::Moore point_machine(const std::vector<Key>& maps) {
  const auto n = maps.front().size();
  automata::Moore m{.num_states = static_cast<automata::State>(n),
                    .num_letters = static_cast<automata::Letter>(maps.size()),
                    .num_labels = static_cast<std::int32_t>(n),
                    .start = 0,
                    .next = {},
                    .label = {},
                    .letter_names = letter_names(maps.size()),
                    .label_names = letter_names(n)};
  for (std::size_t q = 0; q < n; ++q) {
    m.label.push_back(static_cast<std::int32_t>(q));
    for (const auto& map : maps) m.next.push_back(map[q]);
  }
  return m;
}

/// Cycles with points from 1, "(1 2)(3 4)".
inline Key cycles(const char* text, int degree) {
  const auto p = automata::parse_cycles(text, degree);
  return {p.images().begin(), p.images().end()};
}

/// The word problem of the group that permutations generate: states are its elements, accept = identity.
inline automata::Moore word_problem(const std::vector<Key>& generators) {
  Key identity(generators.front().size());
  for (std::size_t i = 0; i < identity.size(); ++i) identity[i] = static_cast<int>(i);
  return explore(
      letter_names(generators.size()), identity,
      [&](const Key& g, int s) {
        Key next = g;
        for (std::size_t i = 0; i < g.size(); ++i)
          next[i] = g[static_cast<std::size_t>(generators[static_cast<std::size_t>(s)][i])];
        return next;
      },
      [&](const Key& g) { return g == identity; });
}

/// Swap of the first two points, the cycle, and a collapse of the second point onto the first: all maps.
inline automata::Moore full_transformations(int n) {
  Key swap(static_cast<std::size_t>(n)), cycle = swap, collapse = swap;
  for (int q = 0; q < n; ++q) {
    const auto at = static_cast<std::size_t>(q);
    swap[at] = q < 2 ? 1 - q : q;
    cycle[at] = (q + 1) % n;
    collapse[at] = q == 1 ? 0 : q;
  }
  return point_machine({swap, cycle, collapse});
}

/// Cerny's machine: the cycle, and one state moved to the next.
inline automata::Moore cerny(int n) {
  Key cycle(static_cast<std::size_t>(n)), move = cycle;
  for (int q = 0; q < n; ++q) {
    cycle[static_cast<std::size_t>(q)] = (q + 1) % n;
    move[static_cast<std::size_t>(q)] = q == n - 1 ? 0 : q;
  }
  return point_machine({cycle, move});
}

/// Letters a, b, .. of a machine given by its table and accepting states.
inline automata::Dfa table_dfa(int states, int letters, std::size_t table, unsigned accept) {
  automata::Dfa dfa{.num_states = states,
                    .num_letters = letters,
                    .start = 0,
                    .next = {},
                    .accept = {},
                    .letter_names = letter_names(static_cast<std::size_t>(letters))};
  for (int i = 0; i < states * letters; ++i, table /= static_cast<std::size_t>(states))
    dfa.next.push_back(static_cast<automata::State>(table % static_cast<std::size_t>(states)));
  for (int q = 0; q < states; ++q) dfa.accept.push_back((accept >> q) & 1U);
  return dfa;
}

}  // namespace anser::tests
