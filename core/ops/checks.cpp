#include "core/ops/checks.h"

#include <ATen/ops/zeros_like.h>
#include <fmt/ranges.h>

#include <sstream>

#include "core/base/error.h"

namespace anser::ops {
namespace {

std::string shape_text(at::IntArrayRef shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

std::string dtype_text(at::ScalarType type) {
  return std::string(at::scalarTypeToTypeMeta(type).name());
}

std::string dtype_text(const at::Tensor& tensor) {
  return dtype_text(tensor.scalar_type());
}

}  // namespace

std::string shape_text(c10::SymIntArrayRef shape) {
  std::ostringstream text;
  for (std::size_t i = 0; i < shape.size(); ++i) text << (i == 0 ? "[" : ", ") << shape[i];
  return text.str() + (shape.empty() ? "[]" : "]");
}

void check_leading(std::string_view op, std::string_view name, const at::Tensor& tensor, std::int64_t dims,
                   std::string_view wanted) {
  require(tensor.defined(), op, "{} is undefined, wanted {}", name, wanted);
  require(tensor.dim() == dims, op, "{} has shape {}, wanted {}", name, shape_text(tensor.sizes()), wanted);
  require(tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kDouble, op,
          "{} is {}, wanted float or double", name, dtype_text(tensor));
  require(tensor.is_contiguous(), op, "{} is not contiguous, wanted a contiguous tensor {}", name, wanted);
}

void check_argument(std::string_view op, std::string_view name, const at::Tensor& tensor,
                    at::IntArrayRef shape, const at::Tensor& like) {
  require(tensor.defined(), op, "{} is undefined, wanted shape {}", name, shape_text(shape));
  require(tensor.sizes() == shape, op, "{} has shape {}, wanted {}", name, shape_text(tensor.sizes()),
          shape_text(shape));
  require(tensor.scalar_type() == like.scalar_type(), op, "{} is {}, wanted {}", name, dtype_text(tensor),
          dtype_text(like));
  require(tensor.device() == like.device(), op, "{} is on {}, wanted {}", name, tensor.device().str(),
          like.device().str());
  require(tensor.is_contiguous(), op, "{} is not contiguous, wanted a contiguous tensor {}", name,
          shape_text(shape));
}

void check_symbolic(std::string_view op, std::string_view name, const at::Tensor& tensor,
                    c10::SymIntArrayRef shape, at::ScalarType type, at::Device device) {
  require(tensor.defined(), op, "{} is undefined, wanted shape {}", name, shape_text(shape));
  require(tensor.sym_sizes() == shape, op, "{} has shape {}, wanted {}", name, shape_text(tensor.sym_sizes()),
          shape_text(shape));
  require(tensor.scalar_type() == type, op, "{} is {}, wanted {}", name, dtype_text(tensor),
          dtype_text(type));
  require(tensor.device() == device, op, "{} is on {}, wanted {}", name, tensor.device().str(), device.str());
  require(tensor.is_contiguous(), op, "{} is not contiguous, wanted a contiguous tensor {}", name,
          shape_text(shape));
}

at::Tensor defined_gradient(const at::Tensor& gradient, const at::Tensor& like) {
  return gradient.defined() ? gradient.contiguous() : at::zeros_like(like, at::MemoryFormat::Contiguous);
}

}  // namespace anser::ops
