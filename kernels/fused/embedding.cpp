#include "kernels/fused/embedding.h"

#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fused/embedding.cpp"
#include "hwy/foreach_target.h"
// Per-target headers behind foreach_target.h.
#include "hwy/highway.h"
#include "kernels/fused/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::fused::HWY_NAMESPACE {
namespace {

HWY_FLATTEN void take_rows(std::int64_t rows, std::int64_t width, const std::int64_t* ids, const float* table,
                           float* out) {
  for (std::int64_t i = 0; i < rows; ++i, out += width) {
    const float* row = table + ids[i] * width;
    sweep<WideTag>(width,
                   [&](auto access, std::size_t d) HWY_ATTR { access.store(access.load(row + d), out + d); });
  }
}

HWY_FLATTEN void add_rows(std::int64_t rows, std::int64_t width, const std::int64_t* ids, const float* dout,
                          float* dtable) {
  for (std::int64_t i = 0; i < rows; ++i, dout += width) {
    float* sum = dtable + ids[i] * width;
    sweep<WideTag>(width, [&](auto access, std::size_t d) HWY_ATTR {
      access.store(hn::Add(access.load(sum + d), access.load(dout + d)), sum + d);
    });
  }
}

}  // namespace
}  // namespace anser::kernels::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anser::kernels::fused {

HWY_EXPORT(take_rows);
HWY_EXPORT(add_rows);

void embedding_forward(std::int64_t rows, std::int64_t width, const std::int64_t* ids, const float* table,
                       float* out) {
  HWY_DYNAMIC_DISPATCH(take_rows)(rows, width, ids, table, out);
}

void embedding_backward(std::int64_t rows, std::int64_t width, const std::int64_t* ids, const float* dout,
                        float* dtable) {
  HWY_DYNAMIC_DISPATCH(add_rows)(rows, width, ids, dout, dtable);
}

}  // namespace anser::kernels::fused
#endif  // HWY_ONCE
