// bfloat16 numbers as kernels take them: the upper half of a float's bits.
#pragma once

#include <bit>
#include <cstdint>

#include "kernels/host_device.h"

namespace anser::kernels {

struct Bf16 {
  std::uint16_t bits = 0;
};

ANSER_HOST_DEVICE inline float to_float(Bf16 x) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(x.bits) << 16);
}
ANSER_HOST_DEVICE inline float to_float(float x) {
  return x;
}

/// Rounded to nearest, ties to even; a NaN stays a NaN.
ANSER_HOST_DEVICE inline Bf16 to_bf16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if (x != x) return {static_cast<std::uint16_t>((bits >> 16) | 0x40)};
  return {static_cast<std::uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16)};
}

}  // namespace anser::kernels
