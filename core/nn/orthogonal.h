// Random orthogonal matrices whose bits depend on the random stream alone, not on threads or a LAPACK.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/rng.h"

namespace anser::nn {

/// A [rows, cols] matrix, row-major, uniform (Haar) among those with orthonormal rows (rows <= cols) or
/// orthonormal columns (rows > cols), times `gain`. Gram-Schmidt in double, each vector orthogonalised twice,
/// of a Gaussian matrix: the Q of its QR factorisation with positive diagonal, as torch.nn.init.orthogonal_
/// forms it. O(rows cols min(rows, cols)).
std::vector<float> orthogonal(std::int64_t rows, std::int64_t cols, double gain, Rng rng);

}  // namespace anser::nn
