// A kernel's verdict on its arguments, as an error of the library.
#pragma once

#include "kernels/status.h"

namespace anser::ops {

/// Throws the InputError that a kernel's Status stands for; the only place where one becomes the other.
void require_ok(const kernels::Status& status);

}  // namespace anser::ops
