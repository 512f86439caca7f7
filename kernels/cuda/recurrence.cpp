// Calls of kernels/recurrence.h on a CUDA device: checks, and the launch of the named kernel.
#include "kernels/cuda/launch.h"
#include "kernels/recurrence_check.h"

namespace anser::kernels::cuda {
namespace {

constexpr const char* kArray = "an array that is not null";

Status not_built(const char* function) {
  return {StatusCode::not_built, function, "ANSER_CUDA", 0, "ON"};
}

Status device_status(const char* function, int error) {
  return error == 0 ? Status{} : Status{StatusCode::device_error, function, "CUDA", error, "cudaSuccess"};
}

/// What a call on a device may not ask for.
Status check_launch(const char* function, const RecurrenceShape& shape, const RecurrenceMode& mode,
                    const CudaLaunch& launch) {
  if (!built()) return not_built(function);
  if (mode.check)
    return bad_argument(function, "mode.check", 1, "false: numbers on a device are not looked at");
  if (shape.cu_seqlens != nullptr && launch.cu_seqlens == nullptr)
    return bad_argument(function, "launch.cu_seqlens", 0, "a copy of shape.cu_seqlens on the device");
  return {};
}

/// Whether a block of the launch has room on the current device.
Status check_memory(const char* function, const LaunchSize& size, CudaKernel kernel) {
  if (size.block_memory <= device_block_memory()) return {};
  return bad_argument(function, "shared memory of a block", size.block_memory,
                      kernel == CudaKernel::chunked
                          ? "no more bytes than the device has: use the sequential kernel or fewer keys"
                          : "no more bytes than the device has: use float or fewer keys");
}

/// The chunked kernel moves 16 bytes at once.
Status check_alignment(const char* function, const char* name, const void* array) {
  const auto past = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(array) % 16);
  return past == 0 ? Status{}
                   : bad_argument(function, name, past, "an address 0 bytes past a multiple of 16");
}

Status check_alignment(const char* function, const RecurrenceInputs<Bf16>& in) {
  const struct {
    const char* name;
    const void* array;
  } arrays[] = {{"r", in.r}, {"w", in.w}, {"k", in.k}, {"v", in.v}, {"a", in.a}, {"b", in.b}};
  for (const auto& [name, array] : arrays)
    if (Status s = check_alignment(function, name, array); !s.ok()) return s;
  return {};
}

Status check_alignment(const char* function, const RecurrenceGradients<Bf16>& grads) {
  const struct {
    const char* name;
    const void* array;
  } arrays[] = {{"dr", grads.dr}, {"dw", grads.dw}, {"dk", grads.dk},
                {"dv", grads.dv}, {"da", grads.da}, {"db", grads.db}};
  for (const auto& [name, array] : arrays)
    if (Status s = check_alignment(function, name, array); !s.ok()) return s;
  return {};
}

RecurrenceShape on_device(const RecurrenceShape& shape, const CudaLaunch& launch) {
  RecurrenceShape device = shape;
  device.cu_seqlens = launch.cu_seqlens;
  return device;
}

/// Prepares the device, looks whether there is room, and launches.
template <typename Call>
Status run(const char* function, const Call& call, const LaunchSize& size, CudaKernel kernel, void* stream) {
  if (size.blocks == 0) return {};
  if (Status s = device_status(function, prepare_device()); !s.ok()) return s;
  if (Status s = check_memory(function, size, kernel); !s.ok()) return s;
  return device_status(function, launch(call, size, stream));
}

template <typename Real>
Status sequential_forward(const char* function, const RecurrenceShape& shape, const RecurrenceMode& mode,
                          const RecurrenceInputs<Real>& in, const RecurrenceOutputs<Real>& out,
                          const CudaLaunch& launch) {
  const SequentialCall<Real> call{
      on_device(shape, launch), mode, in, out.y, out.sT, out.checkpoints, out.snapshots,
      out.snapshot_interval};
  const LaunchSize size = sequential_launch_size(shape, sizeof(typename StateOf<Real>::Type), false);
  return run(function, call, size, CudaKernel::sequential, launch.stream);
}

}  // namespace

Status prepare() {
  constexpr const char* kFunction = "kernels::cuda::prepare";
  return built() ? device_status(kFunction, prepare_device()) : not_built(kFunction);
}

template <typename Real>
Status recurrence_forward(const RecurrenceShape& shape, const RecurrenceMode& mode,
                          const RecurrenceInputs<Real>& in, const RecurrenceOutputs<Real>& out,
                          const CudaLaunch& launch) {
  constexpr const char* kFunction = "kernels::cuda::recurrence_forward";
  constexpr bool kBf16 = std::is_same_v<Real, Bf16>;
  if (Status s = check_launch(kFunction, shape, mode, launch); !s.ok()) return s;
  if (Status s = check_recurrence_inputs(kFunction, shape, mode, in, Memory::device); !s.ok()) return s;
  if (Status s = check_recurrence_outputs(kFunction, shape, out); !s.ok()) return s;
  if (Status s = check_kernel(kFunction, launch.kernel, shape, mode, kBf16, out.snapshots != nullptr);
      !s.ok())
    return s;
  if (launch.kernel == CudaKernel::sequential)
    return sequential_forward(kFunction, shape, mode, in, out, launch);
  if constexpr (kBf16) {
    if (Status s = check_alignment(kFunction, in); !s.ok()) return s;
    if (Status s = check_alignment(kFunction, "y", out.y); !s.ok()) return s;
    const ChunkForwardCall call{on_device(shape, launch), mode, in, out.y, out.sT, out.checkpoints};
    return run(kFunction, call, chunk_launch_size(shape, false), launch.kernel, launch.stream);
  }
  return {};
}

template <typename Real>
Status recurrence_backward(const RecurrenceShape& shape, const RecurrenceMode& mode,
                           const RecurrenceInputs<Real>& in, const typename StateOf<Real>::Type* checkpoints,
                           const Real* dy, const typename StateOf<Real>::Type* dsT,
                           const RecurrenceGradients<Real>& grads, typename StateOf<Real>::Type* workspace,
                           const CudaLaunch& launch) {
  constexpr const char* kFunction = "kernels::cuda::recurrence_backward";
  constexpr bool kBf16 = std::is_same_v<Real, Bf16>;
  if (Status s = check_launch(kFunction, shape, mode, launch); !s.ok()) return s;
  if (Status s = check_recurrence_inputs(kFunction, shape, mode, in, Memory::device); !s.ok()) return s;
  if (Status s = check_recurrence_backward(kFunction, shape, mode, dy, dsT, grads, Memory::device); !s.ok())
    return s;
  if (Status s = check_kernel(kFunction, launch.kernel, shape, mode, kBf16, false); !s.ok()) return s;
  if (shape.sequences * shape.heads == 0) return {};
  if (shape.time != 0 && checkpoints == nullptr) return bad_argument(kFunction, "checkpoints", 0, kArray);
  if (shape.time != 0 && workspace == nullptr) return bad_argument(kFunction, "workspace", 0, kArray);
  const RecurrenceShape device = on_device(shape, launch);
  if (launch.kernel == CudaKernel::sequential) {
    const SequentialBackwardCall<Real> call{device, mode, in, checkpoints, dy, dsT, grads, workspace};
    return run(kFunction, call, sequential_launch_size(shape, sizeof(*workspace), true), launch.kernel,
               launch.stream);
  }
  if constexpr (kBf16) {
    if (Status s = check_alignment(kFunction, in); !s.ok()) return s;
    if (Status s = check_alignment(kFunction, "dy", dy); !s.ok()) return s;
    if (Status s = check_alignment(kFunction, grads); !s.ok()) return s;
    const ChunkBackwardCall call{device, mode, in, checkpoints, dy, dsT, grads, workspace};
    return run(kFunction, call, chunk_launch_size(shape, true), launch.kernel, launch.stream);
  }
  return {};
}

template <typename Real>
Status recurrence_decode(const RecurrenceShape& shape, const RecurrenceMode& mode,
                         const RecurrenceInputs<Real>& in, typename StateOf<Real>::Type* state, Real* y,
                         void* stream) {
  constexpr const char* kFunction = "kernels::cuda::recurrence_decode";
  if (!built()) return not_built(kFunction);
  if (shape.time != 1) return bad_argument(kFunction, "shape.time", shape.time, "1");
  if (shape.cu_seqlens != nullptr)
    return bad_argument(kFunction, "shape.cu_seqlens", shape.cu_seqlens[shape.sequences],
                        "null: one token for each sequence");
  RecurrenceInputs<Real> inputs = in;
  inputs.s0 = state;
  const RecurrenceOutputs<Real> out{.y = y, .sT = state};
  const CudaLaunch launch{.stream = stream};
  if (Status s = check_launch(kFunction, shape, mode, launch); !s.ok()) return s;
  if (Status s = check_recurrence_inputs(kFunction, shape, mode, inputs, Memory::device); !s.ok()) return s;
  if (shape.sequences * shape.heads == 0) return {};
  if (state == nullptr) return bad_argument(kFunction, "state", 0, kArray);
  if (Status s = check_recurrence_outputs(kFunction, shape, out); !s.ok()) return s;
  return sequential_forward(kFunction, shape, mode, inputs, out, launch);
}

#define ANSER_INSTANTIATE(Real)                                                                              \
  template Status recurrence_forward(const RecurrenceShape&, const RecurrenceMode&,                          \
                                     const RecurrenceInputs<Real>&, const RecurrenceOutputs<Real>&,          \
                                     const CudaLaunch&);                                                     \
  template Status recurrence_backward<Real>(                                                                 \
      const RecurrenceShape&, const RecurrenceMode&, const RecurrenceInputs<Real>&,                          \
      const StateOf<Real>::Type*, const Real*, const StateOf<Real>::Type*, const RecurrenceGradients<Real>&, \
      StateOf<Real>::Type*, const CudaLaunch&);                                                              \
  template Status recurrence_decode<Real>(const RecurrenceShape&, const RecurrenceMode&,                     \
                                          const RecurrenceInputs<Real>&, StateOf<Real>::Type*, Real*,        \
                                          void*);
ANSER_INSTANTIATE(float)
ANSER_INSTANTIATE(double)
ANSER_INSTANTIATE(Bf16)
#undef ANSER_INSTANTIATE

}  // namespace anser::kernels::cuda
