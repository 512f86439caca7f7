// Runs the CUDA kernels on a problem of the case table, on the device.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/recurrence.h"
#include "tests/support/device_array.h"
#include "tests/support/recurrence_compare.h"

namespace anser::tests {

/// A problem's arrays on the device and a call's outputs beside them.
template <typename Real>
class DeviceProblem {
 public:
  using State = typename kernels::StateOf<Real>::Type;

  DeviceProblem(const RecurrenceProblem& p, const RecurrenceArrays<Real>& in,
                kernels::cuda::CudaKernel kernel)
      : p_(p),
        kernel_(kernel),
        r_(in.r),
        w_(in.w),
        k_(in.k),
        v_(in.v),
        a_(in.a),
        b_(in.b),
        dy_(in.dy),
        s0_(in.s0),
        dsT_(in.dsT),
        cu_seqlens_(p.cu_seqlens),
        y_(in.v.size()),
        dr_(in.r.size()),
        dw_(in.w.size()),
        dk_(in.k.size()),
        dv_(in.v.size()),
        da_(in.a.size()),
        db_(in.b.size()),
        sT_(p.state_size()),
        ds0_(p.state_size()),
        checkpoints_(kernels::cuda::recurrence_checkpoint_size(p.shape(), kernel)),
        workspace_(kernels::cuda::recurrence_workspace_size(p.shape(), kernel)) {}

  /// Forward and backward pass on `stream`; does not wait for them.
  void launch(cudaStream_t stream = nullptr) {
    const kernels::cuda::CudaLaunch launch{kernel_, stream, cu_seqlens_.data()};
    const kernels::RecurrenceInputs<Real> in{r_.data(), w_.data(), k_.data(), v_.data(),
                                             a_.data(), b_.data(), s0_.data()};
    expect_ok(kernels::cuda::recurrence_forward<Real>(
        p_.shape(), p_.mode, in, {.y = y_.data(), .sT = sT_.data(), .checkpoints = checkpoints_.data()},
        launch));
    expect_ok(kernels::cuda::recurrence_backward<Real>(
        p_.shape(), p_.mode, in, checkpoints_.data(), dy_.data(), dsT_.data(),
        {dr_.data(), dw_.data(), dk_.data(), dv_.data(), da_.data(), db_.data(), ds0_.data()},
        workspace_.data(), launch));
  }

  /// Waits, and fetches what the mode has.
  RecurrenceResults<Real> results() const {
    expect_cuda(cudaDeviceSynchronize());
    RecurrenceResults<Real> out(p_, Real{}, State{});
    y_.copy_to(out.y), dr_.copy_to(out.dr), dk_.copy_to(out.dk), dv_.copy_to(out.dv);
    if (p_.mode.decay != kernels::Decay::none) dw_.copy_to(out.dw);
    if (p_.mode.low_rank) da_.copy_to(out.da), db_.copy_to(out.db);
    sT_.copy_to(out.sT), ds0_.copy_to(out.ds0);
    return out;
  }

 private:
  const RecurrenceProblem& p_;
  kernels::cuda::CudaKernel kernel_;
  DeviceArray<Real> r_, w_, k_, v_, a_, b_, dy_;
  DeviceArray<State> s0_, dsT_;
  DeviceArray<std::int64_t> cu_seqlens_;
  DeviceArray<Real> y_, dr_, dw_, dk_, dv_, da_, db_;
  DeviceArray<State> sT_, ds0_, checkpoints_, workspace_;
};

template <typename Real>
RecurrenceResults<Real> run_device(const RecurrenceProblem& p, const RecurrenceArrays<Real>& in,
                                   kernels::cuda::CudaKernel kernel) {
  DeviceProblem<Real> device(p, in, kernel);
  device.launch();
  return device.results();
}

}  // namespace anser::tests
