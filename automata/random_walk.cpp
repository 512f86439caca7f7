#include "automata/random_walk.h"

#include "automata/dfa_graph.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

using Matrix = std::vector<std::vector<double>>;

/// Stationary distribution of an irreducible stochastic matrix by Grassmann-Taksar-Heyman elimination:
/// additions, multiplications and divisions of non-negative numbers alone, so every entry is accurate to
/// rounding.
std::vector<double> stationary(Matrix p) {
  const std::size_t n = p.size();
  for (std::size_t m = n; m-- > 1;) {
    double leaving = 0;
    for (std::size_t j = 0; j < m; ++j) leaving += p[m][j];
    for (std::size_t i = 0; i < m; ++i) {
      p[i][m] /= leaving;
      if (p[i][m] == 0) continue;
      for (std::size_t j = 0; j < m; ++j) p[i][j] += p[i][m] * p[m][j];
    }
  }
  std::vector<double> x(n, 0.0);
  x[0] = 1;
  double total = 1;
  for (std::size_t j = 1; j < n; ++j) {
    for (std::size_t i = 0; i < j; ++i) x[j] += x[i] * p[i][j];
    total += x[j];
  }
  for (double& value : x) value /= total;
  return x;
}

/// Probability of `start` to end up in every one of the `closed` targets: transient states are eliminated one
/// after another, each replaced by where it goes when it is left (same scheme, non-negative numbers alone).
std::vector<double> absorption(Matrix p, std::size_t start, std::size_t num_transient) {
  // Rows 0..num_transient-1 are transient, columns beyond are targets. The start is eliminated last.
  std::swap(p[0], p[start]);
  for (auto& row : p) std::swap(row[0], row[start]);
  for (std::size_t m = num_transient; m-- > 0;) {
    double leaving = 0;
    for (std::size_t j = 0; j < p[m].size(); ++j)
      if (j < m || j >= num_transient) leaving += p[m][j];
    for (std::size_t j = 0; j < p[m].size(); ++j) p[m][j] /= leaving;
    for (std::size_t i = 0; i < m; ++i) {
      const double weight = p[i][m];
      if (weight == 0) continue;
      for (std::size_t j = 0; j < p[i].size(); ++j)
        if (j < m || j >= num_transient) p[i][j] += weight * p[m][j];
    }
  }
  return {p[0].begin() + static_cast<std::ptrdiff_t>(num_transient), p[0].end()};
}

/// Index of every state within its group of states, and the groups.
struct Partition {
  std::vector<std::vector<State>> closed;  // states of each closed component that can be reached
  std::vector<State> transient;            // other reachable states
  std::vector<std::int32_t> closed_of;     // [num_states], index into closed, -1 for transient ones
};

Partition partition_states(const Moore& machine) {
  const Components components = strongly_connected_components(machine);
  const auto reached = reachable_states(machine, machine.start);
  std::vector<bool> is_closed(static_cast<std::size_t>(components.count), true);
  const auto component = [&](State q) { return components.of[static_cast<std::size_t>(q)]; };
  for (State q = 0; q < machine.num_states; ++q)
    for (Letter s = 0; s < machine.num_letters; ++s)
      if (component(machine.step(q, s)) != component(q))
        is_closed[static_cast<std::size_t>(component(q))] = false;
  Partition result;
  result.closed_of.assign(static_cast<std::size_t>(machine.num_states), -1);
  std::vector<std::int32_t> index(static_cast<std::size_t>(components.count), -1);
  for (State q = 0; q < machine.num_states; ++q) {
    if (reached[static_cast<std::size_t>(q)] == 0) continue;
    if (!is_closed[static_cast<std::size_t>(component(q))]) {
      result.transient.push_back(q);
      continue;
    }
    auto& i = index[static_cast<std::size_t>(component(q))];
    if (i < 0) {
      i = static_cast<std::int32_t>(result.closed.size());
      result.closed.emplace_back();
    }
    result.closed[static_cast<std::size_t>(i)].push_back(q);
    result.closed_of[static_cast<std::size_t>(q)] = i;
  }
  return result;
}

/// Weight of every closed component: the probability to end up in it.
std::vector<double> closed_weights(const Moore& machine, const Partition& parts) {
  std::vector<double> weights(parts.closed.size(), 0.0);
  const auto home = parts.closed_of[static_cast<std::size_t>(machine.start)];
  if (home >= 0) {
    weights[static_cast<std::size_t>(home)] = 1;
    return weights;
  }
  const std::size_t n = parts.transient.size();
  std::vector<std::size_t> index(static_cast<std::size_t>(machine.num_states), 0);
  for (std::size_t i = 0; i < n; ++i) index[static_cast<std::size_t>(parts.transient[i])] = i;
  Matrix p(n, std::vector<double>(n + parts.closed.size(), 0.0));
  for (std::size_t i = 0; i < n; ++i)
    for (Letter s = 0; s < machine.num_letters; ++s) {
      const auto next = static_cast<std::size_t>(machine.step(parts.transient[i], s));
      const auto closed = parts.closed_of[next];
      p[i][closed < 0 ? index[next] : n + static_cast<std::size_t>(closed)] += 1.0 / machine.num_letters;
    }
  return absorption(std::move(p), index[static_cast<std::size_t>(machine.start)], n);
}

}  // namespace

StateDistribution step(const Moore& machine, const StateDistribution& p) {
  StateDistribution result(p.size(), 0.0);
  const double share = 1.0 / machine.num_letters;
  for (State q = 0; q < machine.num_states; ++q) {
    const double mass = p[static_cast<std::size_t>(q)] * share;
    if (mass == 0) continue;
    for (Letter s = 0; s < machine.num_letters; ++s)
      result[static_cast<std::size_t>(machine.step(q, s))] += mass;
  }
  return result;
}

StateDistribution distribution_after(const Moore& machine, int length) {
  require(length >= 0, "automata::distribution_after", "length must be at least 0, got {}", length);
  StateDistribution p(static_cast<std::size_t>(machine.num_states), 0.0);
  p[static_cast<std::size_t>(machine.start)] = 1;
  for (int t = 0; t < length; ++t) p = step(machine, p);
  return p;
}

StateDistribution long_run_distribution(const Moore& machine) {
  check(machine);
  require(machine.num_states <= 2000, "automata::long_run_distribution", "at most 2000 states, got {}",
          machine.num_states);
  const Partition parts = partition_states(machine);
  const auto weights = closed_weights(machine, parts);
  StateDistribution result(static_cast<std::size_t>(machine.num_states), 0.0);
  std::vector<std::size_t> index(result.size(), 0);
  for (std::size_t c = 0; c < parts.closed.size(); ++c) {
    const auto& states = parts.closed[c];
    if (weights[c] == 0) continue;
    for (std::size_t i = 0; i < states.size(); ++i) index[static_cast<std::size_t>(states[i])] = i;
    Matrix p(states.size(), std::vector<double>(states.size(), 0.0));
    for (std::size_t i = 0; i < states.size(); ++i)
      for (Letter s = 0; s < machine.num_letters; ++s)
        p[i][index[static_cast<std::size_t>(machine.step(states[i], s))]] += 1.0 / machine.num_letters;
    const auto within = stationary(std::move(p));
    for (std::size_t i = 0; i < states.size(); ++i)
      result[static_cast<std::size_t>(states[i])] = weights[c] * within[i];
  }
  return result;
}

std::vector<double> label_distribution(const Moore& machine, const StateDistribution& p) {
  std::vector<double> result(static_cast<std::size_t>(machine.num_labels), 0.0);
  for (std::size_t q = 0; q < p.size(); ++q) result[static_cast<std::size_t>(machine.label[q])] += p[q];
  return result;
}

}  // namespace anser::automata
