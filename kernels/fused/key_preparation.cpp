#include "kernels/fused/key_preparation.h"

namespace anser::kernels::fused {

void key_preparation_forward(const KeyPreparationShape& shape, Multiplier c,
                             const KeyPreparationInputs<float>& in, const KeyPreparationOutputs<float>& out) {
  reference::key_preparation_forward(shape, c, in, out);
}

void key_preparation_backward(const KeyPreparationShape& shape, Multiplier c,
                              const KeyPreparationInputs<float>& in,
                              const KeyPreparationOutputs<const float>& douts,
                              const KeyPreparationGradients<float>& grads) {
  reference::key_preparation_backward(shape, c, in, douts, grads);
}

}  // namespace anser::kernels::fused
