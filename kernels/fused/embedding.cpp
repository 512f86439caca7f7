#include "kernels/fused/embedding.h"

#include <algorithm>

#include "kernels/fused/gates.h"

namespace anser::kernels::fused {

void embedding_forward(std::int64_t rows, std::int64_t width, const std::int64_t* ids, const float* table,
                       float* out) {
  for (std::int64_t i = 0; i < rows; ++i) std::copy_n(table + ids[i] * width, width, out + i * width);
}

void embedding_backward(std::int64_t rows, std::int64_t vocabulary, std::int64_t width,
                        const std::int64_t* ids, const float* dout, float* dtable) {
  std::fill_n(dtable, vocabulary * width, 0.0F);
  for (std::int64_t i = 0; i < rows; ++i) add_to(width, dout + i * width, dtable + ids[i] * width);
}

}  // namespace anser::kernels::fused
