#include "automata/random_recipes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>

#include "automata/alphabet.h"

namespace anser::automata {
namespace {

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

/// Uniform in lo..hi.
State between(Rng& rng, State lo, State hi) {
  return lo + static_cast<State>(rng.below(static_cast<std::uint32_t>(hi - lo + 1)));
}

bool coin(Rng& rng) {
  return rng.below(2) == 1;
}

/// An automaton with delta(q, s) = next(q, s), called letter by letter, and fair accept bits.
Dfa build(State states, Letter letters, State start, Rng& rng,
          const std::function<State(State, Letter)>& next) {
  Dfa dfa{.num_states = states,
          .num_letters = letters,
          .start = start,
          .next = std::vector<State>(index(states) * index(letters)),
          .accept = std::vector<std::uint8_t>(index(states)),
          .letter_names = default_letter_names(letters)};
  for (Letter s = 0; s < letters; ++s)
    for (State q = 0; q < states; ++q) dfa.next[index(q) * index(letters) + index(s)] = next(q, s);
  for (auto& bit : dfa.accept) bit = coin(rng) ? 1 : 0;
  return dfa;
}

/// An order-preserving map of 0..n-1: sorted uniform values.
std::vector<State> order_preserving_map(State n, Rng& rng) {
  std::vector<State> map(index(n));
  for (State& image : map) image = between(rng, 0, n - 1);
  std::sort(map.begin(), map.end());
  return map;
}

/// f(q) = max(f(q-1), q + jump) with geometric jumps of a mean drawn for the map: order-preserving,
/// extensive.
std::vector<State> order_preserving_extensive_map(State n, Rng& rng) {
  const double keep_going = 0.2 + 0.6 * rng.uniform();
  std::vector<State> map(index(n));
  State last = 0;
  for (State q = 0; q < n; ++q) {
    State image = q;
    while (image < n - 1 && rng.uniform() < keep_going) ++image;
    map[index(q)] = last = std::max(last, image);
  }
  return map;
}

// --- cascades

constexpr int kFlipFlop = 0;  // otherwise a level is a counter and this is its modulus

State level_size(int level) {
  return level == kFlipFlop ? 2 : level;
}

State cascade_size(const std::vector<int>& levels) {
  State size = 1;
  for (const int level : levels) size *= level_size(level);
  return size;
}

/// delta of a cascade: state (x_1, .., x_l) in mixed radix, x_1 slowest; what a letter does to x_i is drawn
/// for every value of (x_1, .., x_{i-1}): set, reset or leave a flip-flop, add an increment to a counter.
std::vector<State> cascade_table(const std::vector<int>& levels, Letter letters, Rng& rng) {
  const State size = cascade_size(levels);
  std::vector<State> next(index(size) * index(letters), 0);
  State above = 1;  // states of the levels before
  for (const int level : levels) {
    const State m = level_size(level);
    const State below = size / (above * m);
    for (State prefix = 0; prefix < above; ++prefix)
      for (Letter s = 0; s < letters; ++s) {
        const State action = between(rng, 0, level == kFlipFlop ? 2 : m - 1);
        for (State x = 0; x < m; ++x) {
          const State image = level != kFlipFlop ? (x + action) % m : action == 2 ? x : action;
          for (State rest = 0; rest < below; ++rest) {
            const State q = (prefix * m + x) * below + rest;
            next[index(q) * index(letters) + index(s)] += image * below;
          }
        }
      }
    above *= m;
  }
  return next;
}

/// A cascade with states in front of it up to `size`: state i of those goes to i + 1 by one letter, and by
/// the others anywhere but back.
Dfa cascade_behind_states(const RecipeSize& size, const std::vector<int>& levels, Rng& rng) {
  const State front = size.states - cascade_size(levels);
  const auto table = cascade_table(levels, size.letters, rng);
  std::vector<Letter> onward(index(front));
  for (Letter& s : onward) s = between(rng, 0, size.letters - 1);
  const State start = front > 0 ? 0 : between(rng, 0, size.states - 1);
  return build(size.states, size.letters, start, rng, [&](State q, Letter s) {
    if (q >= front) return front + table[index(q - front) * index(size.letters) + index(s)];
    return onward[index(q)] == s ? q + 1 : between(rng, q, size.states - 1);
  });
}

/// Share of the states of a uniform automaton that can be reached when it is large: 1 - x = exp(-k x).
double reachable_share(Letter letters) {
  double x = 1;
  for (int i = 0; i < 200; ++i) x = 1 - std::exp(-letters * x);
  return x;
}

/// The part of an automaton that its start reaches, in breadth-first order.
Dfa reachable_part(const Dfa& dfa) {
  std::vector<State> number(index(dfa.num_states), -1), order = {dfa.start};
  number[index(dfa.start)] = 0;
  for (std::size_t i = 0; i < order.size(); ++i)
    for (Letter s = 0; s < dfa.num_letters; ++s) {
      const State q = dfa.step(order[i], s);
      if (number[index(q)] >= 0) continue;
      number[index(q)] = static_cast<State>(order.size());
      order.push_back(q);
    }
  Dfa part{.num_states = static_cast<State>(order.size()),
           .num_letters = dfa.num_letters,
           .start = 0,
           .next = {},
           .accept = {},
           .letter_names = dfa.letter_names};
  for (const State q : order) {
    for (Letter s = 0; s < dfa.num_letters; ++s) part.next.push_back(number[index(dfa.step(q, s))]);
    part.accept.push_back(dfa.accept[index(q)]);
  }
  return part;
}

}  // namespace

Dfa order_preserving_recipe(const RecipeSize& size, Rng& rng) {
  // Letters reach part of the chain only, so it is drawn longer.
  const State n = between(rng, size.states, 2 * size.states + 2);
  std::vector<std::vector<State>> maps;
  for (Letter s = 0; s < size.letters; ++s) maps.push_back(order_preserving_map(n, rng));
  const State start = between(rng, 0, n - 1);
  return build(n, size.letters, start, rng, [&](State q, Letter s) { return maps[index(s)][index(q)]; });
}

Dfa flip_flop_recipe(const RecipeSize& size, Rng& rng) {
  std::vector<int> levels;
  while (2 * cascade_size(levels) <= size.states && (levels.empty() || rng.below(4) != 0))
    levels.push_back(kFlipFlop);
  return cascade_behind_states(size, levels, rng);
}

Dfa extensive_recipe(const RecipeSize& size, Rng& rng) {
  // A tree of forward arcs makes every state reachable: q hangs on a free arc of a state before it.
  std::vector<State> planted(index(size.states) * index(size.letters), -1);
  std::vector<std::size_t> free_arcs;
  for (State q = 0; q < size.states; ++q) {
    if (q > 0) {
      const std::size_t pick = rng.below(static_cast<std::uint32_t>(free_arcs.size()));
      planted[free_arcs[pick]] = q;
      free_arcs.erase(free_arcs.begin() + static_cast<std::ptrdiff_t>(pick));
    }
    for (Letter s = 0; s < size.letters; ++s) free_arcs.push_back(index(q) * index(size.letters) + index(s));
  }
  return build(size.states, size.letters, 0, rng, [&](State q, Letter s) {
    const State p = planted[index(q) * index(size.letters) + index(s)];
    return p >= 0 ? p : between(rng, q, size.states - 1);
  });
}

Dfa order_preserving_extensive_recipe(const RecipeSize& size, Rng& rng) {
  if (coin(rng)) {
    // Steps of one along the chain: from every state by at least one letter, so that all are reachable.
    std::vector<std::uint8_t> steps(index(size.states) * index(size.letters));
    for (State q = 0; q + 1 < size.states; ++q) {
      const Letter sure = between(rng, 0, size.letters - 1);
      for (Letter s = 0; s < size.letters; ++s)
        steps[index(q) * index(size.letters) + index(s)] = s == sure || coin(rng) ? 1 : 0;
    }
    return build(size.states, size.letters, 0, rng,
                 [&](State q, Letter s) { return q + steps[index(q) * index(size.letters) + index(s)]; });
  }
  const State n = between(rng, size.states, 2 * size.states + 2);
  std::vector<std::vector<State>> maps;
  for (Letter s = 0; s < size.letters; ++s) maps.push_back(order_preserving_extensive_map(n, rng));
  return build(n, size.letters, 0, rng, [&](State q, Letter s) { return maps[index(s)][index(q)]; });
}

Dfa clocked_recipe(const RecipeSize& size, Rng& rng) {
  const State m = rng.below(8) == 0 ? size.states : between(rng, 2, std::min<State>(size.states, 6));
  const State width = between(rng, std::max<State>(1, size.states / m), 2 * (size.states / m) + 1);
  std::vector<std::vector<State>> maps;  // [clock * letters + letter]
  for (State i = 0; i < m * size.letters; ++i) maps.push_back(order_preserving_map(width, rng));
  const State start = between(rng, 0, width - 1);
  return build(m * width, size.letters, start, rng, [&](State q, Letter s) {
    const State clock = q / width;
    return (clock + 1) % m * width + maps[index(clock) * index(size.letters) + index(s)][index(q % width)];
  });
}

Dfa counter_cascade_recipe(const RecipeSize& size, Rng& rng) {
  constexpr std::array<int, 6> kKinds = {kFlipFlop, kFlipFlop, 2, 3, 3, 5};
  std::vector<int> levels;
  bool counts = false;
  for (;;) {
    const int level = kKinds[rng.below(kKinds.size())];
    const State room = size.states / cascade_size(levels);
    if (room < 2) break;
    // The last level with room is a counter if none was before.
    if (level_size(level) > room || (!counts && room < 4 && level == kFlipFlop)) continue;
    levels.push_back(level);
    counts = counts || level != kFlipFlop;
    if (counts && rng.below(5) == 0) break;
  }
  return cascade_behind_states(size, levels, rng);
}

Dfa planted_group_recipe(const RecipeSize& size, Rng& rng) {
  // a = (0 1) or (0 1 2) and b = (0 1 2 3 4) generate S5 or A5.
  const std::vector<State> a =
      coin(rng) ? std::vector<State>{1, 0, 2, 3, 4} : std::vector<State>{1, 2, 0, 3, 4};
  const State n = size.states, first = n > 5 ? 5 : 0;
  std::vector<State> table(index(n) * index(size.letters), -1);
  const auto arc = [&](State q, Letter s) -> State& {
    return table[index(q) * index(size.letters) + index(s)];
  };
  for (State q = 0; q < 5; ++q) {
    arc(q, 0) = a[index(q)];
    arc(q, 1) = (q + 1) % 5;
  }
  // States 5.. and the five as a whole hang on free arcs of what is reached already, in random order.
  std::vector<State> order;
  for (State q = 6; q < n; ++q) order.push_back(q);
  if (n > 5) order.push_back(0);
  rng.shuffle(std::span<State>(order));
  std::vector<std::size_t> free_arcs;
  const auto reach = [&](State q) {
    for (State p = q; p <= (q == 0 ? 4 : q); ++p)
      for (Letter s = 0; s < size.letters; ++s)
        if (arc(p, s) < 0) free_arcs.push_back(index(p) * index(size.letters) + index(s));
  };
  reach(first);
  for (const State q : order) {
    const std::size_t pick = rng.below(static_cast<std::uint32_t>(free_arcs.size()));
    table[free_arcs[pick]] = q == 0 ? between(rng, 0, 4) : q;
    free_arcs.erase(free_arcs.begin() + static_cast<std::ptrdiff_t>(pick));
    reach(q);
  }
  const State start = n > 5 ? first : between(rng, 0, 4);
  return build(n, size.letters, start, rng,
               [&](State q, Letter s) { return arc(q, s) >= 0 ? arc(q, s) : between(rng, 0, n - 1); });
}

Dfa permutation_recipe(const RecipeSize& size, Rng& rng) {
  std::vector<std::vector<State>> maps(index(size.letters), std::vector<State>(index(size.states)));
  for (auto& map : maps) {
    std::iota(map.begin(), map.end(), 0);
    rng.shuffle(std::span<State>(map));
  }
  return build(size.states, size.letters, 0, rng,
               [&](State q, Letter s) { return maps[index(s)][index(q)]; });
}

Dfa uniform_recipe(const RecipeSize& size, Rng& rng) {
  if (size.letters == 1)  // a path of all states, its end anywhere: uniform among those that reach all
    return build(size.states, 1, 0, rng, [&](State q, Letter) {
      return q + 1 < size.states ? q + 1 : between(rng, 0, size.states - 1);
    });
  // The reachable part of a uniform automaton of N states, given that it has n, is uniform among automata of
  // n reachable states (Carayol and Nicaud 2012): N is chosen for n to be likely.
  const auto n = static_cast<State>(std::lround(size.states / reachable_share(size.letters)));
  return reachable_part(
      build(n, size.letters, 0, rng, [&](State, Letter) { return between(rng, 0, n - 1); }));
}

}  // namespace anser::automata
