#include "kernels/status.h"

namespace anser::kernels {

Status bad_argument(const char* function, const char* argument, std::int64_t value, const char* wanted) {
  return {StatusCode::bad_argument, function, argument, value, wanted};
}

}  // namespace anser::kernels
