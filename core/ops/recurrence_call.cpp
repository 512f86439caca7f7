#include "core/ops/recurrence_call.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/error.h"
#include "core/ops/checks.h"
#include "kernels/recurrence_check.h"

namespace anser::ops {
namespace {

using at::Tensor;
using c10::SymInt;
using Shape = std::vector<SymInt>;

constexpr std::array<std::string_view, 4> kDecays{"logit", "log", "direct", "none"};
constexpr std::array<std::string_view, 2> kReads{"after", "before"};
constexpr std::array<std::string_view, 3> kKernels{"auto", "sequential", "chunked"};  // nothing, CudaKernel

template <typename Choice, std::size_t n>
Choice chosen(std::string_view op, const char* argument, const std::array<std::string_view, n>& names,
              std::string_view name, const char* wanted) {
  const auto at = std::find(names.begin(), names.end(), name);
  require(at != names.end(), op, "{} is '{}', wanted {}", argument, name, wanted);
  return static_cast<Choice>(at - names.begin());
}

/// Place of the number with this index in a contiguous tensor, and the number: "[0, 3, 5] is nan".
std::string place_text(const Tensor& tensor, std::int64_t index) {
  std::vector<SymInt> place(static_cast<std::size_t>(tensor.dim()));
  const double value = tensor.view({-1})[index].to(at::kDouble).item<double>();
  for (std::int64_t axis = tensor.dim() - 1; axis >= 0; --axis) {
    place[static_cast<std::size_t>(axis)] = index % tensor.size(axis);
    index /= tensor.size(axis);
  }
  return shape_text(place) + (std::isnan(value) ? " is nan" : value < 0 ? " is -inf" : " is inf");
}

void check_token_type(std::string_view op, const Tensor& r) {
  const auto type = r.scalar_type();
  const bool known = type == at::kFloat || type == at::kDouble || type == at::kBFloat16;
  require(known, op, "r is {}, wanted float, bfloat16 or double", at::toString(type));
}

void check_size(std::string_view op, const char* what, const SymInt& size) {
  if (size >= 8 && size <= 128 && size % 8 == 0) return;
  const std::string text = shape_text(size);  // "[12]"
  fail(op, "{} is {}, wanted a multiple of 8 in 8..128", what, text.substr(1, text.size() - 2));
}

}  // namespace

Decay decay_of(const char* op, std::string_view name) {
  return chosen<Decay>(op, "decay", kDecays, name, "logit, log, direct or none");
}
Read read_of(const char* op, std::string_view name) {
  return chosen<Read>(op, "read", kReads, name, "after or before");
}
std::string_view name_of(Decay decay) {
  return kDecays[static_cast<std::size_t>(decay)];
}
std::string_view name_of(Read read) {
  return kReads[static_cast<std::size_t>(read)];
}

std::optional<CudaKernel> parse_kernel(std::string_view where, std::string_view name) {
  const int place = chosen<int>(where, "kernel", kKernels, name, "auto, sequential or chunked");
  return place == 0 ? std::nullopt : std::optional(static_cast<CudaKernel>(place - 1));
}
std::string_view name_of(std::optional<CudaKernel> kernel) {
  return kKernels[kernel ? static_cast<std::size_t>(*kernel) + 1 : 0];
}

void require_kernel(const char* where, CudaKernel kernel, const kernels::RecurrenceShape& shape,
                    const kernels::RecurrenceMode& mode, bool bf16_tokens, bool snapshots) {
  const kernels::Status status =
      kernels::cuda::check_kernel(where, kernel, shape, mode, bf16_tokens, snapshots);
  require(status.ok() || status.argument != std::string_view("kernel"), where, "kernel is '{}', wanted {}",
          name_of(kernel), status.wanted);
  require_ok(status);
}

RecurrenceCall::RecurrenceCall(const char* op, RecurrenceTensors in, const RecurrenceOptions& options,
                               bool decode)
    : op_(op), in_(std::move(in)), options_(options), decode_(decode) {
  for (auto* x : {&in_.w, &in_.a, &in_.b, &in_.s0, &in_.cu_seqlens})
    if (*x && !(*x)->defined()) x->reset();
  const char* axes = decode_ ? "[B, H, K]" : packed() ? "[T, H, K] with cu_seqlens" : "[B, T, H, K]";
  const Tensor& r = in_.r;
  require(r.defined(), op_, "r is undefined, wanted {}", axes);
  require(r.dim() == (decode_ || packed() ? 3 : 4), op_, "r has shape {}, wanted {}",
          shape_text(r.sym_sizes()), axes);
  check_token_type(op_, r);
  require(options_.snapshot_interval >= 0, op_, "snapshot_interval is {}, wanted 0 (none) or more",
          options_.snapshot_interval);
  read_sizes();
  const auto keyed = token_shape(keys_);
  const auto check = [&](const char* name, const Tensor& tensor, const Shape& shape, at::ScalarType type) {
    check_symbolic(op_, name, tensor, shape, type, r.device());
  };
  check("r", r, keyed, type());
  check("k", in_.k, keyed, type());
  check_values("v", in_.v);
  require(in_.a.has_value() == in_.b.has_value(), op_, "{} is missing, wanted both a and b or neither",
          in_.a ? "b" : "a");
  if (in_.a) check("a", *in_.a, keyed, type());
  if (in_.b) check("b", *in_.b, keyed, type());
  check_decay();
  if (in_.s0) check_state("s0", *in_.s0);
  check_kernel();
  check_overflow();
}

void RecurrenceCall::read_sizes() {
  const Tensor &r = in_.r, &v = in_.v;
  heads_ = r.sym_size(-2);
  keys_ = r.sym_size(-1);
  check_size(op_, "K, the last axis of r,", keys_);
  require(v.defined() && v.dim() == r.dim(), op_, "v has {} axes, wanted {} as r has",
          v.defined() ? v.dim() : 0, r.dim());
  values_ = v.sym_size(-1);
  check_size(op_, "V, the last axis of v,", values_);
  if (!packed()) {
    sequences_ = r.sym_size(0);
    time_ = decode_ ? SymInt(1) : r.sym_size(1);
    return;
  }
  check_offsets();
  sequences_ = in_.cu_seqlens->sym_size(0) - 1;
  time_ = r.sym_size(0);
}

void RecurrenceCall::check_offsets() const {
  const Tensor& at = *in_.cu_seqlens;
  require(at.dim() == 1 && at.sym_size(0) >= 1, op_, "cu_seqlens has shape {}, wanted [sequences + 1]",
          shape_text(at.sym_sizes()));
  require(at.scalar_type() == at::kLong, op_, "cu_seqlens is {}, wanted int64",
          at::toString(at.scalar_type()));
  require(at.device().is_cpu() || at.device().is_meta(), op_, "cu_seqlens is on {}, wanted cpu",
          at.device().str());
  require(at.is_contiguous(), op_, "cu_seqlens is not contiguous, wanted a contiguous tensor");
}

void RecurrenceCall::check_decay() {
  if (options_.decay == Decay::none) {
    require(!in_.w, op_, "w is given with decay none, wanted no w");
    return;
  }
  require(in_.w.has_value(), op_, "w is missing, wanted one with decay {}", name_of(options_.decay));
  auto shape = token_shape(keys_);
  decay_per_head_ = in_.w->dim() + 1 == in_.r.dim();
  if (decay_per_head_) shape.pop_back();
  check_symbolic(op_, "w", *in_.w, shape, type(), in_.r.device());
}

kernels::RecurrenceShape RecurrenceCall::head_shape() const {
  return {.keys = keys_.guard_int(__FILE__, __LINE__), .values = values_.guard_int(__FILE__, __LINE__)};
}

/// A named kernel must be one of the device that can run the call.
void RecurrenceCall::check_kernel() const {
  if (!options_.kernel) return;
  const at::Device device = in_.r.device();
  require(device.is_cuda() || device.is_meta(), op_,
          "kernel is '{}', wanted auto on {}: kernels of CUDA alone are named", name_of(options_.kernel),
          device.str());
  require_kernel(op_, *options_.kernel, head_shape(), mode(), type() == at::kBFloat16,
                 options_.snapshot_interval > 0);
}

CudaKernel RecurrenceCall::choose_kernel(std::int64_t block_memory) const {
  // The rule asks of tokens only whether there are enough: other lengths are not told apart.
  const SymInt enough =
      packed() ? sequences_ * kernels::cuda::kChunkTokens : SymInt(kernels::cuda::kChunkTokens);
  kernels::RecurrenceShape shape = head_shape();
  shape.sequences = 1;
  shape.time = time_ >= enough ? kernels::cuda::kChunkTokens : 0;
  return kernels::cuda::choose_kernel(shape, mode(), type() == at::kBFloat16, options_.snapshot_interval > 0,
                                      block_memory);
}

/// Sizes that cannot be addressed, before anything of them is allocated; a pack is bounded by its tokens.
void RecurrenceCall::check_overflow() const {
  kernels::RecurrenceShape s{.sequences = 1};
  for (const auto& [size, to] : {std::pair{&time_, &s.time}, {&heads_, &s.heads}, {&keys_, &s.keys}}) {
    const auto known = size->maybe_as_int();
    if (!known) return;
    *to = *known;
  }
  s.values = values_.maybe_as_int().value_or(s.keys);
  if (!packed()) s.sequences = sequences_.maybe_as_int().value_or(1);
  ops::require_ok(kernels::check_recurrence_shape(op_, s, mode()));
}

Shape RecurrenceCall::token_shape(const SymInt& last) const {
  if (decode_) return {sequences_, heads_, last};
  if (packed()) return {time_, heads_, last};
  return {sequences_, time_, heads_, last};
}

void RecurrenceCall::check_state(std::string_view name, const Tensor& state) const {
  check_symbolic(op_, name, state, state_shape(), state_type(), in_.r.device());
}

void RecurrenceCall::check_values(std::string_view name, const Tensor& values) const {
  check_symbolic(op_, name, values, token_shape(values_), type(), in_.r.device());
}

Tensor RecurrenceCall::empty_y() const {
  return at::empty_symint(token_shape(values_), in_.r.options());
}

Tensor RecurrenceCall::empty_state() const {
  return at::empty_symint(state_shape(), in_.r.options().dtype(state_type()));
}

/// recurrence_checkpoint_size of kernels, or of a named kernel of kernels::cuda, for symbolic sizes; the
/// reference, which is the CPU's kernel for double, keeps none.
SymInt RecurrenceCall::checkpoint_size() const {
  if (type() == at::kDouble && !options_.kernel) return 0;
  const std::int64_t every =
      options_.kernel ? kernels::cuda::checkpoint_interval(*options_.kernel) : kernels::kCheckpointInterval;
  const SymInt states = packed() ? time_ / every + sequences_ : sequences_ * ((time_ + (every - 1)) / every);
  return states * heads_ * keys_ * values_;
}

Tensor RecurrenceCall::empty_checkpoints(bool kept) const {
  return at::empty_symint({kept ? checkpoint_size() : SymInt(0)}, in_.r.options().dtype(state_type()));
}

Tensor RecurrenceCall::empty_snapshots() const {
  const auto options = in_.r.options().dtype(state_type());
  if (options_.snapshot_interval == 0) return at::empty({0}, options);
  const SymInt slots = time_ / options_.snapshot_interval;
  if (packed()) return at::zeros_symint({slots, heads_, values_, keys_}, options);
  return at::empty_symint({sequences_, slots, heads_, values_, keys_}, options);
}

void RecurrenceCall::check_checkpoints(const Tensor& checkpoints) const {
  check_symbolic(op_, "checkpoints", checkpoints, Shape{checkpoint_size()}, state_type(), in_.r.device());
}

kernels::RecurrenceShape RecurrenceCall::shape() const {
  const kernels::RecurrenceShape s{
      .sequences = sequences_.expect_int(),
      .time = time_.expect_int(),
      .heads = heads_.expect_int(),
      .keys = keys_.expect_int(),
      .values = values_.expect_int(),
      .cu_seqlens = packed() ? in_.cu_seqlens->const_data_ptr<std::int64_t>() : nullptr};
  ops::require_ok(kernels::check_recurrence_shape(op_, s, mode()));
  return s;
}

kernels::RecurrenceMode RecurrenceCall::mode() const {
  return {.decay = options_.decay,
          .decay_per_head = decay_per_head_,
          .low_rank = in_.a.has_value(),
          .read = options_.read,
          .check = options_.check};
}

void RecurrenceCall::require_ok(const kernels::Status& status, std::initializer_list<Named> also) const {
  if (status.ok() || status.wanted != kernels::kWantedFinite) return ops::require_ok(status);
  std::vector<Named> named{{"r", &in_.r}, {"k", &in_.k}, {"v", &in_.v}};
  const std::pair<const char*, const std::optional<Tensor>*> optional[] = {
      {"w", &in_.w}, {"a", &in_.a}, {"b", &in_.b}, {"s0", &in_.s0}};
  for (const auto& [name, tensor] : optional)
    if (*tensor) named.push_back({name, &**tensor});
  named.insert(named.end(), also);
  for (const Named& n : named)
    if (std::string_view(n.name) == status.argument)
      fail(op_, "{} at {}, wanted finite numbers{}", n.shown, place_text(*n.tensor, status.value),
           std::string_view(n.name) == "w" ? " (with decay log also -inf, a reset)" : "");
  ops::require_ok(status);
}

}  // namespace anser::ops
