#include "kernels/fused/embedding.h"

namespace anser::kernels::fused::reference {

template <typename Real>
void embedding_forward(std::int64_t rows, std::int64_t width, const std::int64_t* ids, const Real* table,
                       Real* out) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t d = 0; d < width; ++d) out[i * width + d] = table[ids[i] * width + d];
}

template <typename Real>
void embedding_backward(std::int64_t rows, std::int64_t width, const std::int64_t* ids, const Real* dout,
                        Real* dtable) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t d = 0; d < width; ++d) dtable[ids[i] * width + d] += dout[i * width + d];
}

#define ANSER_EMBEDDING(Real)                                                                           \
  template void embedding_forward(std::int64_t, std::int64_t, const std::int64_t*, const Real*, Real*); \
  template void embedding_backward(std::int64_t, std::int64_t, const std::int64_t*, const Real*, Real*);
ANSER_EMBEDDING(float)
ANSER_EMBEDDING(double)
#undef ANSER_EMBEDDING

}  // namespace anser::kernels::fused::reference
