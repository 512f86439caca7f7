// Times a rival's kernels that scripts/gpu-check.sh --rivals found, as bench_cuda times ours: 100 replays of
// a captured call, by events. Built there with plain nvcc, beside the rival's own source, which is no part of
// this repository:
//   -DRIVAL_OFFICIAL   RWKV-LM's rwkv7_clampw_v3*.cu     bf16 tokens, fp32 states
//   -DRIVAL_WIND       wind_rwkv's chunked_cuda.cu       bf16 tokens and states
// with -D_N_=64 -D_C_=64 -D_CHUNK_LEN_=16 -default-stream per-thread (they launch on the default stream,
// which only so may be captured). Prints lines PASS <tab> RIVAL <tab> SHAPE <tab> MICROSECONDS, the median of
// nine.
#include <cuda_bf16.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "benchmarks/kernels/cuda_timing.h"

using bf = __nv_bfloat16;

#ifdef RIVAL_OFFICIAL
void cuda_forward_v3(int B, int T, int H, bf* r, bf* w, bf* k, bf* v, bf* a, bf* b, bf* y, float* s,
                     float* sa);
void cuda_backward_v3(int B, int T, int H, bf* r, bf* w, bf* k, bf* v, bf* a, bf* b, bf* dy, float* s,
                      float* sa, bf* dr, bf* dw, bf* dk, bf* dv, bf* da, bf* db);
#else
void cuda_forward(int B, int T, int H, bf* w, bf* q, bf* k, bf* v, bf* a, bf* b, bf* s0, bf* y, bf* s,
                  bf* sT);
void cuda_backward(int B, int T, int H, bf* w, bf* q, bf* k, bf* v, bf* a, bf* b, bf* dy, bf* s, bf* dsT,
                   bf* dw, bf* dq, bf* dk, bf* dv, bf* da, bf* db, bf* ds0);
#endif

namespace anser::kernels::cuda {
namespace {

using tests::DeviceArray;
using tests::expect_cuda;

constexpr int kSize = 64, kChunk = 16;

/// Tokens of the size of a twentieth, both signs: states stay small with any decay.
std::vector<bf> drawn(std::size_t n) {
  std::vector<bf> x(n);
  unsigned bits = 1;
  for (bf& e : x) {
    bits = bits * 1664525u + 1013904223u;
    e = __float2bfloat16((static_cast<float>(bits >> 8) * 0x1p-24f - .5f) * .1f);
  }
  return x;
}

/// A rival's arrays; `in` holds seven, those of r, w, k, v, a, b and dy.
struct Arrays {
#ifdef RIVAL_OFFICIAL
  using State = float;
#else
  using State = bf;
#endif
  Arrays(std::size_t tokens, std::size_t states, std::size_t checkpoints)
      : in(drawn(7 * tokens)),
        y(tokens),
        dr(tokens),
        dw(tokens),
        dk(tokens),
        dv(tokens),
        da(tokens),
        db(tokens),
        sa(tokens, 0),
        saved(checkpoints, 0),
        s0(states, 0),
        sT(states, 0),
        ds0(states, 0),
        n(tokens) {}
  bf* input(int i) {
    return in.data() + i * n;
  }

  DeviceArray<bf> in, y, dr, dw, dk, dv, da, db;
  DeviceArray<float> sa;  // official: S a of every token
  DeviceArray<State> saved, s0, sT, ds0;
  std::size_t n;
};

void forward(int B, int T, int H, Arrays& x) {
  bf *r = x.input(0), *w = x.input(1), *k = x.input(2), *v = x.input(3), *a = x.input(4), *b = x.input(5);
#ifdef RIVAL_OFFICIAL
  cuda_forward_v3(B, T, H, r, w, k, v, a, b, x.y.data(), x.saved.data(), x.sa.data());
#else
  cuda_forward(B, T, H, w, r, k, v, a, b, x.s0.data(), x.y.data(), x.saved.data(), x.sT.data());
#endif
}

void backward(int B, int T, int H, Arrays& x) {
  bf *r = x.input(0), *w = x.input(1), *k = x.input(2), *v = x.input(3), *a = x.input(4), *b = x.input(5);
  bf* const dy = x.input(6);
#ifdef RIVAL_OFFICIAL
  cuda_backward_v3(B, T, H, r, w, k, v, a, b, dy, x.saved.data(), x.sa.data(), x.dr.data(), x.dw.data(),
                   x.dk.data(), x.dv.data(), x.da.data(), x.db.data());
#else
  cuda_backward(B, T, H, w, r, k, v, a, b, dy, x.saved.data(), x.s0.data(), x.dw.data(), x.dr.data(),
                x.dk.data(), x.dv.data(), x.da.data(), x.db.data(), x.ds0.data());
#endif
}

void print_time(const char* pass, int B, int T, int H, CapturedWork& work) {
#ifdef RIVAL_OFFICIAL
  const char* const name = "official_clampw_v3";
#else
  const char* const name = "wind_chunked";
#endif
  std::array<double, 9> seconds{};
  for (double& s : seconds) s = work.seconds();
  std::nth_element(seconds.begin(), seconds.begin() + 4, seconds.end());
  expect_cuda(cudaGetLastError());
  std::printf("%s\t%s\tB%d_T%d_H%d_N%d\t%.3f\n", pass, name, B, T, H, kSize, seconds[4] * 1e6);
}

void time_shape(int B, int T, int H) {
  const std::size_t heads = std::size_t{1} * B * H, states = heads * kSize * kSize;
  Arrays x(heads * T * kSize, states, states * (T / kChunk));
  forward(B, T, H, x);  // sets what a first call sets
  backward(B, T, H, x);
  expect_cuda(cudaDeviceSynchronize());
  CapturedWork forward_work([&] { forward(B, T, H, x); });
  print_time("forward", B, T, H, forward_work);
  CapturedWork backward_work([&] { backward(B, T, H, x); });
  print_time("backward", B, T, H, backward_work);
}

}  // namespace
}  // namespace anser::kernels::cuda

int main() {
  try {
    for (const auto& [B, T, H] : {std::array{8, 4096, 32}, {64, 512, 4}, {64, 32, 1}})
      anser::kernels::cuda::time_shape(B, T, H);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "rivals_cuda: %s\n", failure.what());
    return 1;
  }
  return 0;
}
