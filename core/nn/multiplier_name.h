// The transition multiplier c in ids and checkpoint metadata: "1", "2" or "1+w".
#pragma once

#include <string_view>

#include "kernels/fused/key_preparation.h"

namespace anser::nn {

/// InputError naming `where` and the text otherwise.
kernels::fused::Multiplier parse_multiplier(std::string_view text, std::string_view where);
std::string_view multiplier_name(kernels::fused::Multiplier c);

}  // namespace anser::nn
