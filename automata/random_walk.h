// A machine whose letters are independent and uniform: the Markov chain on its states.
#pragma once

#include <vector>

#include "automata/moore.h"

namespace anser::automata {

/// Probability of every state. Sums to 1.
using StateDistribution = std::vector<double>;

/// One more uniform letter: result[q'] = sum over q, s with delta(q, s) = q' of p[q] / k. O(n * k).
[[nodiscard]] StateDistribution step(const Moore& machine, const StateDistribution& p);

/// After `length` letters from the start.
[[nodiscard]] StateDistribution distribution_after(const Moore& machine, int length);

/// Long-run share of time in every state: the mean of the distributions after 0, 1, .. T letters as T grows
/// (it exists for periodic chains too). Elimination within each closed component and for the ways into them;
/// O(n^3), n <= 2000.
[[nodiscard]] StateDistribution long_run_distribution(const Moore& machine);

/// Probability of every label under a distribution of states.
[[nodiscard]] std::vector<double> label_distribution(const Moore& machine, const StateDistribution& p);

}  // namespace anser::automata
