// Scalar formulas of the decay, shared by host and device (docs/math/recurrence.md section 3).
#pragma once

#include <cmath>

#include "kernels/host_device.h"
#include "kernels/recurrence.h"

namespace anser::kernels {

/// exp(-1/2), the scale of the logarithm of RWKV-7's decay.
inline constexpr double kInvSqrtE = 0.60653065971263342360;

/// sigma(d) and sigma(d) sigma(-d), both without cancellation for any d.
template <typename Real>
struct Sigmoid {
  Real value;  // sigma(d)
  Real slope;  // sigma'(d) = sigma(d) sigma(-d)
};

template <typename Real>
ANSER_HOST_DEVICE Sigmoid<Real> sigmoid(Real d) {
  const Real z = std::exp(d < 0 ? d : -d);  // exp(-|d|), never above 1
  const Real q = Real(1) / (Real(1) + z);
  return {d < 0 ? z * q : q, z * q * q};
}

/// What one channel of one token needs to know about its decay w.
template <typename Real>
struct DecayFactors {
  Real
      shrink;  // expm1(log w) = w - 1: S <- fma(S, shrink, S) keeps a w near 1 exact; Decay::direct: w itself
  Real slope;  // d w / d(argument), the argument being the logit, log w or w
};

template <typename Real>
ANSER_HOST_DEVICE DecayFactors<Real> decay_factors(Decay decay, Real argument) {
  if (decay == Decay::none) return {Real(0), Real(0)};
  if (decay == Decay::direct) return {argument, Real(1)};
  if (decay == Decay::log) return {std::expm1(argument), std::exp(argument)};
  const Sigmoid<Real> s = sigmoid(argument);
  const Real log_w = -Real(kInvSqrtE) * s.value;
  return {std::expm1(log_w), std::exp(log_w) * (-Real(kInvSqrtE) * s.slope)};
}

/// w * s, from the factor of decay_factors.
template <typename Real>
ANSER_HOST_DEVICE Real decayed(Decay decay, Real shrink, Real s) {
  return decay == Decay::direct ? s * shrink : std::fma(s, shrink, s);
}

}  // namespace anser::kernels
