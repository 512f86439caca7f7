// The hash of the automata's own tables: every bit of the input reaches every bit of the result.
#pragma once

#include <cstdint>

namespace anser::automata {

inline std::uint64_t mix_bits(std::uint64_t x) {
  x *= 0x9E3779B97F4A7C15ULL;
  x ^= x >> 32;
  x *= 0xD6E8FEB86659FD93ULL;
  return x ^ (x >> 32);
}

}  // namespace anser::automata
