#include "tests/support/pretend_device.h"

#include <ATen/Functions.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <array>
#include <cstdio>
#include <mutex>

#include "kernels/cuda/launch.h"
#include "tests/support/emulated_sequential.h"

namespace at {
namespace {

/// What autograd asks; its class must have this name and lie here.
struct CUDAHooks : CUDAHooksInterface {
  explicit CUDAHooks(CUDAHooksArgs) {}
  bool hasCUDA() const override { return true; }
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(DeviceIndex) const override { return true; }
  void init() const override {}
};

REGISTER_CUDA_HOOKS(CUDAHooks)

}  // namespace
}  // namespace at

namespace anser::tests {
namespace {

constexpr int kDevices = 2;
thread_local int device_now = 0;
thread_local std::array<std::int64_t, kDevices> stream_of{};
std::int64_t block_memory = 227 * 1024;
std::mutex mutex;
std::vector<PretendLaunch> launches;

/// What c10 asks of a device.
class PretendGuard final : public c10::impl::DeviceGuardImplInterface {
 public:
  c10::DeviceType type() const override { return at::kCUDA; }
  c10::Device exchangeDevice(c10::Device device) const override {
    const c10::Device before = getDevice();
    setDevice(device);
    return before;
  }
  c10::Device getDevice() const override { return {at::kCUDA, static_cast<c10::DeviceIndex>(device_now)}; }
  void setDevice(c10::Device device) const override { uncheckedSetDevice(device); }
  void uncheckedSetDevice(c10::Device device) const noexcept override {
    if (device.index() >= 0) device_now = device.index();
  }
  c10::Stream getStream(c10::Device device) const override {
    const int index = device.index() < 0 ? device_now : device.index();
    const c10::Device full(at::kCUDA, static_cast<c10::DeviceIndex>(index));
    return c10::Stream(c10::Stream::UNSAFE, full, stream_of[index]);
  }
  c10::Stream exchangeStream(c10::Stream stream) const override {
    const c10::Stream before = getStream(stream.device());
    stream_of[stream.device_index()] = stream.id();
    return before;
  }
  void* getStreamNativeHandle(const c10::Stream stream) const override {
    return reinterpret_cast<void*>(stream.id());
  }
  c10::DeviceIndex deviceCount() const noexcept override { return kDevices; }
  // Everything is done when it is asked for: events have nothing to wait for.
  void record(void**, const c10::Stream&, c10::DeviceIndex, c10::EventFlag) const override {}
  void block(void*, const c10::Stream&) const override {}
};

C10_REGISTER_GUARD_IMPL(CUDA, PretendGuard)

/// The same numbers as a tensor of the host; keeps x alive. One of nothing, which an operator may make
/// larger.
at::Tensor host_view(const at::Tensor& x) {
  if (x.numel() == 0) return at::empty(x.sizes(), at::TensorOptions(at::kCPU).dtype(x.dtype()));
  return at::from_blob(
      const_cast<void*>(x.const_data_ptr()), x.sizes(), x.strides(), [x](void*) {},
      at::TensorOptions(at::kCPU).dtype(x.dtype()));
}

/// The same numbers as a tensor of a device; keeps x alive.
at::Tensor device_view(const at::Tensor& x, c10::Device device) {
  c10::DataPtr data(
      x.storage().mutable_data(), new at::Tensor(x),
      [](void* held) { delete static_cast<at::Tensor*>(held); }, device);
  c10::Storage storage(c10::Storage::use_byte_size_t(), x.storage().nbytes(), std::move(data), nullptr,
                       false);
  at::Tensor out = at::detail::make_tensor<c10::TensorImpl>(
      std::move(storage), c10::DispatchKeySet(c10::DispatchKey::CUDA), x.dtype());
  out.unsafeGetTensorImpl()->set_sizes_and_strides(x.sizes(), x.strides(), x.storage_offset());
  return out;
}

/// Makes `own` the device's view of a result that the operator gave its size.
void adopt(const at::Tensor& own, const at::Tensor& result) {
  if (own.sizes() == result.sizes()) return;
  const at::Tensor view = device_view(result, own.device());
  own.unsafeGetTensorImpl()->set_storage_keep_dtype(view.storage());
  own.unsafeGetTensorImpl()->set_sizes_and_strides(view.sizes(), view.strides(), view.storage_offset());
}

/// Runs an operator on host views of its tensors. What it changes in place it returns itself; all other
/// results are tensors of the device.
void run_on_host(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const auto& schema = op.schema();
  const std::size_t count = schema.arguments().size(), first = stack->size() - count;
  std::vector<std::pair<at::Tensor, at::Tensor>> views;  // of the device, of the host
  c10::Device device(at::kCUDA, static_cast<c10::DeviceIndex>(device_now));
  const auto view = [&](const at::Tensor& x) {
    if (!x.defined() || !x.is_cuda()) return x;
    device = x.device();
    views.emplace_back(x, host_view(x));
    return views.back().second;
  };
  for (std::size_t i = first; i < stack->size(); ++i) {
    c10::IValue& value = (*stack)[i];
    if (value.isTensor()) value = view(value.toTensor());
    if (value.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& x : value.toTensorVector()) list.push_back(view(x));
      value = list;
    }
    if (value.isDevice() && value.toDevice().is_cuda()) {
      if (value.toDevice().has_index()) device = value.toDevice();
      value = c10::Device(at::kCPU);
    }
  }
  op.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
  for (std::size_t i = stack->size() - schema.returns().size(); i < stack->size(); ++i) {
    c10::IValue& value = (*stack)[i];
    if (!value.isTensor() || !value.toTensor().defined()) continue;
    const at::Tensor result = value.toTensor();
    value = device_view(result, device);
    for (const auto& [own, host] : views)
      if (host.is_same(result)) adopt(own, result), value = own;
  }
}

at::Tensor& copy_numbers(at::Tensor& to, const at::Tensor& from, bool) {
  const auto host = [](const at::Tensor& x) { return x.is_cuda() ? host_view(x) : x; };
  host(to).copy_(host(from));
  return to;
}

/// Runs the blocks of a launch; 719, as a failed launch, with the fault on stderr.
template <class Program>
int run_blocks(const char* kernel, const kernels::cuda::LaunchSize& size, void* stream, Program program) {
  {
    const std::lock_guard lock(mutex);
    launches.push_back({kernel, device_now, reinterpret_cast<std::int64_t>(stream)});
  }
  const std::string fault = run_emulated_blocks(size, {}, program);
  if (fault.empty()) return 0;
  std::fprintf(stderr, "%s: %s\n", kernel, fault.c_str());
  return 719;
}

template <typename Io>
int run_forward(const char* kernel, const kernels::cuda::SequentialCall<Io>& call,
                const kernels::cuda::LaunchSize& size, void* stream) {
  return kernels::cuda::with_lanes(call.shape.keys, [&](auto lanes) {
    return run_blocks(kernel, size, stream, [&](EmulatedContext& ctx, std::int64_t block) {
      kernels::cuda::sequential_forward<lanes()>(ctx, call, block);
    });
  });
}

template <typename Io>
int run_backward(const char* kernel, const kernels::cuda::SequentialBackwardCall<Io>& call,
                 const kernels::cuda::LaunchSize& size, void* stream) {
  return kernels::cuda::with_lanes(call.shape.keys, [&](auto lanes) {
    return run_blocks(kernel, size, stream, [&](EmulatedContext& ctx, std::int64_t block) {
      kernels::cuda::sequential_backward<lanes()>(ctx, call, block);
    });
  });
}

}  // namespace

std::vector<PretendLaunch> take_launches() {
  const std::lock_guard lock(mutex);
  return std::exchange(launches, {});
}

BlockMemory::BlockMemory(std::int64_t bytes) : before_(std::exchange(block_memory, bytes)) {}

BlockMemory::~BlockMemory() {
  block_memory = before_;
}

at::Tensor to_device(const at::Tensor& x, int device) {
  return x.to(c10::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device)));
}

CurrentStream::CurrentStream(int device, std::int64_t stream)
    : device_(device), before_(std::exchange(stream_of[device], stream)) {}

CurrentStream::~CurrentStream() {
  stream_of[device_] = before_;
}

int current_device() {
  return device_now;
}

TORCH_LIBRARY_IMPL(_, CUDA, m) {
  m.fallback(torch::CppFunction::makeFromBoxedFunction<&run_on_host>());
}

TORCH_LIBRARY_IMPL(aten, CUDA, m) {
  m.impl("copy_", copy_numbers);
}

}  // namespace anser::tests

namespace anser::kernels::cuda {

bool built() {
  return true;
}
int device_count() {
  return tests::kDevices;
}
std::int64_t device_block_memory() {
  return tests::block_memory;
}
int prepare_device() {
  return 0;
}
int launch(const SequentialCall<float>& call, const LaunchSize& size, void* stream) {
  return tests::run_forward("sequential float forward", call, size, stream);
}
int launch(const SequentialCall<double>& call, const LaunchSize& size, void* stream) {
  return tests::run_forward("sequential double forward", call, size, stream);
}
int launch(const SequentialCall<Bf16>& call, const LaunchSize& size, void* stream) {
  return tests::run_forward("sequential bf16 forward", call, size, stream);
}
int launch(const SequentialBackwardCall<float>& call, const LaunchSize& size, void* stream) {
  return tests::run_backward("sequential float backward", call, size, stream);
}
int launch(const SequentialBackwardCall<double>& call, const LaunchSize& size, void* stream) {
  return tests::run_backward("sequential double backward", call, size, stream);
}
int launch(const SequentialBackwardCall<Bf16>& call, const LaunchSize& size, void* stream) {
  return tests::run_backward("sequential bf16 backward", call, size, stream);
}
int launch(const ChunkForwardCall& call, const LaunchSize& size, void* stream) {
  return with_chunk_size(call.shape.keys, [&](auto n) {
    return tests::run_blocks("chunked forward", size, stream,
                             [&](tests::EmulatedContext& ctx, std::int64_t block) {
                               if (call.mode.low_rank) return chunk_forward<n(), true>(ctx, call, block);
                               chunk_forward<n(), false>(ctx, call, block);
                             });
  });
}
int launch(const ChunkBackwardCall& call, const LaunchSize& size, void* stream) {
  return with_chunk_size(call.shape.keys, [&](auto n) {
    return tests::run_blocks("chunked backward", size, stream,
                             [&](tests::EmulatedContext& ctx, std::int64_t block) {
                               if (call.mode.low_rank) return chunk_backward<n(), true>(ctx, call, block);
                               chunk_backward<n(), false>(ctx, call, block);
                             });
  });
}

int launch(const AdamWCall& call, const LaunchSize& norm, const LaunchSize& update, void* stream) {
  const int error = tests::run_blocks(
      "adamw norm", norm, stream,
      [&](tests::EmulatedContext& ctx, std::int64_t block) { adamw_norm(ctx, call, block); });
  if (error != 0) return error;
  return tests::run_blocks(
      "adamw update", update, stream,
      [&](tests::EmulatedContext& ctx, std::int64_t block) { adamw_update(ctx, call, block); });
}

}  // namespace anser::kernels::cuda
