#include "core/ops/recurrence_cuda.h"

#include <ATen/ops/isfinite.h>
#include <ATen/ops/isneginf.h>
#include <c10/core/DeviceGuard.h>

#include <type_traits>

#include "core/base/error.h"
#include "core/ops/current_stream.h"
#include "kernels/recurrence_check.h"

namespace anser::ops {
namespace {

using at::Tensor;
using kernels::Bf16;
using kernels::Status;
using kernels::cuda::CudaKernel;
using kernels::cuda::CudaLaunch;

/// Makes the device of a call's tensors the current one, and holds what the launch of a kernel needs there.
class OnDevice {
 public:
  OnDevice(const RecurrenceCall& call, CudaKernel kernel)
      : device_(call.in().r.device()),
        guard_(device_),
        mode_(call.mode()),
        launch_{.kernel = kernel, .stream = current_stream(device_)} {
    mode_.check = false;  // kernels do not look at numbers on a device: check_inputs and check do
    if (!call.packed()) return;
    cu_seqlens_ = call.in().cu_seqlens->to(device_, at::kLong, /*non_blocking=*/true);
    launch_.cu_seqlens = cu_seqlens_.const_data_ptr<std::int64_t>();
  }

  const kernels::RecurrenceMode& mode() const { return mode_; }
  const CudaLaunch& launch() const { return launch_; }

 private:
  at::Device device_;
  c10::DeviceGuard guard_;
  kernels::RecurrenceMode mode_;
  CudaLaunch launch_;
  Tensor cu_seqlens_;  // given back to the stream's memory, which orders its next use behind the launch
};

CudaKernel named_kernel(const RecurrenceCall& call) {
  const auto kernel = call.options().kernel;
  require(kernel.has_value(), "ops::recurrence",
          "kernel is 'auto' below the operator that chooses, wanted sequential or chunked on {}",
          call.in().r.device().str());
  return *kernel;
}

/// f(std::type_identity<Real>) for the type of the call's tokens.
template <typename F>
auto with_type(const RecurrenceCall& call, F f) {
  if (call.type() == at::kDouble) return f(std::type_identity<double>());
  if (call.type() == at::kBFloat16) return f(std::type_identity<Bf16>());
  return f(std::type_identity<float>());
}

/// Numbers on a device that a checked call looks at, as kernels do on the host.
struct Numbers {
  const char* name;  // the kernels'
  const Tensor* tensor;
  bool reset = false;  // -infinity is legal
};

Status check_finite(const Numbers& x) {
  Tensor good = at::isfinite(*x.tensor);
  if (x.reset) good = good.logical_or(at::isneginf(*x.tensor));
  if (good.all().item<bool>()) return {};
  const auto place = good.logical_not().flatten().nonzero()[0].item<std::int64_t>();
  return kernels::bad_argument("ops::recurrence", x.name, place, kernels::kWantedFinite);
}

/// Where the call is checked, refuses what is not finite; waits for the device. `shown`: tensors beside the
/// inputs, and what the operator calls them.
void check(const RecurrenceCall& call, std::initializer_list<Numbers> numbers,
           std::initializer_list<RecurrenceCall::Named> shown = {}) {
  if (!kernels::checks_numbers(call.mode())) return;
  for (const Numbers& x : numbers)
    if (x.tensor != nullptr) call.require_ok(check_finite(x), shown);
}

void check_inputs(const RecurrenceCall& call) {
  const auto& in = call.in();
  const auto given = [](const std::optional<Tensor>& x) { return x ? &*x : nullptr; };
  check(call, {{"s0", given(in.s0)},
               {"r", &in.r},
               {"w", given(in.w), call.options().decay == Decay::log},
               {"k", &in.k},
               {"v", &in.v},
               {"a", given(in.a)},
               {"b", given(in.b)}});
}

}  // namespace

ForwardResult forward_cuda(const RecurrenceCall& call, bool checkpoints) {
  const OnDevice device(call, named_kernel(call));
  const auto shape = call.shape();
  check_inputs(call);
  auto result = empty_results(call, checkpoints);
  call.require_ok(with_type(call, [&]<typename Real>(std::type_identity<Real>) {
    return kernels::cuda::recurrence_forward<Real>(shape, device.mode(), call.inputs<Real>(),
                                                   outputs<Real>(call, result), device.launch());
  }));
  const Tensor &y = std::get<0>(result), &sT = std::get<1>(result);
  check(call, {{"y", &y}, {"sT", &sT}}, {{"y", &y}, {"sT", &sT}});
  return result;
}

BackwardResult backward_cuda(const RecurrenceCall& call, const OutputGradients& given) {
  const OnDevice device(call, named_kernel(call));
  const auto shape = call.shape();
  const Tensor* dsT = given.dsT ? &*given.dsT : nullptr;
  check_inputs(call);
  check(call, {{"dy", &given.dy}, {"dsT", dsT}}, {{"dy", &given.dy}, {"dsT", dsT}});
  auto result = empty_gradients(call);
  const auto space = at::empty({kernels::cuda::recurrence_workspace_size(shape, device.launch().kernel)},
                               call.in().r.options().dtype(call.state_type()));
  call.require_ok(with_type(call, [&]<typename Real>(std::type_identity<Real>) {
    using State = typename kernels::StateOf<Real>::Type;
    return kernels::cuda::recurrence_backward<Real>(
        shape, device.mode(), call.inputs<Real>(), numbers<State>(given.checkpoints), numbers<Real>(given.dy),
        numbers<State>(given.dsT), gradients<Real>(result), mutable_numbers<State>(space), device.launch());
  }));
  return result;
}

Tensor decode_cuda(const RecurrenceCall& call, const Tensor& state) {
  const OnDevice device(call, CudaKernel::sequential);
  const RecurrenceCall::Named shown{"s0", &state, "state"};
  check(call, {{"s0", &state}}, {shown});
  check_inputs(call);
  Tensor y = call.empty_y();
  call.require_ok(with_type(call, [&]<typename Real>(std::type_identity<Real>) {
    using State = typename kernels::StateOf<Real>::Type;
    return kernels::cuda::recurrence_decode<Real>(call.shape(), device.mode(), call.inputs<Real>(),
                                                  mutable_numbers<State>(state), mutable_numbers<Real>(y),
                                                  device.launch().stream);
  }));
  check(call, {{"y", &y}, {"sT", &state}}, {{"y", &y}, {"sT", &state, "state"}});
  return y;
}

std::int64_t block_memory(at::Device device) {
  if (kernels::cuda::device_count() == 0) return 0;
  const c10::DeviceGuard guard(device);
  return kernels::cuda::device_block_memory();
}

}  // namespace anser::ops
