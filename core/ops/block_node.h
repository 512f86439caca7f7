// The autograd node of a block-level operator (core/ops/block.h).
#pragma once

#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include <algorithm>
#include <array>

#include "core/ops/block.h"
#include "core/ops/checks.h"
#include "core/ops/differentiate.h"

namespace anser::ops {

using torch::autograd::variable_list;

template <class Block>
class BlockNode : public torch::autograd::Function<BlockNode<Block>> {
 public:
  static variable_list forward(torch::autograd::AutogradContext* ctx, at::TensorList in, const Block& block) {
    at::AutoDispatchBelowADInplaceOrView below;
    at::Tensor saved;
    variable_list outputs = block.forward(in, &saved);
    ctx->save_for_backward(in.vec());
    ctx->saved_data["saved"] = saved;
    ctx->saved_data["block"] = c10::IValue::make_capsule(c10::make_intrusive<Held>(block));
    ctx->set_materialize_grads(false);
    return outputs;
  }

  static variable_list backward(torch::autograd::AutogradContext* ctx, const variable_list& douts) {
    refuse_second_derivative(Block::kName);
    const variable_list in = ctx->get_saved_variables();
    const auto held = c10::static_intrusive_pointer_cast<Held>(ctx->saved_data["block"].toCapsule());
    const Gradients grads(in, Block::kOverwritten);
    held->block.backward(in, ctx->saved_data["saved"].toTensor(), douts, grads);
    variable_list result = grads.tensors();
    result.emplace_back();  // of the block itself
    return result;
  }

 private:
  struct Held : torch::CustomClassHolder {
    explicit Held(const Block& value) : block(value) {}
    Block block;
  };
};

/// Runs an operator on its differentiable inputs; records it where one of them wants a gradient. Block holds
/// the other arguments and offers
///
///     static constexpr const char* kName;                                  for messages
///     static constexpr std::array<std::size_t, n> kOverwritten;            inputs: backward overwrites their
///                                                                          gradients, adds to the others'
///     variable_list forward(at::TensorList in, at::Tensor* saved) const;   saved: for backward; may be null
///     void backward(at::TensorList in, const at::Tensor& saved, const variable_list& douts,
///                   const Gradients& grads) const;                         a dout may be undefined
template <class Block>
variable_list run_block(const variable_list& in, const Block& block) {
  if (std::any_of(in.begin(), in.end(), [](const at::Tensor& x) { return wants_gradient(x); }))
    return BlockNode<Block>::apply(at::TensorList(in), block);
  return block.forward(in, nullptr);
}

}  // namespace anser::ops
