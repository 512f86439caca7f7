#include "core/nn/precision.h"

#include "core/base/error.h"
#include "core/base/ids.h"

namespace anser::nn {

Precision parse_precision(std::string_view name) {
  if (name == "fp32") return Precision::fp32;
  if (name == "bf16") return Precision::bf16;
  if (name == "fp64") return Precision::fp64;
  fail("nn::parse_precision", "unknown precision '{}'{}", name, suggest(name, {"fp32", "bf16", "fp64"}));
}

std::string_view precision_name(Precision precision) {
  if (precision == Precision::bf16) return "bf16";
  return precision == Precision::fp64 ? "fp64" : "fp32";
}

at::Tensor round_to_bf16(const at::Tensor& x) {
  return x.to(at::kBFloat16).to(x.scalar_type());
}

}  // namespace anser::nn
