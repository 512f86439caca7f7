// Semiautomata of Liu et al. (2023a, "Transformers learn shortcuts to automata"): the state is asked at every
// position. liu[automaton=A,..,mode=tagging|final]:
//
//     parity             0, 1; ones mod 2
//     gridworld[n=9]     0 left, 1 right on a line of n cells that stops at its ends, from cell 0
//     abab               states 0..4, start 3, 4 absorbs; a quarter of the words is 0101..
//     add                two binary numbers, lowest bits first, a token is x + 2 y, the last one 0;
//                        state = digit + 2 carry
//     cyclic[n=5,actions=2]     token s adds s mod n
//     dihedral[n=4]      0 turns round, 1 drives one step on a circle of n; state = n * turned + position
//     quaternion         tokens 1 i j k, each multiplies from the right; states 1 i j k -1 -i -j -k
//     symmetric[n=5,actions=3]  identity, rotation 1 2 .. n-1 0, swap of the first two, then the other
//                        permutations in lexicographic order
//     alternating[n=5]   identity and the 3-cycles p[0] p[1] p[x] <- p[1] p[x] p[0]
//     permutation_reset[n=4]    a token for each permutation, which resets to it, then the swap of the first
//                        two and the rotation n-1 0 .. n-2, applied after the state: a reset, then a number
//                        of generators from 0, 1, 3, 7, .. below T, and so on
//     flipflop[n=2]      is flipflop_semiautomaton (tasks/flip_flop.h)
// A permutation a takes the state p to p[a[0]] p[a[1]] ..; states are permutations in lexicographic order (of
// the even ones, for alternating). Letters are independent and uniform but where it says otherwise.
//
// Upstream's swap is overwritten where actions > 3; here it stays. Its label types other than the state are
// left out; so is its adder's, which reads encoded words as pairs.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// n: gridworld 2..1024, cyclic 1..1024, dihedral 1..512, symmetric and permutation_reset 2..5 and 2..6, and
/// alternating 3..7; actions: cyclic 1..n, symmetric 2..n!.
std::unique_ptr<Task> make_liu(const Id& id);

}  // namespace anser::tasks
