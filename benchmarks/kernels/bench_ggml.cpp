// ggml's WKV-7 operator against ours, one thread, interleaved, through its public interface. ggml is given
// the decays ready, ours forms them from logits; both results are compared. Both run on the best instruction
// set of this machine, ggml on what it was built for.
//
//     cmake -S ggml -B ggml/build -DGGML_NATIVE=ON -DGGML_OPENMP=OFF -DBUILD_SHARED_LIBS=OFF
//           -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=$PWD/ggml-installed
//     cmake --build ggml/build --target install
//     cmake -B build -DANSER_GGML_DIR=$PWD/ggml-installed && cmake --build build --target bench_ggml
//     bench_ggml [rounds = 40]
#include <ggml-cpu.h>
#include <ggml.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "kernels/recurrence_math.h"
#include "kernels/wkv7.h"
#include "tests/support/wkv7_compare.h"

namespace anser::benchmarks {
namespace {

using kernels::Wkv7Shape;
using tests::Wkv7Problem;

/// One call of ggml_rwkv_wkv7 on copies of a problem's inputs, its state zero.
class Ggml {
 public:
  explicit Ggml(const Wkv7Problem& p) {
    const auto [B, T, H, N] = p.shape;
    const std::size_t numbers = 8 * p.tokens() + 3 * p.states();
    context_ = ggml_init({numbers * sizeof(float) + (std::size_t{16} << 20), nullptr, false});
    std::vector<float> w(p.w);
    for (float& x : w) x = 1 + kernels::decay_factors(p.decay, x).shrink;
    const auto rows = [&, H = H, N = N, tokens = B * T](const std::vector<float>& x) {
      return filled(ggml_new_tensor_3d(context_, GGML_TYPE_F32, N, H, tokens), x);
    };
    ggml_tensor* state = filled(ggml_new_tensor_2d(context_, GGML_TYPE_F32, N * N * H, B),
                                std::vector<float>(p.states(), 0.0f));
    result_ = ggml_rwkv_wkv7(context_, rows(p.r), rows(w), rows(p.k), rows(p.v), rows(p.a), rows(p.b), state);
    graph_ = ggml_new_graph(context_);
    ggml_build_forward_expand(graph_, result_);
    plan_ = ggml_graph_plan(graph_, 1, nullptr);
    work_.resize(plan_.work_size);
    plan_.work_data = work_.data();
  }
  ~Ggml() { ggml_free(context_); }
  Ggml(const Ggml&) = delete;
  Ggml& operator=(const Ggml&) = delete;

  void run() { ggml_graph_compute(graph_, &plan_); }
  const float* y() const { return static_cast<const float*>(result_->data); }

 private:
  static ggml_tensor* filled(ggml_tensor* tensor, const std::vector<float>& x) {
    std::memcpy(tensor->data, x.data(), x.size() * sizeof(float));
    return tensor;
  }

  ggml_context* context_;
  ggml_tensor* result_;
  ggml_cgraph* graph_;
  ggml_cplan plan_;
  std::vector<std::uint8_t> work_;
};

double thread_seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double seconds(auto run) {
  const double start = thread_seconds();
  run();
  return thread_seconds() - start;
}

double median(std::vector<double> x) {
  std::nth_element(x.begin(), x.begin() + x.size() / 2, x.end());
  return x[x.size() / 2];
}

double relative_difference(const std::vector<float>& x, const float* y) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    difference += std::pow(x[i] - y[i], 2);
    size += std::pow(x[i], 2);
  }
  return std::sqrt(difference / size);
}

void compare(const Wkv7Shape& shape, int rounds) {
  const Wkv7Problem p = tests::make_wkv7_problem({&tests::wkv7_regimes()[0], shape, false});
  tests::Wkv7Outputs<float> out(p);
  Ggml rival(p);
  std::vector<double> ours, theirs, ratios;
  for (int round = 0; round < rounds; ++round) {
    ours.push_back(seconds([&] {
      tests::expect_ok(
          kernels::cpu::wkv7_forward(shape, p.decay, tests::wkv7_inputs(p), out.y.data(), nullptr, nullptr));
    }));
    theirs.push_back(seconds([&] { rival.run(); }));
    ratios.push_back(theirs.back() / ours.back());
  }
  const double token_heads = static_cast<double>(shape.batch * shape.time * shape.heads) * 1e-9;
  std::printf(
      "B=%lld T=%lld H=%lld N=%lld: ours %.0f ns per token and head, ggml %.0f, ratio %.2f; y differs by "
      "%.1e\n",
      static_cast<long long>(shape.batch), static_cast<long long>(shape.time),
      static_cast<long long>(shape.heads), static_cast<long long>(shape.size), median(ours) / token_heads,
      median(theirs) / token_heads, median(ratios), relative_difference(out.y, rival.y()));
}

}  // namespace
}  // namespace anser::benchmarks

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(std::atoi(argv[1]), 1) : 40;
  for (const anser::kernels::Wkv7Shape& shape :
       {anser::kernels::Wkv7Shape{1, 512, 12, 64}, {1, 512, 1, 64}, {64, 32, 2, 64}})
    anser::benchmarks::compare(shape, rounds);
}
