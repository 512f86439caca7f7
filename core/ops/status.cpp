#include "core/ops/status.h"

#include "core/base/error.h"

namespace anser::ops {

void require_ok(const kernels::Status& status) {
  if (status.ok()) return;
  if (status.code == kernels::StatusCode::not_built)
    fail(status.function, "this build has no such backend, wanted a build with {}={}", status.argument,
         status.wanted);
  if (status.code == kernels::StatusCode::device_error)
    fail(status.function, "the device refused with error code {}", status.value);
  fail(status.function, "{} is {}, wanted {}", status.argument, status.value, status.wanted);
}

}  // namespace anser::ops
