#include "automata/permuted_core.h"

#include <cstdint>

#include "automata/permutation.h"
#include "automata/stabiliser_chain.h"

namespace anser::automata {
namespace {

/// Largest degree whose group is looked at.
constexpr std::size_t kMaxDegree = 64;

Permutation restricted(const Moore& machine, const std::vector<State>& core, Letter s) {
  std::vector<std::int32_t> place(static_cast<std::size_t>(machine.num_states), -1), images;
  for (std::size_t i = 0; i < core.size(); ++i)
    place[static_cast<std::size_t>(core[i])] = static_cast<std::int32_t>(i);
  for (const State q : core) images.push_back(place[static_cast<std::size_t>(machine.step(q, s))]);
  return Permutation(std::move(images));
}

}  // namespace

std::vector<State> permuted_core(const Moore& machine, Letter x, Letter y) {
  std::vector<std::uint8_t> in(static_cast<std::size_t>(machine.num_states), 1);
  for (bool changed = true; changed;) {
    changed = false;
    std::vector<std::uint8_t> reached_by_x(in.size(), 0), reached_by_y(in.size(), 0);
    for (State q = 0; q < machine.num_states; ++q) {
      if (in[static_cast<std::size_t>(q)] == 0) continue;
      reached_by_x[static_cast<std::size_t>(machine.step(q, x))] = 1;
      reached_by_y[static_cast<std::size_t>(machine.step(q, y))] = 1;
    }
    for (State q = 0; q < machine.num_states; ++q) {
      const auto at = static_cast<std::size_t>(q);
      const bool stays = in[static_cast<std::size_t>(machine.step(q, x))] != 0 &&
                         in[static_cast<std::size_t>(machine.step(q, y))] != 0;
      if (in[at] == 0 || (stays && reached_by_x[at] != 0 && reached_by_y[at] != 0)) continue;
      in[at] = 0;
      changed = true;
    }
  }
  std::vector<State> core;
  for (State q = 0; q < machine.num_states; ++q)
    if (in[static_cast<std::size_t>(q)] != 0) core.push_back(q);
  return core;
}

bool has_unsolvable_core(const Moore& machine) {
  for (Letter x = 0; x < machine.num_letters; ++x)
    for (Letter y = 0; y < x; ++y) {
      const std::vector<State> core = permuted_core(machine, x, y);
      if (core.size() < 5 || core.size() > kMaxDegree) continue;
      const std::vector<Permutation> generators = {restricted(machine, core, x),
                                                   restricted(machine, core, y)};
      if (!is_solvable(StabiliserChain(static_cast<std::int32_t>(core.size()), generators))) return true;
    }
  return false;
}

}  // namespace anser::automata
