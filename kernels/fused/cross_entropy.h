// Mean cross entropy with the gradient of its logits in one pass, and RWKV-LM's logit regulariser.
//
//     loss    = mean over scored rows of  logsumexp(logits[row]) - logits[row, target[row]]
//     dlogits = (softmax(logits[row]) - onehot(target[row])) / scored    (0 in rows that are not scored)
//               + l2wrap * max_logit / rows  at each row's first arg-max
//
// l2wrap is 1e-4 in RWKV-LM's language-model training (L2Wrap; enters the gradient alone, not the loss) and 0
// here unless asked for. Rows whose target is -1 are not scored; with no scored row loss and gradient are 0.
// The normaliser's terms but the largest are summed apart: a confident row keeps the digits of its small
// loss.
//
// Shapes  logits, dlogits [rows, V]; target [rows], each -1 or in 0..V-1 (the caller checks).
// Sums run in row order.
#pragma once

#include <cstdint>

namespace anser::kernels::fused {

/// Returns the loss (accumulated in double). `dlogits` may be null.
double cross_entropy(std::int64_t rows, std::int64_t vocabulary, const float* logits,
                     const std::int64_t* target, double l2wrap, float* dlogits);

namespace reference {
template <typename Real>
double cross_entropy(std::int64_t rows, std::int64_t vocabulary, const Real* logits,
                     const std::int64_t* target, double l2wrap, Real* dlogits);
}  // namespace reference

}  // namespace anser::kernels::fused
