#include "core/base/error.h"

namespace anser {

void assertion_failed(const char* condition, const char* file, int line) {
  throw InternalError(fmt::format("{}:{}: promise broken: {}", file, line, condition));
}

}  // namespace anser
