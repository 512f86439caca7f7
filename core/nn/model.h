// A sequence model: token ids in, logits at every position out, with a state that carries a word across
// calls.
//
// Parameters are one list of named tensors (Model::parameters), the names of released checkpoints. A model
// never owns a copy elsewhere: the trainer moves the storage of that list into one flat buffer
// (core/train/flat_parameters.h) and the model computes with what the list holds.
//
// Model ids, with defaults:
//     rwkv7[L=1,D=64,N=32,c=1,ranks=16,era=current]         c in {1, 2, 1+w}; era current | world
//     (initialisation) transformer[L=2,D=48,H=3,positions=rope,mlp=gelu,hidden=192]      positions rope |
//     nope | alibi; mlp gelu | swiglu
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/rng.h"
#include "core/base/safetensors.h"
#include "core/ops/recurrence.h"

namespace anser::nn {

/// A named parameter. `decay`: weight decay applies (matrices `*.weight`); `lr_scale`: 2 for the decay bias
/// att.w0.
struct Parameter {
  std::string name;
  at::Tensor value;
  bool decay = false;
  double lr_scale = 1;
};

/// What a model carries from one call to the next: tensors in a fixed order that the model knows. Empty: a
/// fresh word. RWKV-7, per layer: att shift [B, D], WKV [B, H, N(value), N(key)] (always fp32 or fp64), ffn
/// shift [B, D].
struct ModelState {
  std::vector<at::Tensor> tensors;
};

/// Arithmetic of a forward pass. bf16: every weight and every operation's result is rounded to bf16 while the
/// WKV state stays fp32. fp64 needs parameters converted by Model::to_double.
enum class Precision { fp32, bf16, fp64 };
Precision parse_precision(std::string_view name);  // "fp32" "bf16" "fp64"; InputError otherwise
std::string_view precision_name(Precision precision);

class Model {
 public:
  virtual ~Model() = default;

  /// tokens [B, T] int64, each in 0..V-1 (checked on the CPU: InputError naming the id). Returns logits
  /// [B, T, labels].
  /// `state` (may be null: fresh words, nothing kept) is read and replaced. Differentiable through the
  /// parameters in fp32/fp64. Whole-sequence and step-by-step calls agree; bit for bit where all sums are
  /// exact (compiled models).
  virtual at::Tensor forward(const at::Tensor& tokens, ModelState* state = nullptr) const = 0;

  /// All parameters, in checkpoint order. Tensors are shared, not copied.
  virtual std::vector<Parameter> parameters() const = 0;
  /// Replaces the storage of parameter `index` (same shape and type); used once by the flat buffer.
  virtual void set_parameter(std::size_t index, at::Tensor value) = 0;

  virtual std::string id() const = 0;                   // canonical id
  virtual std::int64_t vocabulary() const = 0;          // rows of the embedding
  virtual std::int64_t labels() const = 0;              // rows of the head
  virtual void set_precision(Precision precision) = 0;  // rounds weights for bf16, converts for fp64

  /// Fixes the CUDA kernel that runs the model's recurrence from here on, at every length: the named one, or
  /// the rule's (kernels::cuda::choose_kernel) for words of T tokens on the current device. Returns it;
  /// nothing for a model without recurrence. InputError where the named one cannot run this model.
  virtual std::optional<ops::CudaKernel> fix_kernel(std::optional<ops::CudaKernel> named, std::int64_t time);
};

/// Number of parameters.
std::int64_t count_parameters(const Model& model);

/// A freshly initialised model. `init` names the stream (split by parameter name, so adding a parameter moves
/// no other). InputError naming the nearest known architecture or key, or the field, value and range.
std::unique_ptr<Model> make_model(std::string_view id, std::int64_t vocabulary, std::int64_t labels,
                                  const Rng& init);

/// An RWKV-7 model from official parameter names; every size is read from the tensors' shapes. c from
/// metadata "c" (absent = 1). Accepts F32/F16/BF16/F64. Layer 0's v0/v1/v2 are optional and ignored; any
/// unknown name, missing tensor or wrong shape is an InputError naming it.
std::unique_ptr<Model> load_rwkv7(const TensorFile& file, std::string_view where);

/// Any checkpoint that anser wrote (metadata "model" holds the id) or a released RWKV-7 file.
std::unique_ptr<Model> load_model(const TensorFile& file, std::string_view where);

/// The parameters as F32 tensors (F64 in double) plus metadata "model", "c".
TensorFile save_model(const Model& model, std::map<std::string, std::string> metadata = {});

}  // namespace anser::nn
