// What the block-level operators share on the side of tensors: memory that is used again at the next step,
// checks, and the gradients of many parameters in one piece.
//
// A block-level operator is one autograd node (core/ops/block_node.h) for a whole residual branch of a model:
// forward and backward by hand over the kernels of kernels/fused and kernels/wkv7.h, for fp32 on the CPU. It
// goes through the batch in chunks (core/ops/chunks.h).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace anser::ops {

/// An fp32 CPU tensor, not filled. Its memory comes from a list of buffers that tensors of this kind left
/// behind, whichever thread frees them; a training step in steady state allocates none. The list holds at
/// most kIdleBytes.
at::Tensor reusable_empty(at::IntArrayRef shape);
inline constexpr std::size_t kIdleBytes = std::size_t{512} << 20;

/// Buffers that were allocated because none in the list fitted, since the process began.
std::int64_t buffers_allocated();

/// True where the block-level operators run: fp32 on the CPU.
bool runs_blocks(const at::Tensor& x);

/// The first three arguments of a residual branch: x [B, T, D] for which blocks run, the weight and bias [D]
/// of its norm. InputError naming operator, argument, the value seen and the wish.
void check_branch(std::string_view op, const at::Tensor& x, const at::Tensor& norm_weight,
                  const at::Tensor& norm_bias);

/// An argument that only fp32 CPU tensors may be. InputError as above.
void check_runs_blocks(std::string_view op, std::string_view name, const at::Tensor& x);

/// Gradients of tensors, shaped like them, in one reusable buffer; undefined where the tensor is. Zero at
/// first but those whose places are listed as to be overwritten.
class Gradients {
 public:
  Gradients(at::TensorList like, std::span<const std::size_t> overwritten);
  float* operator[](std::size_t index) const { return places_[index]; }
  at::Tensor tensor(std::size_t index) const;
  /// All of them, in order.
  std::vector<at::Tensor> tensors() const;

 private:
  at::Tensor buffer_;
  at::TensorList like_;
  std::vector<float*> places_;
};

}  // namespace anser::ops
