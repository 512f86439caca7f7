// What a core of this machine can do, in loops that do nothing else, with the instruction set that is in
// force (kernels/wkv7.h): what the speed of a kernel is measured against.
#pragma once

#include <cstdint>

namespace anser::kernels::cpu {

/// `rounds` times 80 multiply-adds of whole vectors in ten independent chains, without any memory. Returns
/// the floating-point operations done, two a multiply-add; *sink receives a number so that nothing is
/// dropped.
std::int64_t probe_multiply_add(std::int64_t rounds, float* sink);

/// Loads every vector of x[0..n) and stores it changed, `rounds` times: 8 n bytes a round. n a multiple of
/// 128, x aligned to 64 bytes.
void probe_update(float* x, std::int64_t n, std::int64_t rounds);

/// Loads every vector of x[0..n) once: 4 n bytes. n a multiple of 128, x aligned to 64 bytes.
void probe_read(const float* x, std::int64_t n, float* sink);

}  // namespace anser::kernels::cpu
