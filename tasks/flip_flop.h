// Three tasks called flip-flop, each under an id of its own.
//
// flipflop_monoid: two states; the letters noop, set and reset, independent and uniform; the state is asked
// at every position. Its transition monoid is U2 of three elements, from which all aperiodic ones are built
// (Krohn and Rhodes 1965).
//
// flipflop_semiautomaton[n=2]: Liu et al. (2023a): letter 0 reads, letters 1..n write; state 0 until the
// first write, then the letter written last: n + 1 states. Half of the letters write, uniformly.
//
// flipflop_language[p=0.8]: Liu et al. (2023b, "Exposing attention glitches with flip-flop language
// modeling"): words of pairs of an instruction and a bit, w b writes, r b reads, i b is to be ignored. First
// w, last r, between them i with probability p, else w or r alike likely; bits after w and i are fair, the
// bit after r is the one written last. Asked at every r, before its bit is read: the bit. Training has p =
// 0.8, the sparse test 0.98, the dense one 0.1; all of length 512.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// flipflop_monoid[mode=tagging|final]
std::unique_ptr<Task> make_flipflop_monoid(const Id& id);
/// n in 1..1024 (2 when absent), mode=tagging|final
std::unique_ptr<Task> make_flipflop_semiautomaton(const Id& id);
/// p from 0 to 1, a decimal with at most six digits after the point (0.8 when absent). Even lengths from 4.
std::unique_ptr<Task> make_flipflop_language(const Id& id);

}  // namespace anser::tasks
