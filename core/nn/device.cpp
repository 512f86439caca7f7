#include "core/nn/device.h"

#include "core/base/error.h"
#include "core/ops/cuda_library.h"
#include "core/ops/status.h"

namespace anser::nn {

at::Device parse_device(std::string_view where, std::string_view name) {
  require(name == "cpu" || name == "cuda", where, "device = \"{}\" is unknown, wanted cpu or cuda", name);
  if (name == "cpu") return at::kCPU;
  ops::require_cuda(where);
  return at::kCUDA;
}

std::optional<ops::CudaKernel> parse_kernel_on(std::string_view where, at::Device device,
                                               std::string_view named) {
  const auto kernel = ops::parse_kernel(where, named);
  require(!kernel || device.is_cuda(), where,
          "kernel is '{}', wanted auto on {}: kernels of CUDA alone are named", named, device.str());
  return kernel;
}

std::optional<ops::CudaKernel> fix_kernel(Model& model, at::Device device,
                                          std::optional<ops::CudaKernel> named, std::int64_t time) {
  if (!device.is_cuda()) return std::nullopt;
  ops::require_ok(kernels::cuda::prepare());
  return model.fix_kernel(named, time);
}

void move_parameters(Model& model, at::Device device) {
  const auto parameters = model.parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i)
    model.set_parameter(i, parameters[i].value.detach().to(device));
}

}  // namespace anser::nn
