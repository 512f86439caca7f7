#include "experiments/bench/cases.h"

#include <fmt/format.h>

namespace anser::bench {
namespace {

using kernels::Decay;
using kernels::Read;
using kernels::RecurrenceMode;
using kernels::RecurrenceShape;

struct Model {
  const char* name;
  RecurrenceMode mode;
  bool bf16 = false;
};

constexpr Model kRwkv7{.name = "rwkv7", .mode = {}};
constexpr Model kModels[] = {
    kRwkv7,
    {.name = "deltanet", .mode = {.decay = Decay::none}},
    {.name = "gated_deltanet", .mode = {.decay = Decay::log, .decay_per_head = true}},
    {.name = "gla", .mode = {.decay = Decay::log, .low_rank = false}},
    {.name = "rwkv6", .mode = {.decay = Decay::log, .low_rank = false, .read = Read::before}},
    {.name = "negative_decay", .mode = {.decay = Decay::direct, .low_rank = false}},
};

void add(std::vector<Case>& cases, const Model& model, const std::string& shape_name,
         const RecurrenceShape& shape, const std::vector<Pass>& passes) {
  for (const Pass pass : passes)
    cases.push_back({fmt::format("{}/{}/{}", model.name, shape_name, pass_name(pass)), shape, model.mode,
                     model.bf16, pass});
}

}  // namespace

const char* pass_name(Pass pass) {
  return pass == Pass::forward ? "forward" : pass == Pass::backward ? "backward" : "decode";
}

Work work_of(const Case& c) {
  const auto K = static_cast<double>(c.shape.keys), V = static_cast<double>(c.shape.values);
  const double KV = K * V, number = c.bf16 ? 2 : 4;
  const double decay = c.mode.decay == Decay::none ? 0 : 1, low_rank = c.mode.low_rank ? 1 : 0;
  const double w = decay * (c.mode.decay_per_head ? 1 : K);
  const double arguments = 2 * K + V + w + 2 * low_rank * K;  // r, k, v, w, a, b
  const double interval = kernels::kCheckpointInterval;
  // A forward step: v k and S r, the decay, S a and u b.
  const double step = 2 + decay + 2 * low_rank;
  Work work{.flops = 2 * KV * step, .state_bytes = 8 * KV, .array_bytes = number * (arguments + V)};
  if (c.pass == Pass::decode) work.array_bytes += 8 * KV;
  if (c.pass != Pass::backward) return work;
  // The step again, with dr in the place of S r; then D += dy r, dv, dk, the decay of D and dw, and du a, du,
  // db, da.
  work.flops += 2 * KV * (3 + 2 * decay + 4 * low_rank);
  // S and D are loaded and stored; S and D loaded once more for da and dw.
  work.state_bytes = 16 * KV + (decay + low_rank > 0 ? 4 * KV : 0) + decay * 4 * KV;
  work.array_bytes = number * (2 * arguments + V) + 4 * KV / interval;  // and gradients, dy, checkpoints
  return work;
}

std::vector<Case> all_cases() {
  const std::vector<Pass> both = {Pass::forward, Pass::backward};
  std::vector<Case> cases;
  for (const std::int64_t n : {64, 32, 16})
    for (const Model& model : kModels)
      add(cases, model, fmt::format("n{}", n), {1, 128, 256 / n, n, n}, both);
  add(cases, {.name = "rwkv7_bf16", .mode = {}, .bf16 = true}, "n64", {1, 128, 4, 64, 64}, both);
  add(cases, kRwkv7, "train", {64, 32, 2, 32, 32}, both);
  for (const std::int64_t heads : {16, 8192})
    add(cases, kRwkv7, fmt::format("heads{}", heads), {heads / 16, 1, 16, 64, 64}, {Pass::decode});
  return cases;
}

}  // namespace anser::bench
