// The WKV-7 recurrence by hand: a reflection swaps two entries of the state's row, twice is the identity.
#include <array>
#include <cstdio>

#include "kernels/wkv7.h"

int main() {
  constexpr int N = 8, T = 3;
  std::array<float, T * N> r{}, w{}, k{}, v{}, a{}, b{}, y{};
  // Token 0 writes psi = (1, 2, 0, ...) into row 0 of the state. log w = 0 everywhere: nothing decays.
  v[0] = 1;
  k[0] = 1;
  k[1] = 2;
  // Tokens 1 and 2: kappa_hat = (e_0 - e_1) / sqrt 2, in-context learning rate 1, c = 2, so b = 2 kappa_hat
  // and a = -kappa_hat.
  for (int t = 1; t < T; ++t) {
    const float h = 0.70710678f;
    a[t * N] = -h, a[t * N + 1] = h;
    b[t * N] = 2 * h, b[t * N + 1] = -2 * h;
  }
  for (int t = 0; t < T; ++t) r[t * N] = 1;  // read column 0

  const anser::kernels::Wkv7Shape shape{.batch = 1, .time = T, .heads = 1, .size = N};
  const auto status = anser::kernels::cpu::wkv7_forward(
      shape, anser::kernels::Decay::log,
      {r.data(), w.data(), k.data(), v.data(), a.data(), b.data(), nullptr}, y.data(), nullptr, nullptr);
  if (!status.ok()) return 1;
  for (int t = 0; t < T; ++t) std::printf("after token %d: psi[0] = %g\n", t, static_cast<double>(y[t * N]));
}
