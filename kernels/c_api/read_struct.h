// Structs that a C caller of another version filled.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "kernels/status.h"

namespace anser::kernels::c_api {

/// Names of a struct in an error: "shape" and "shape.struct_size".
struct StructName {
  const char* itself;
  const char* size;
};

/// Copies *from, whose first member struct_size is its size where it was compiled: fields that it lacks
/// become 0, and bytes that this library does not know must be 0.
template <typename Struct>
Status read_struct(const char* function, StructName name, const Struct* from, Struct* to) {
  constexpr std::size_t kLargest = 4096;  // beyond, struct_size was never set
  if (from == nullptr) return bad_argument(function, name.itself, 0, "a struct that is not null");
  const std::size_t size = from->struct_size;
  if (size < sizeof(std::size_t) || size > kLargest)
    return bad_argument(function, name.size, static_cast<std::int64_t>(size), "the sizeof of the struct");
  const auto* bytes = reinterpret_cast<const unsigned char*>(from);
  for (std::size_t i = sizeof(Struct); i < size; ++i)
    if (bytes[i] != 0)
      return bad_argument(function, name.size, static_cast<std::int64_t>(size),
                          "a struct no newer than this library where it is not 0");
  *to = {};
  std::memcpy(to, from, std::min(size, sizeof(Struct)));
  return {};
}

}  // namespace anser::kernels::c_api
