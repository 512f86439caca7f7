// matrix_product[m=2,tokens=elementary,label=11]: iterated products of 3x3 matrices over Z_m.
//
//     P_t = x_1 x_2 ... x_t  (mod m),   label_t = entry (i, j) of P_t, or the whole of P_t
//
//     tokens=elementary       the six I + e_ij, i != j: they generate SL(3, m)
//     tokens=elementary+id    and the identity
//     tokens=inverses         the twelve I +- e_ij (m >= 3)
//     tokens=random           r different matrices drawn from SL(3, m) with `seed`
//     label=11 .. 33          one entry: labels are 0..m-1
//     label=product           the whole matrix, numbered as first reached (m = 2, 3)
//
// One entry needs one row of P_t alone, v <- v x_t: the machine has the rows that are reached from a unit
// row, m^3 prod_{p | m} (1 - p^-3) for SL(3, m).
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// m in 2..46 (beyond, the machine would have more than 10^5 states); r in 1..64. Chance is exact.
std::unique_ptr<Task> make_matrix_product(const Id& id);

}  // namespace anser::tasks
