// One token for every sequence, the state moved on in place: no gradient, so no second operator.
#include <ATen/core/LegacyTypeDispatch.h>
#include <torch/library.h>

#include "core/base/error.h"
#include "core/ops/differentiate.h"
#include "core/ops/recurrence.h"
#include "core/ops/recurrence_call.h"
#include "core/ops/recurrence_cuda.h"

namespace anser::ops {
namespace {

using at::Tensor;
using kernels::Bf16;
using OptionalTensor = std::optional<Tensor>;

constexpr const char* kName = "ops::recurrence_decode";

Tensor decode_cpu(const RecurrenceCall& call, const Tensor& state) {
  auto shape = call.shape();
  Tensor y = call.empty_y();
  const auto run = [&] {
    if (call.type() == at::kBFloat16)
      return kernels::cpu::recurrence_decode<Bf16>(shape, call.mode(), call.inputs<Bf16>(),
                                                   mutable_numbers<float>(state), mutable_numbers<Bf16>(y));
    if (call.type() == at::kFloat)
      return kernels::cpu::recurrence_decode<float>(shape, call.mode(), call.inputs<float>(),
                                                    mutable_numbers<float>(state), mutable_numbers<float>(y));
    const Tensor before = state.clone();
    auto in = call.inputs<double>();
    in.s0 = numbers<double>(before);
    return kernels::reference::recurrence_forward<double>(
        shape, call.mode(), in, {.y = mutable_numbers<double>(y), .sT = mutable_numbers<double>(state)});
  };
  call.require_ok(run(), {{"s0", &state, "state"}, {"y", &y}, {"sT", &state, "state"}});
  return y;
}

Tensor decode_meta(const RecurrenceCall& call, const Tensor&) {
  return call.empty_y();
}

template <Tensor (*run)(const RecurrenceCall&, const Tensor&)>
Tensor decode_entry(const Tensor& r, const OptionalTensor& w, const Tensor& k, const Tensor& v,
                    const OptionalTensor& a, const OptionalTensor& b, const Tensor& state,
                    std::string_view decay, std::string_view read, bool check) {
  const RecurrenceCall call(kName, {r, w, k, v, a, b, {}, {}},
                            {decay_of(kName, decay), read_of(kName, read), 0, check}, true);
  call.check_state("state", state);
  return run(call, state);
}

Tensor call_decode(const RecurrenceTensors& in, const Tensor& state, std::string_view decay,
                   std::string_view read, bool check) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("anser::recurrence_decode", "")
                             .typed<decltype(decode_entry<decode_cpu>)>();
  return op.call(in.r, in.w, in.k, in.v, in.a, in.b, state, decay, read, check);
}

Tensor decode_autograd(const Tensor& r, const OptionalTensor& w, const Tensor& k, const Tensor& v,
                       const OptionalTensor& a, const OptionalTensor& b, const Tensor& state,
                       std::string_view decay, std::string_view read, bool check) {
  require(!wants_gradient(r, w, k, v, a, b, state), kName,
          "a gradient was asked for, wanted recurrence for that, or torch.no_grad() around the call");
  const Tensor y = [&] {
    at::AutoDispatchBelowADInplaceOrView below;
    return call_decode({r, w, k, v, a, b, {}, {}}, state, decay, read, check);
  }();
  if (!state.is_inference()) state.unsafeGetTensorImpl()->bump_version();
  return y;
}

}  // namespace

Tensor recurrence_decode(const RecurrenceTensors& in, const Tensor& state, const RecurrenceOptions& options) {
  return call_decode(in, state, name_of(options.decay), name_of(options.read), options.check);
}

TORCH_LIBRARY_FRAGMENT(anser, m) {
  m.def(
      "recurrence_decode(Tensor r, Tensor? w, Tensor k, Tensor v, Tensor? a, Tensor? b, Tensor(a!) state, *, "
      "str decay='logit', str read='after', bool check=False) -> Tensor",
      {at::Tag::pt2_compliant_tag});
}

TORCH_LIBRARY_IMPL(anser, CPU, m) {
  m.impl("recurrence_decode", decode_entry<decode_cpu>);
}

TORCH_LIBRARY_IMPL(anser, CUDA, m) {
  m.impl("recurrence_decode", decode_entry<decode_cuda>);
}

TORCH_LIBRARY_IMPL(anser, Meta, m) {
  m.impl("recurrence_decode", decode_entry<decode_meta>);
}

TORCH_LIBRARY_IMPL(anser, Autograd, m) {
  m.impl("recurrence_decode", decode_autograd);
}

}  // namespace anser::ops
