// Green's relations of a transition monoid, and what the egg-box picture shows.
//
//     x R y: xM = yM, the strong components of the right Cayley graph
//     x L y: Mx = My, of the left one                    H = R and L
//     x J y: MxM = MyM, = D in a finite monoid: the join of R and L
// A D-class is regular when it holds an idempotent; the H-class of an idempotent is a maximal subgroup, and
// those of one D-class are isomorphic. O(size * k).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "automata/monoid.h"

namespace anser::automata {

struct GreenRelations {
  std::int32_t num_r = 0, num_l = 0, num_j = 0, num_h = 0;
  std::vector<std::int32_t> r, l, j, h;     // class of every element, numbered by smallest element
  std::vector<std::int32_t> idempotents;    // elements, ascending
  std::vector<std::int32_t> j_size;         // [num_j] elements
  std::vector<std::int32_t> j_idempotents;  // [num_j]; 0: not regular
  std::vector<std::int32_t> h_size;         // [num_h]
  std::vector<std::int32_t> group_order;    // [num_j] order of the maximal subgroups; 0: not regular
  std::int32_t num_regular = 0;             // regular D-classes
  std::int32_t largest_group = 1;
};

/// InputError unless the monoid is complete.
[[nodiscard]] GreenRelations green_relations(const TransitionMonoid& monoid);

/// One block a D-class: rows are R-classes, columns L-classes, a star where an H-class holds an idempotent,
/// the shortest word of each H-class's first element beside it. At most `max_cells` H-classes in all are
/// drawn.
[[nodiscard]] std::string print_egg_boxes(const Moore& machine, const TransitionMonoid& monoid,
                                          const GreenRelations& green, std::int64_t max_cells = 400);

/// The images S_t of the words of length t: the least t >= 1 with S_t = S_2t, and that stable semigroup.
struct StableSemigroup {
  std::int64_t index = 0;
  std::vector<std::int32_t> elements;  // ascending
};
/// Nothing when more than `max_work` products would be needed. InputError unless the monoid is complete.
[[nodiscard]] std::optional<StableSemigroup> stable_semigroup(const TransitionMonoid& monoid,
                                                              std::int64_t max_work = 400'000'000);

}  // namespace anser::automata
