#include "automata/factorise.h"

#include "core/base/error.h"

namespace anser::automata {
namespace {

/// Which points lie on a cycle: those left after points without a preimage are taken away again and again.
/// `outside` lists the others in the order in which they went, so nearer to a cycle stands later.
std::vector<bool> find_cyclic(const TransitionMap& f, std::vector<State>& outside) {
  std::vector<State> preimages(f.size(), 0);
  for (const State q : f) ++preimages[static_cast<std::size_t>(q)];
  std::vector<bool> cyclic(f.size(), true);
  const auto take = [&](State q) {
    cyclic[static_cast<std::size_t>(q)] = false;
    outside.push_back(q);
  };
  for (std::size_t q = 0; q < f.size(); ++q)
    if (preimages[q] == 0) take(static_cast<State>(q));
  for (std::size_t i = 0; i < outside.size(); ++i) {
    const State image = f[static_cast<std::size_t>(outside[i])];
    if (--preimages[static_cast<std::size_t>(image)] == 0) take(image);
  }
  return cyclic;
}

}  // namespace

std::vector<ElementaryStep> factorise(const TransitionMap& f) {
  for (std::size_t q = 0; q < f.size(); ++q)
    require(f[q] >= 0 && static_cast<std::size_t>(f[q]) < f.size(), "automata::factorise",
            "point {} goes to {}, wanted 0..{}", q, f[q], f.size() - 1);
  std::vector<State> outside;
  const std::vector<bool> cyclic = find_cyclic(f, outside);
  std::vector<ElementaryStep> steps;
  std::vector<bool> done(f.size(), false);
  for (std::size_t first = 0; first < f.size(); ++first) {
    if (!cyclic[first] || done[first]) continue;
    std::vector<State> cycle;
    for (auto q = first; !done[q]; q = static_cast<std::size_t>(f[q])) {
      done[q] = true;
      cycle.push_back(static_cast<State>(q));
    }
    // c0 -> c1 -> ... -> c0: exchanging neighbours from the end carries the last point down to c0.
    for (std::size_t i = cycle.size(); i-- > 1;)
      steps.push_back({.kind = ElementaryStep::Kind::swap, .x = cycle[i - 1], .y = cycle[i]});
  }
  for (std::size_t i = outside.size(); i-- > 0;)
    steps.push_back(
        {.kind = ElementaryStep::Kind::merge, .x = outside[i], .y = f[static_cast<std::size_t>(outside[i])]});
  return steps;
}

TransitionMap steps_map(std::span<const ElementaryStep> steps, State num_states) {
  TransitionMap f = identity_map(num_states);
  for (const ElementaryStep& step : steps)
    for (State& q : f) q = step.apply(q);
  return f;
}

}  // namespace anser::automata
