#include "kernels/fused/read_out.h"

namespace anser::kernels::fused {

void read_out_forward(const ReadOutShape& shape, const ReadOutInputs<float>& in, float* out) {
  reference::read_out_forward(shape, in, out);
}

void read_out_backward(const ReadOutShape& shape, const ReadOutInputs<float>& in, const float* dout,
                       const ReadOutGradients<float>& grads) {
  reference::read_out_backward(shape, in, dout, grads);
}

}  // namespace anser::kernels::fused
