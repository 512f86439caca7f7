// WKV-7 is a case of the recurrence: its entries check what is special to it and forward.
#include <torch/library.h>

#include "core/base/error.h"
#include "core/ops/checks.h"
#include "core/ops/ops.h"
#include "core/ops/recurrence.h"

namespace anser::ops {
namespace {

using at::Tensor;
using OptionalTensor = std::optional<Tensor>;

constexpr const char* kName = "ops::wkv7";

void check(const Tensor& r, const Tensor& w, const Tensor& k, const Tensor& v, const Tensor& a,
           const Tensor& b, const OptionalTensor& s0) {
  const auto type = r.scalar_type();
  const auto sizes = r.sym_sizes();
  require(r.dim() == 4, kName, "r has shape {}, wanted [B, T, H, N]", shape_text(sizes));
  require(type == at::kFloat || type == at::kDouble || type == at::kBFloat16, kName,
          "r is {}, wanted float, bfloat16 or double", at::toString(type));
  const std::pair<const char*, const Tensor&> arrays[] = {{"r", r}, {"w", w}, {"k", k},
                                                          {"v", v}, {"a", a}, {"b", b}};
  for (const auto& [name, x] : arrays) check_symbolic(kName, name, x, sizes, type, r.device());
  const std::vector<c10::SymInt> state{sizes[0], sizes[2], sizes[3], sizes[3]};
  const auto state_type = type == at::kBFloat16 ? at::kFloat : type;
  if (s0) check_symbolic(kName, "s0", *s0, state, state_type, r.device());
}

std::tuple<Tensor, Tensor> wkv7_by_name(const Tensor& r, const Tensor& w, const Tensor& k, const Tensor& v,
                                        const Tensor& a, const Tensor& b, const OptionalTensor& s0,
                                        std::string_view decay, std::string_view kernel) {
  require(decay == "logit" || decay == "log", kName, "decay is '{}', wanted logit or log", decay);
  return wkv7(r, w, k, v, a, b, s0, decay == "log" ? Decay::log : Decay::logit, parse_kernel(kName, kernel));
}

}  // namespace

std::tuple<Tensor, Tensor> wkv7(const Tensor& r, const Tensor& w, const Tensor& k, const Tensor& v,
                                const Tensor& a, const Tensor& b, const OptionalTensor& s0, Decay decay,
                                std::optional<CudaKernel> kernel) {
  require(decay == Decay::logit || decay == Decay::log, kName, "decay is {}, wanted logit or log",
          static_cast<int>(decay));
  check(r, w, k, v, a, b, s0);
  auto [y, sT, snapshots] = recurrence({r, w, k, v, a, b, s0, {}}, {.decay = decay, .kernel = kernel});
  return {std::move(y), std::move(sT)};
}

TORCH_LIBRARY_FRAGMENT(anser, m) {
  m.def(
      "wkv7(Tensor r, Tensor w, Tensor k, Tensor v, Tensor a, Tensor b, Tensor? s0=None, *, "
      "str decay='logit', str kernel='auto') -> (Tensor y, Tensor sT)",
      {at::Tag::pt2_compliant_tag});
}

TORCH_LIBRARY_IMPL(anser, CompositeImplicitAutograd, m) {
  m.impl("wkv7", wkv7_by_name);
}

}  // namespace anser::ops
