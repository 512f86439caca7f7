// The cases that `anser bench` times: models of docs/math/recurrence.md section 4 in a few shapes, and what a
// call of each costs by count.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/recurrence.h"

namespace anser::bench {

enum class Pass : std::uint8_t { forward, backward, decode };
const char* pass_name(Pass pass);

struct Case {
  std::string name;  // "gla/n64/forward"
  kernels::RecurrenceShape shape;
  kernels::RecurrenceMode mode;
  bool bf16 = false;
  Pass pass = Pass::forward;

  std::int64_t token_heads() const { return shape.sequences * shape.time * shape.heads; }
};

/// Per token and head (docs/how-to/bench.md).
struct Work {
  double flops = 0;        // two a multiply-add of the algorithm
  double state_bytes = 0;  // loads and stores of S and its adjoint, token by token: traffic of the L1 cache
  double array_bytes = 0;  // of arguments, results and checkpoints, each moved once: traffic of the memory
};
Work work_of(const Case& c);

/// Six models at N = 64, 32 and 16 with H N = 256, RWKV-7 in bf16 and in the shape of the quick S5 training
/// step (B = 64, T = 32, H = 2, N = 32), forward and backward; one decoding step of 16 and of 8192 heads.
std::vector<Case> all_cases();

}  // namespace anser::bench
