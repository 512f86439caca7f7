// A call of the recurrence between its tensors and its kernels: what its shapes say, checked, and the
// kernels' views of it.
#pragma once

#include <c10/core/SymInt.h>

#include <string_view>
#include <vector>

#include "core/ops/recurrence.h"
#include "kernels/status.h"

namespace anser::ops {

/// The choices by the names that the operators take; InputError for any other.
Decay decay_of(const char* op, std::string_view name);
Read read_of(const char* op, std::string_view name);
std::string_view name_of(Decay decay);
std::string_view name_of(Read read);

/// Sizes are symbolic, because the same checks run while a program is traced for other lengths.
class RecurrenceCall {
 public:
  /// InputError where tensors and options do not fit together. `decode`: tensors without an axis of time,
  /// shapes as recurrence_decode has them.
  RecurrenceCall(const char* op, RecurrenceTensors in, const RecurrenceOptions& options, bool decode = false);

  const RecurrenceTensors& in() const { return in_; }
  const RecurrenceOptions& options() const { return options_; }
  bool packed() const { return in_.cu_seqlens.has_value(); }
  at::ScalarType type() const { return in_.r.scalar_type(); }
  at::ScalarType state_type() const { return type() == at::kDouble ? at::kDouble : at::kFloat; }

  at::Tensor empty_y() const;                     // like v
  at::Tensor empty_state() const;                 // [B, H, V, K]
  at::Tensor empty_checkpoints(bool kept) const;  // [0] where not kept or no kernel reads them
  at::Tensor empty_snapshots() const;             // zeros where packed: slots may stay unwritten
  void check_state(std::string_view name, const at::Tensor& state) const;
  void check_values(std::string_view name, const at::Tensor& values) const;  // shaped as v
  void check_checkpoints(const at::Tensor& checkpoints) const;

  /// What kernels::cuda::choose_kernel says of the call for blocks of that many bytes of shared memory.
  CudaKernel choose_kernel(std::int64_t block_memory) const;

  /// The kernels' views; offsets are checked, sizes must not be symbolic.
  kernels::RecurrenceShape shape() const;
  kernels::RecurrenceMode mode() const;
  template <typename Real>
  kernels::RecurrenceInputs<Real> inputs() const;

  /// Throws the InputError that a Status stands for. A number that `check` found not to be finite is named
  /// with its place; `also` are the tensors beside the inputs that may hold it.
  struct Named {
    const char* name;  // the kernel's
    const at::Tensor* tensor;
    const char* shown = name;  // the operator's
  };
  void require_ok(const kernels::Status& status, std::initializer_list<Named> also = {}) const;

 private:
  /// [B, T, H, last]; packed [T, H, last]; decode [B, H, last].
  std::vector<c10::SymInt> token_shape(const c10::SymInt& last) const;
  std::vector<c10::SymInt> state_shape() const { return {sequences_, heads_, values_, keys_}; }
  c10::SymInt checkpoint_size() const;
  void read_sizes();
  void check_offsets() const;
  void check_decay();
  void check_kernel() const;
  kernels::RecurrenceShape head_shape() const;  // keys and values alone
  void check_overflow() const;

  const char* op_;
  RecurrenceTensors in_;
  RecurrenceOptions options_;
  bool decode_, decay_per_head_ = false;
  c10::SymInt sequences_, time_, heads_, keys_, values_;
};

/// Data of a checked tensor as the kernels' type.
template <typename Real>
const Real* numbers(const at::Tensor& tensor) {
  return static_cast<const Real*>(tensor.const_data_ptr());
}
template <typename Real>
const Real* numbers(const std::optional<at::Tensor>& tensor) {
  return tensor ? numbers<Real>(*tensor) : nullptr;
}
template <typename Real>
Real* mutable_numbers(const at::Tensor& tensor) {
  return tensor.numel() == 0 ? nullptr : static_cast<Real*>(tensor.mutable_data_ptr());
}

template <typename Real>
kernels::RecurrenceInputs<Real> RecurrenceCall::inputs() const {
  return {.r = numbers<Real>(in_.r),
          .w = numbers<Real>(in_.w),
          .k = numbers<Real>(in_.k),
          .v = numbers<Real>(in_.v),
          .a = numbers<Real>(in_.a),
          .b = numbers<Real>(in_.b),
          .s0 = numbers<typename kernels::StateOf<Real>::Type>(in_.s0)};
}

}  // namespace anser::ops
