#include "core/ops/finite.h"

#include <ATen/ops/isfinite.h>
#include <fmt/ranges.h>

#include "core/base/error.h"

namespace anser::ops {

void require_finite(std::string_view where, std::string_view name, const at::Tensor& x) {
  if (!x.defined()) return;
  const at::Tensor finite = at::isfinite(x.detach()).flatten();
  if (finite.all().item<bool>()) return;
  const auto place = finite.logical_not().nonzero()[0].item<std::int64_t>();
  fail(where, "{} holds {} at place {} of [{}], wanted finite numbers", name,
       x.detach().flatten()[place].item<double>(), place, fmt::join(x.sizes(), ", "));
}

}  // namespace anser::ops
