#include "core/ops/chunks.h"

#include <algorithm>

namespace anser::ops {

using kernels::fused::Major;

Chunks::Chunks(std::int64_t batch_, std::int64_t time_)
    : batch(batch_),
      time(time_),
      sequences(std::clamp<std::int64_t>(kChunkRows / std::max<std::int64_t>(time_, 1), 1,
                                         std::max<std::int64_t>(batch_, 1))) {}

std::int64_t Chunks::sequences_of(std::int64_t chunk) const {
  return std::min(sequences, batch - first(chunk));
}

float* Layout::take(std::int64_t numbers) {
  constexpr std::int64_t kLine = 64 / sizeof(float), kSkew = 5 * kLine;
  float* const part = memory_ == nullptr ? nullptr : memory_ + size_;
  size_ += (numbers + kLine - 1) / kLine * kLine + kSkew;
  return part;
}

Packed::Packed(Layout& layout, Major major, std::int64_t rows, std::int64_t columns)
    : major_(major),
      inner_(major == Major::input ? rows : columns),
      columns_(major == Major::input ? columns : rows),
      numbers_(layout.take(kernels::fused::packed_size(inner_, columns_))) {}

void Packed::fill(const float* matrix, std::int64_t stride) const {
  kernels::fused::pack(inner_, columns_, major_, matrix, stride, numbers_);
}

void Packed::multiply(std::int64_t rows, const float* x, float* out,
                      const kernels::fused::ProductTerms& terms) const {
  kernels::fused::multiply(rows, inner_, columns_, x, numbers_, terms, out);
}

}  // namespace anser::ops
