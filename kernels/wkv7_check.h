// Checks of the arguments that all backends of the WKV-7 recurrence make before they read a number.
#pragma once

#include "kernels/wkv7.h"

namespace anser::kernels {

/// Shape and input pointers of a call of `function`.
template <typename Real>
Status check_wkv7_inputs(const char* function, const Wkv7Shape& shape, Decay decay,
                         const Wkv7Inputs<Real>& in) {
  if (decay != Decay::logit && decay != Decay::log)
    return bad_argument(function, "decay", static_cast<std::int64_t>(decay), "logit or log");
  if (shape.batch < 0) return bad_argument(function, "shape.batch", shape.batch, "at least 0");
  if (shape.time < 0) return bad_argument(function, "shape.time", shape.time, "at least 0");
  if (shape.heads < 0) return bad_argument(function, "shape.heads", shape.heads, "at least 0");
  if (shape.size < 8 || shape.size > 128 || shape.size % 8 != 0)
    return bad_argument(function, "shape.size", shape.size, "a multiple of 8 in 8..128");
  if (shape.batch * shape.heads * shape.time == 0) return {};
  const struct {
    const char* name;
    const Real* data;
  } arrays[] = {{"r", in.r}, {"w", in.w}, {"k", in.k}, {"v", in.v}, {"a", in.a}, {"b", in.b}};
  for (const auto& array : arrays)
    if (array.data == nullptr)
      return bad_argument(function, array.name, 0, "an array of [B, T, H, N] numbers");
  return {};
}

/// An array that the call needs whenever the shape holds a token.
template <typename Real>
Status check_wkv7_array(const char* function, const Wkv7Shape& shape, const char* name, const Real* data) {
  const bool used = shape.batch * shape.heads * shape.time != 0;
  return used && data == nullptr ? bad_argument(function, name, 0, "an array that is not null") : Status{};
}

/// Everything that a backward call must be given beside the incoming gradient of the final state.
template <typename Real>
Status check_wkv7_backward(const char* function, const Wkv7Shape& shape, Decay decay,
                           const Wkv7Inputs<Real>& in, const Real* checkpoints, const Real* dy,
                           const Wkv7Gradients<Real>& grads, const Real* workspace) {
  if (Status s = check_wkv7_inputs(function, shape, decay, in); !s.ok()) return s;
  const struct {
    const char* name;
    const Real* data;
  } arrays[] = {{"checkpoints", checkpoints},
                {"dy", dy},
                {"dr", grads.dr},
                {"dw", grads.dw},
                {"dk", grads.dk},
                {"dv", grads.dv},
                {"da", grads.da},
                {"db", grads.db},
                {"workspace", workspace}};
  for (const auto& array : arrays)
    if (Status s = check_wkv7_array(function, shape, array.name, array.data); !s.ok()) return s;
  return {};
}

}  // namespace anser::kernels
