#include "kernels/fused/cross_entropy.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fused/cross_entropy.cpp"
#include "hwy/foreach_target.h"
// Per-target headers behind foreach_target.h.
#include "hwy/aligned_allocator.h"
#include "hwy/highway.h"
#include "kernels/fused/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::fused::HWY_NAMESPACE {
namespace {

// First place of a row's greatest number (0 when it holds none, but NaN).
std::size_t first_maximum(std::size_t n, const float* x) {
  Vector greatest = broadcast(x[0]);
  sweep(n, [&](auto access, std::size_t i)
               HWY_ATTR { greatest = hn::Max(greatest, access.keep(access.load(x + i), greatest)); });
  greatest = hn::MaxOfLanes(FloatTag(), greatest);
  for (std::size_t i = 0; i + kLanes <= n; i += kLanes) {
    const auto place = hn::FindFirstTrue(FloatTag(), hn::Eq(hn::LoadU(FloatTag(), x + i), greatest));
    if (place >= 0) return i + place;
  }
  const float* end = x + n;
  const float* found = std::find(end - n % kLanes, end, hn::GetLane(greatest));
  return found == end ? 0 : found - x;
}

// exponentials[i] = exp(x[i] - x[best]), 0 at i = best. Returns their sum: the normaliser less its largest
// term 1, so that log1p of it, and the gradient at a confident row's target, keep their leading digits.
float other_exponentials(std::size_t n, const float* x, std::size_t best, float* exponentials) {
  sweep<WideTag>(n, [&](auto access, std::size_t i) HWY_ATTR {
    const auto difference = hn::Sub(access.load(x + i), access.broadcast(x[best]));
    access.store(exp_nonpositive(difference), exponentials + i);
  });
  exponentials[best] = 0;
  const auto sums = ordered_sums<1>(
      n, [&](auto access, std::size_t i) HWY_ATTR { return Terms<1>{{access.load(exponentials + i)}}; });
  return hn::GetLane(sums.v[0]);
}

// Turns a row's exponentials into its gradient.
void row_gradient(std::size_t n, std::size_t best, std::size_t target, float others, float scored,
                  float* row) {
  const float normaliser = (1.0f + others) * scored;
  sweep<WideTag>(n, [&](auto access, std::size_t i) HWY_ATTR {
    access.store(hn::Div(access.load(row + i), access.broadcast(normaliser)), row + i);
  });
  row[best] = 1.0f / normaliser;
  row[target] = target == best ? -(others / normaliser) : row[target] - 1.0f / scored;
}

HWY_FLATTEN double loss_and_gradient(std::int64_t rows, std::size_t vocabulary, const float* logits,
                                     const std::int64_t* target, std::int64_t scored, double l2wrap,
                                     float* dlogits) {
  const auto scratch = hwy::AllocateAligned<float>(dlogits == nullptr ? vocabulary : 1);
  const float regulariser = float(l2wrap / double(rows));
  double loss = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const float* x = logits + row * vocabulary;
    float* dx = dlogits == nullptr ? scratch.get() : dlogits + row * vocabulary;
    const std::size_t best = first_maximum(vocabulary, x);
    if (target[row] == -1) {
      std::fill_n(dx, vocabulary, 0.0f);
    } else {
      const float others = other_exponentials(vocabulary, x, best, dx);
      loss += double(x[best]) - double(x[target[row]]) + std::log1p(double(others));
      if (dlogits != nullptr) row_gradient(vocabulary, best, target[row], others, float(scored), dx);
    }
    dx[best] += regulariser * x[best];
  }
  return loss / double(scored);
}

}  // namespace
}  // namespace anser::kernels::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anser::kernels::fused {

HWY_EXPORT(loss_and_gradient);

double cross_entropy(std::int64_t rows, std::int64_t vocabulary, const float* logits,
                     const std::int64_t* target, double l2wrap, float* dlogits) {
  const std::int64_t scored = rows - std::count(target, target + rows, std::int64_t{-1});
  if (scored > 0)
    return HWY_DYNAMIC_DISPATCH(loss_and_gradient)(rows, vocabulary, logits, target, scored, l2wrap, dlogits);
  if (dlogits != nullptr) std::fill_n(dlogits, rows * vocabulary, 0.0f);
  return 0;
}

}  // namespace anser::kernels::fused
#endif  // HWY_ONCE
