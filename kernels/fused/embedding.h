// Rows of a table by their ids:  out[i] = table[ids[i]],  dtable[id] += sum of dout[i] over ids[i] = id.
//
// ids [rows] in 0..V-1 (not checked); table, dtable [V, D]; out, dout [rows, D]; contiguous. A row of dtable
// is summed in the order of i: same inputs, same bits.
#pragma once

#include <cstdint>

namespace anser::kernels::fused {

void embedding_forward(std::int64_t rows, std::int64_t width, const std::int64_t* ids, const float* table,
                       float* out);

/// Adds to dtable.
void embedding_backward(std::int64_t rows, std::int64_t width, const std::int64_t* ids, const float* dout,
                        float* dtable);

namespace reference {
template <typename Real>
void embedding_forward(std::int64_t rows, std::int64_t width, const std::int64_t* ids, const Real* table,
                       Real* out);
template <typename Real>
void embedding_backward(std::int64_t rows, std::int64_t width, const std::int64_t* ids, const Real* dout,
                        Real* dtable);
}  // namespace reference

}  // namespace anser::kernels::fused
