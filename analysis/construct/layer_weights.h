// From a step program to the weights of one RWKV-7 layer with c = 2, written as an ordinary checkpoint
// (docs/math/construction.md section 4).
//
// Every product of weights and activations that the layer forms is 0 or a power of two times a small whole
// number, and every sum has one term that is not zero or is a sum of whole numbers below 2^24: with the
// doubled code nothing is ever rounded, in fp32 or with bf16 weights and activations.
#pragma once

#include <cstdint>

#include "analysis/construct/step_program.h"
#include "core/base/safetensors.h"

namespace anser::construct {

/// Sizes of the layer: D = H N, where heads beyond the program's are idle (their state stays zero).
struct LayerSizes {
  std::int64_t width = 0;      // D
  std::int64_t heads = 0;      // H
  std::int64_t head_size = 0;  // N
};

/// Value channel 0 of a head holds  kWriteScale * psi  in its row of the WKV state.
inline constexpr double kWriteScale = 4096;

/// Official parameter names of one layer; metadata "model" and "c". InputError when a head would need more
/// than 128 columns.
TensorFile write_layer(const StepProgram& program, LayerSizes& sizes);

}  // namespace anser::construct
