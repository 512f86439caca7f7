// The recurrence as operators. recurrence_forward and recurrence_backward choose their kernel by device and
// are what autograd and torch.compile see; recurrence and recurrence_snapshots are what one calls.
#include "core/ops/recurrence.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "core/base/error.h"
#include "core/ops/checks.h"
#include "core/ops/differentiate.h"
#include "core/ops/recurrence_call.h"
#include "core/ops/recurrence_cuda.h"
#include "core/ops/recurrence_results.h"

namespace anser::ops {
namespace {

using at::Tensor;
using kernels::Bf16;
using OptionalTensor = std::optional<Tensor>;
using torch::autograd::variable_list;

constexpr const char* kName = "ops::recurrence";

// Forward.

ForwardResult forward_cpu(const RecurrenceCall& call, bool checkpoints) {
  const auto shape = call.shape();
  auto result = empty_results(call, checkpoints);
  const auto run = [&] {
    switch (call.type()) {
      case at::kDouble:
        return kernels::reference::recurrence_forward<double>(shape, call.mode(), call.inputs<double>(),
                                                              outputs<double>(call, result));
      case at::kBFloat16:
        return kernels::cpu::recurrence_forward<Bf16>(shape, call.mode(), call.inputs<Bf16>(),
                                                      outputs<Bf16>(call, result));
      default:
        return kernels::cpu::recurrence_forward<float>(shape, call.mode(), call.inputs<float>(),
                                                       outputs<float>(call, result));
    }
  };
  call.require_ok(run(), {{"y", &std::get<0>(result)}, {"sT", &std::get<1>(result)}});
  return result;
}

ForwardResult forward_meta(const RecurrenceCall& call, bool checkpoints) {
  return empty_results(call, checkpoints);
}

// Backward.

/// An undefined gradient of y is zeros; what is given is checked.
OutputGradients checked_gradients(const RecurrenceCall& call, const Tensor& checkpoints,
                                  const OptionalTensor& dy, const OptionalTensor& dsT) {
  call.check_checkpoints(checkpoints);
  if (dy) call.check_values("dy", *dy);
  if (dsT) call.check_state("dsT", *dsT);
  return {checkpoints, dy ? *dy : at::zeros_like(call.in().v), dsT};
}

template <typename Real>
kernels::Status run_cpu_backward(const RecurrenceCall& call, const OutputGradients& given,
                                 const BackwardResult& result) {
  const auto shape = call.shape();
  const auto space =
      at::empty({kernels::recurrence_workspace_size(shape, 1)}, call.in().r.options().dtype(at::kFloat));
  return kernels::cpu::recurrence_backward<Real>(
      shape, call.mode(), call.inputs<Real>(), numbers<float>(given.checkpoints), numbers<Real>(given.dy),
      numbers<float>(given.dsT), gradients<Real>(result), mutable_numbers<float>(space));
}

kernels::Status run_reference_backward(const RecurrenceCall& call, const OutputGradients& given,
                                       const BackwardResult& result) {
  const auto shape = call.shape();
  const auto space = at::empty({kernels::reference::recurrence_workspace_size(shape)}, call.in().r.options());
  return kernels::reference::recurrence_backward<double>(
      shape, call.mode(), call.inputs<double>(), numbers<double>(given.dy), numbers<double>(given.dsT),
      gradients<double>(result), mutable_numbers<double>(space));
}

BackwardResult backward_cpu(const RecurrenceCall& call, const OutputGradients& given) {
  auto result = empty_gradients(call);
  const auto status = call.type() == at::kDouble     ? run_reference_backward(call, given, result)
                      : call.type() == at::kBFloat16 ? run_cpu_backward<Bf16>(call, given, result)
                                                     : run_cpu_backward<float>(call, given, result);
  call.require_ok(status, {{"dy", &given.dy}, {"dsT", given.dsT ? &*given.dsT : nullptr}});
  return result;
}

BackwardResult backward_meta(const RecurrenceCall& call, const OutputGradients&) {
  return empty_gradients(call);
}

// The operators that are registered: their arguments as the schema has them.

template <ForwardResult (*run)(const RecurrenceCall&, bool)>
ForwardResult forward_entry(const Tensor& r, const OptionalTensor& w, const Tensor& k, const Tensor& v,
                            const OptionalTensor& a, const OptionalTensor& b, const OptionalTensor& s0,
                            const OptionalTensor& cu_seqlens, std::string_view decay, std::string_view read,
                            std::int64_t snapshot_interval, bool check, bool checkpoints,
                            std::string_view kernel) {
  const RecurrenceCall call(
      kName, {r, w, k, v, a, b, s0, cu_seqlens},
      {decay_of(kName, decay), read_of(kName, read), snapshot_interval, check, parse_kernel(kName, kernel)});
  return run(call, checkpoints);
}

template <BackwardResult (*run)(const RecurrenceCall&, const OutputGradients&)>
BackwardResult backward_entry(const Tensor& r, const OptionalTensor& w, const Tensor& k, const Tensor& v,
                              const OptionalTensor& a, const OptionalTensor& b, const OptionalTensor& s0,
                              const OptionalTensor& cu_seqlens, const Tensor& checkpoints,
                              const OptionalTensor& dy, const OptionalTensor& dsT, std::string_view decay,
                              std::string_view read, bool check, std::string_view kernel) {
  const RecurrenceCall call(
      kName, {r, w, k, v, a, b, s0, cu_seqlens},
      {decay_of(kName, decay), read_of(kName, read), 0, check, parse_kernel(kName, kernel)});
  return run(call, checked_gradients(call, checkpoints, dy, dsT));
}

ForwardResult call_forward(const RecurrenceTensors& in, const RecurrenceOptions& options, bool checkpoints) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("anser::recurrence_forward", "")
                             .typed<decltype(forward_entry<forward_cpu>)>();
  return op.call(in.r, in.w, in.k, in.v, in.a, in.b, in.s0, in.cu_seqlens, name_of(options.decay),
                 name_of(options.read), options.snapshot_interval, options.check, checkpoints,
                 name_of(options.kernel));
}

BackwardResult call_backward(const RecurrenceTensors& in, const RecurrenceOptions& options,
                             const Tensor& checkpoints, const OptionalTensor& dy, const OptionalTensor& dsT) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("anser::recurrence_backward", "")
                             .typed<decltype(backward_entry<backward_cpu>)>();
  return op.call(in.r, in.w, in.k, in.v, in.a, in.b, in.s0, in.cu_seqlens, checkpoints, dy, dsT,
                 name_of(options.decay), name_of(options.read), options.check, name_of(options.kernel));
}

// Autograd.

OptionalTensor given(const Tensor& x) {
  return x.defined() ? OptionalTensor(x) : std::nullopt;
}
OptionalTensor contiguous(const Tensor& gradient) {
  return gradient.defined() ? OptionalTensor(gradient.contiguous()) : std::nullopt;
}

class RecurrenceFunction : public torch::autograd::Function<RecurrenceFunction> {
 public:
  static variable_list forward(torch::autograd::AutogradContext* ctx, const Tensor& r,
                               const OptionalTensor& w, const Tensor& k, const Tensor& v,
                               const OptionalTensor& a, const OptionalTensor& b, const OptionalTensor& s0,
                               const OptionalTensor& cu_seqlens, const RecurrenceOptions& options) {
    at::AutoDispatchBelowADInplaceOrView below;
    const auto [y, sT, checkpoints, snapshots] =
        call_forward({r, w, k, v, a, b, s0, cu_seqlens}, options, true);
    const auto or_undefined = [](const OptionalTensor& x) { return x.value_or(Tensor()); };
    ctx->save_for_backward({r, or_undefined(w), k, v, or_undefined(a), or_undefined(b), or_undefined(s0),
                            or_undefined(cu_seqlens), checkpoints});
    ctx->saved_data["decay"] = static_cast<std::int64_t>(options.decay);
    ctx->saved_data["read"] = static_cast<std::int64_t>(options.read);
    ctx->saved_data["check"] = options.check;
    ctx->saved_data["kernel"] = std::string(name_of(options.kernel));
    ctx->set_materialize_grads(false);
    ctx->mark_non_differentiable({checkpoints, snapshots});
    return {y, sT, checkpoints, snapshots};
  }

  static variable_list backward(torch::autograd::AutogradContext* ctx, variable_list douts) {
    refuse_second_derivative(kName);
    const auto x = ctx->get_saved_variables();
    const RecurrenceTensors in{x[0],        given(x[1]), x[2],        x[3],
                               given(x[4]), given(x[5]), given(x[6]), given(x[7])};
    const RecurrenceOptions options{.decay = static_cast<Decay>(ctx->saved_data["decay"].toInt()),
                                    .read = static_cast<Read>(ctx->saved_data["read"].toInt()),
                                    .check = ctx->saved_data["check"].toBool(),
                                    .kernel = parse_kernel(kName, ctx->saved_data["kernel"].toStringRef())};
    const auto [dr, dw, dk, dv, da, db, ds0] =
        call_backward(in, options, x[8], contiguous(douts[0]), contiguous(douts[1]));
    const auto of = [](const OptionalTensor& input, const Tensor& gradient) {
      return input ? gradient : Tensor();
    };
    return {dr, of(in.w, dw), dk, dv, of(in.a, da), of(in.b, db), of(in.s0, ds0), Tensor(), Tensor()};
  }
};

ForwardResult forward_autograd(const Tensor& r, const OptionalTensor& w, const Tensor& k, const Tensor& v,
                               const OptionalTensor& a, const OptionalTensor& b, const OptionalTensor& s0,
                               const OptionalTensor& cu_seqlens, std::string_view decay,
                               std::string_view read, std::int64_t snapshot_interval, bool check,
                               bool checkpoints, std::string_view kernel) {
  const RecurrenceOptions options{decay_of(kName, decay), read_of(kName, read), snapshot_interval, check,
                                  parse_kernel(kName, kernel)};
  if (!wants_gradient(r, w, k, v, a, b, s0)) {
    at::AutoDispatchBelowADInplaceOrView below;
    return call_forward({r, w, k, v, a, b, s0, cu_seqlens}, options, checkpoints);
  }
  const auto out = RecurrenceFunction::apply(r, w, k, v, a, b, s0, cu_seqlens, options);
  return {out[0], out[1], out[2], out[3]};
}

// What Python calls; torch.compile looks through these.

using Results = std::tuple<Tensor, Tensor>;
using SnapshotResults = std::tuple<Tensor, Tensor, Tensor>;

SnapshotResults recurrence_snapshots(const Tensor& r, const OptionalTensor& w, const Tensor& k,
                                     const Tensor& v, const OptionalTensor& a, const OptionalTensor& b,
                                     const OptionalTensor& s0, const OptionalTensor& cu_seqlens,
                                     std::int64_t interval, std::string_view decay, std::string_view read,
                                     bool check) {
  auto [y, sT, snapshots] = recurrence({r, w, k, v, a, b, s0, cu_seqlens},
                                       {decay_of(kName, decay), read_of(kName, read), interval, check});
  return {y, sT, snapshots};
}

Results recurrence_values(const Tensor& r, const OptionalTensor& w, const Tensor& k, const Tensor& v,
                          const OptionalTensor& a, const OptionalTensor& b, const OptionalTensor& s0,
                          const OptionalTensor& cu_seqlens, std::string_view decay, std::string_view read,
                          bool check, std::string_view kernel) {
  auto [y, sT, snapshots] =
      recurrence({r, w, k, v, a, b, s0, cu_seqlens},
                 {decay_of(kName, decay), read_of(kName, read), 0, check, parse_kernel(kName, kernel)});
  return {y, sT};
}

/// With the kernel of a call on a CUDA device, by the rule where none is named. Chosen here because it fixes
/// the size of the checkpoints, which shapes without numbers must have too.
RecurrenceOptions with_kernel(const RecurrenceTensors& in, RecurrenceOptions options) {
  if (!options.kernel && in.r.defined() && in.r.is_cuda())
    options.kernel = RecurrenceCall(kName, in, options).choose_kernel(block_memory(in.r.device()));
  return options;
}

}  // namespace

RecurrenceResults recurrence(const RecurrenceTensors& in, const RecurrenceOptions& options) {
  auto [y, sT, checkpoints, snapshots] = call_forward(in, with_kernel(in, options), false);
  return {y, sT, snapshots};
}

TORCH_LIBRARY_FRAGMENT(anser, m) {
  const std::vector<at::Tag> tags{at::Tag::pt2_compliant_tag};
  const std::string tensors =
      "Tensor r, Tensor? w, Tensor k, Tensor v, Tensor? a=None, Tensor? b=None, Tensor? s0=None, "
      "Tensor? cu_seqlens=None, ";
  const std::string choices = "str decay='logit', str read='after', bool check=False";
  m.def(("recurrence(" + tensors + "*, " + choices + ", str kernel='auto') -> (Tensor y, Tensor sT)").c_str(),
        tags);
  m.def(("recurrence_snapshots(" + tensors + "*, int interval, " + choices +
         ") -> (Tensor y, Tensor sT, Tensor snapshots)")
            .c_str(),
        tags);
  m.def(
      "recurrence_forward(Tensor r, Tensor? w, Tensor k, Tensor v, Tensor? a, Tensor? b, Tensor? s0, "
      "Tensor? cu_seqlens, str decay, str read, int snapshot_interval, bool check, bool checkpoints, "
      "str kernel='auto') -> "
      "(Tensor y, Tensor sT, Tensor checkpoints, Tensor snapshots)",
      tags);
  m.def(
      "recurrence_backward(Tensor r, Tensor? w, Tensor k, Tensor v, Tensor? a, Tensor? b, Tensor? s0, "
      "Tensor? cu_seqlens, Tensor checkpoints, Tensor? dy, Tensor? dsT, str decay, str read, bool check, "
      "str kernel='auto') -> "
      "(Tensor dr, Tensor dw, Tensor dk, Tensor dv, Tensor da, Tensor db, Tensor ds0)",
      tags);
}

TORCH_LIBRARY_IMPL(anser, CompositeImplicitAutograd, m) {
  m.impl("recurrence", recurrence_values);
  m.impl("recurrence_snapshots", recurrence_snapshots);
}

TORCH_LIBRARY_IMPL(anser, CPU, m) {
  m.impl("recurrence_forward", forward_entry<forward_cpu>);
  m.impl("recurrence_backward", backward_entry<backward_cpu>);
}

TORCH_LIBRARY_IMPL(anser, CUDA, m) {
  m.impl("recurrence_forward", forward_entry<forward_cuda>);
  m.impl("recurrence_backward", backward_entry<backward_cuda>);
}

TORCH_LIBRARY_IMPL(anser, Meta, m) {
  m.impl("recurrence_forward", forward_entry<forward_meta>);
  m.impl("recurrence_backward", backward_entry<backward_meta>);
}

TORCH_LIBRARY_IMPL(anser, Autograd, m) {
  m.impl("recurrence_forward", forward_autograd);
}

}  // namespace anser::ops
