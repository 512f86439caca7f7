#include "tests/support/emulated_block.h"

#include <boost/context/fiber.hpp>
#include <boost/context/fixedsize_stack.hpp>
#include <cmath>
#include <random>
#include <utility>

#include "kernels/bf16.h"

namespace anser::tests {
namespace {

namespace context = boost::context;

constexpr int kLanes = 32;
constexpr std::size_t kStackBytes = 128 << 10;
constexpr std::size_t kGranule = 2;  // bytes that share a record: nothing in shared memory is smaller

/// Who touched a granule last. Time is counted per warp in synchronisations.
struct Touch {
  std::int16_t writer = -1;          // thread
  std::uint32_t written = 0;         // the writer's warp's time then
  std::vector<std::uint32_t> read;   // by warp: its time then + 1, 0 for never
  std::vector<std::int16_t> reader;  // by warp: the lane, -2 for several
};

struct MmaArguments {
  float* c;
  const std::uint32_t* a;
  std::uint32_t b[2];
};
struct MatrixArguments {
  std::uint32_t* out;
  const std::uint16_t* row;
};
struct ShuffleArguments {
  std::uint64_t value;
  int source;  // lane
  std::uint64_t result;
};

float number(std::uint32_t pair, int half) {
  return std::bit_cast<float>(half == 0 ? pair << 16 : pair & 0xffff0000U);
}

/// c + sum of a[k] b[k], every addend cut off 24 bits below the largest one's leading bit, the sum cut off to
/// fp32.
float truncating_sum(float c, const float* a, const float* b) {
  double addends[17] = {c};
  double largest = std::fabs(c);
  for (int k = 0; k < 16; ++k) {
    addends[k + 1] = static_cast<double>(a[k]) * static_cast<double>(b[k]);
    largest = std::max(largest, std::fabs(addends[k + 1]));
  }
  if (largest == 0 || !std::isfinite(largest)) {
    double sum = 0;
    for (const double x : addends) sum += x;
    return static_cast<float>(sum);
  }
  const int exponent = static_cast<int>(std::bit_cast<std::uint64_t>(largest) >> 52) - 1023;
  const double quantum = std::ldexp(1.0, exponent - 24), scale = std::ldexp(1.0, 24 - exponent);
  std::int64_t sum = 0;
  for (const double x : addends) sum += static_cast<std::int64_t>(x * scale);
  const double exact = static_cast<double>(sum) * quantum;
  const auto rounded = static_cast<float>(exact);
  return std::fabs(static_cast<double>(rounded)) > std::fabs(exact) ? std::nextafterf(rounded, 0.0F)
                                                                    : rounded;
}

}  // namespace

struct EmulatedBlock::State {
  struct Lane {
    context::fiber fiber, back;
    Operation operation = Operation::none;
    void* arguments = nullptr;
    bool finished = false;
  };

  int warps;
  std::vector<std::byte> memory;
  std::vector<Touch> touches;
  std::vector<Lane> lanes;
  std::vector<std::vector<std::uint32_t>> clock;  // [warp][other]: the other's time that the warp has seen
  std::mt19937_64 random;
  std::string fault;
  int left_out = -1, barriers = 0;

  State(int warps_, std::size_t bytes, std::uint64_t seed)
      : warps(warps_), memory(bytes + 256), touches(bytes / kGranule + 1), random(seed) {
    for (Touch& touch : touches)
      touch.read.assign(static_cast<std::size_t>(warps), 0),
          touch.reader.assign(static_cast<std::size_t>(warps), -1);
  }

  std::byte* base() {
    auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    return memory.data() + (128 - address % 128) % 128;
  }
  std::uint32_t& time(int warp) {
    return clock[static_cast<std::size_t>(warp)][static_cast<std::size_t>(warp)];
  }
  Lane& lane(int warp, int index) { return lanes[static_cast<std::size_t>(warp * kLanes + index)]; }

  void fail(const std::string& text) {
    if (fault.empty()) fault = text;
  }

  /// True when what `other` did at `then` is ordered before what `warp` does now.
  bool seen(int warp, int other, std::uint32_t then) {
    return clock[static_cast<std::size_t>(warp)][static_cast<std::size_t>(other)] > then;
  }

  void check_read(Touch& touch, int thread, std::size_t offset) {
    const int warp = thread / kLanes, lane = thread % kLanes;
    if (touch.writer < 0)
      return fail("thread " + std::to_string(thread) + " reads byte " + std::to_string(offset) +
                  " that nobody wrote");
    const bool ordered = touch.writer == thread || seen(warp, touch.writer / kLanes, touch.written);
    if (!ordered)
      fail("thread " + std::to_string(thread) + " reads byte " + std::to_string(offset) + " that thread " +
           std::to_string(touch.writer) + " wrote without a barrier between");
    auto& reader = touch.reader[static_cast<std::size_t>(warp)];
    auto& read = touch.read[static_cast<std::size_t>(warp)];
    reader = read == time(warp) + 1 && reader != lane ? std::int16_t{-2} : static_cast<std::int16_t>(lane);
    read = time(warp) + 1;
  }

  void check_write(Touch& touch, int thread, std::size_t offset) {
    const int warp = thread / kLanes, lane = thread % kLanes;
    if (touch.writer >= 0 && touch.writer != thread && !seen(warp, touch.writer / kLanes, touch.written))
      fail("threads " + std::to_string(touch.writer) + " and " + std::to_string(thread) + " write byte " +
           std::to_string(offset) + " without a barrier between");
    for (int other = 0; other < warps; ++other) {
      const std::uint32_t read = touch.read[static_cast<std::size_t>(other)];
      if (read == 0 || seen(warp, other, read - 1)) continue;
      if (other == warp && touch.reader[static_cast<std::size_t>(other)] == lane) continue;
      fail("thread " + std::to_string(thread) + " writes byte " + std::to_string(offset) + " that warp " +
           std::to_string(other) + " read without a barrier between");
    }
    touch.writer = static_cast<std::int16_t>(thread);
    touch.written = time(warp);
  }

  template <class Check>
  void touch(int thread, const void* address, std::size_t bytes, Check check) {
    const auto offset = static_cast<std::size_t>(static_cast<const std::byte*>(address) - base());
    if (offset + bytes > touches.size() * kGranule)
      return fail("thread " + std::to_string(thread) + " leaves shared memory at byte " +
                  std::to_string(offset));
    if (offset % bytes != 0)
      return fail("thread " + std::to_string(thread) + ": address " + std::to_string(offset) +
                  " is not a multiple of " + std::to_string(bytes));
    for (std::size_t g = offset / kGranule; g < (offset + bytes) / kGranule; ++g)
      (this->*check)(touches[g], thread, g * kGranule);
  }

  // --- operations of a whole warp, when all its lanes have arrived ---

  void mma(int warp) {
    float a[16][16], b[8][16];  // [row][k], [column][k]
    for (int l = 0; l < kLanes; ++l) {
      const auto* arguments = static_cast<const MmaArguments*>(lane(warp, l).arguments);
      const int g = l / 4, t = l % 4;
      for (int q = 0; q < 4; ++q)
        for (int half = 0; half < 2; ++half)
          a[g + q % 2 * 8][2 * t + half + q / 2 * 8] = number(arguments->a[q], half);
      for (int q = 0; q < 2; ++q)
        for (int half = 0; half < 2; ++half) b[g][2 * t + half + q * 8] = number(arguments->b[q], half);
    }
    for (int l = 0; l < kLanes; ++l) {
      auto* c = static_cast<const MmaArguments*>(lane(warp, l).arguments)->c;
      const int g = l / 4, t = l % 4;
      for (int q = 0; q < 4; ++q) c[q] = truncating_sum(c[q], a[g + q / 2 * 8], b[2 * t + q % 2]);
    }
  }

  void load_matrices(int warp, bool transposed) {
    std::uint16_t matrix[4][8][8];
    for (int l = 0; l < kLanes; ++l) {
      const auto* row = static_cast<const MatrixArguments*>(lane(warp, l).arguments)->row;
      touch(warp * kLanes + l, row, 16, &State::check_read);
      std::memcpy(matrix[l / 8][l % 8], row, 16);
    }
    for (int l = 0; l < kLanes; ++l) {
      auto* out = static_cast<const MatrixArguments*>(lane(warp, l).arguments)->out;
      const int g = l / 4, t = l % 4;
      for (int q = 0; q < 4; ++q) {
        const std::uint32_t x = transposed ? matrix[q][2 * t][g] : matrix[q][g][2 * t];
        const std::uint32_t y = transposed ? matrix[q][2 * t + 1][g] : matrix[q][g][2 * t + 1];
        out[q] = x | y << 16;
      }
    }
  }

  void shuffle(int warp) {
    for (int l = 0; l < kLanes; ++l) {
      auto* arguments = static_cast<ShuffleArguments*>(lane(warp, l).arguments);
      const int source = arguments->source;
      arguments->result = source < 0 || source >= kLanes
                              ? arguments->value
                              : static_cast<ShuffleArguments*>(lane(warp, source).arguments)->value;
    }
  }

  void perform(int warp, Operation operation) {
    switch (operation) {
      case Operation::sync_warp:
        ++time(warp);
        break;
      case Operation::shuffle:
        shuffle(warp);
        break;
      case Operation::mma:
        mma(warp);
        break;
      case Operation::load_matrices:
        load_matrices(warp, false);
        break;
      case Operation::load_matrices_transposed:
        load_matrices(warp, true);
        break;
      case Operation::none:
      case Operation::sync_block:
        break;
    }
  }

  /// Lets every lane of a warp go on to its next operation, and performs it if it is the warp's own. Returns
  /// the operation; none: the warp has finished.
  Operation advance(int warp) {
    for (int l = 0; l < kLanes; ++l)
      if (Lane& one = lane(warp, l); !one.finished) one.fiber = std::move(one.fiber).resume();
    const Operation operation = lane(warp, 0).finished ? Operation::none : lane(warp, 0).operation;
    for (int l = 1; l < kLanes; ++l) {
      const Operation other = lane(warp, l).finished ? Operation::none : lane(warp, l).operation;
      if (other != operation) {
        fail("lanes 0 and " + std::to_string(l) + " of warp " + std::to_string(warp) +
             " are at different operations");
        return Operation::none;
      }
    }
    perform(warp, operation);
    return operation;
  }

  void join_clocks() {
    for (int w = 0; w < warps; ++w) ++time(w);
    for (int w = 0; w < warps; ++w)
      for (int other = 0; other < warps; ++other)
        clock[static_cast<std::size_t>(w)][static_cast<std::size_t>(other)] = time(other);
  }

  void schedule() {
    std::vector<int> ready, waiting, finished;
    for (int w = 0; w < warps; ++w) ready.push_back(w);
    while (!ready.empty() && fault.empty()) {
      const std::size_t pick = random() % ready.size();
      const int warp = ready[pick];
      const Operation operation = advance(warp);
      if (operation == Operation::sync_block || operation == Operation::none) {
        (operation == Operation::none ? finished : waiting).push_back(warp);
        ready.erase(ready.begin() + static_cast<std::ptrdiff_t>(pick));
      }
      if (!ready.empty() || waiting.empty()) continue;
      if (!finished.empty()) return fail("warps end while others wait at a barrier");
      if (barriers++ != left_out) join_clocks();
      ready.swap(waiting);
    }
  }
};

EmulatedBlock::EmulatedBlock(int warps, std::size_t shared_bytes, std::uint64_t seed)
    : state_(std::make_unique<State>(warps, shared_bytes, seed)) {}

EmulatedBlock::~EmulatedBlock() = default;

std::byte* EmulatedBlock::memory() {
  return state_->base();
}

void EmulatedBlock::leave_out_barrier(int n) {
  state_->left_out = n;
}

std::string EmulatedBlock::run(const std::function<void(EmulatedContext&)>& program) {
  State& s = *state_;
  std::fill(s.memory.begin(), s.memory.end(), std::byte{0xff});
  for (Touch& touch : s.touches) {
    touch.writer = -1;
    std::fill(touch.read.begin(), touch.read.end(), 0U);
  }
  const auto warps = static_cast<std::size_t>(s.warps);
  s.clock.assign(warps, std::vector<std::uint32_t>(warps, 0));
  s.fault.clear();
  s.barriers = 0;
  s.lanes.clear();
  s.lanes.resize(warps * kLanes);
  for (int thread = 0; thread < s.warps * kLanes; ++thread) {
    State::Lane& lane = s.lanes[static_cast<std::size_t>(thread)];
    lane.fiber = context::fiber(std::allocator_arg, context::fixedsize_stack(kStackBytes),
                                [this, thread, &lane, &program](context::fiber&& back) {
                                  lane.back = std::move(back);
                                  EmulatedContext ctx(*this, thread);
                                  program(ctx);
                                  lane.finished = true;
                                  return std::move(lane.back);
                                });
  }
  s.schedule();
  s.lanes.clear();  // unwinds what a fault left unfinished
  return s.fault;
}

void EmulatedBlock::meet(int thread, Operation operation, void* arguments) {
  State::Lane& lane = state_->lanes[static_cast<std::size_t>(thread)];
  lane.operation = operation;
  lane.arguments = arguments;
  lane.back = std::move(lane.back).resume();
}

void EmulatedBlock::read(int thread, const void* address, std::size_t bytes) {
  state_->touch(thread, address, bytes, &State::check_read);
}

void EmulatedBlock::write(int thread, const void* address, std::size_t bytes) {
  state_->touch(thread, address, bytes, &State::check_write);
}

void EmulatedContext::sync_warp() {
  block_->meet(thread_, EmulatedBlock::Operation::sync_warp, nullptr);
}

void EmulatedContext::sync_block() {
  block_->meet(thread_, EmulatedBlock::Operation::sync_block, nullptr);
}

std::uint64_t EmulatedContext::shuffle_bits(std::uint64_t bits, int source) {
  ShuffleArguments arguments{bits, source, 0};
  block_->meet(thread_, EmulatedBlock::Operation::shuffle, &arguments);
  return arguments.result;
}

void EmulatedContext::mma(float (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1) {
  MmaArguments arguments{c, a, {b0, b1}};
  block_->meet(thread_, EmulatedBlock::Operation::mma, &arguments);
}

void EmulatedContext::load_matrices(std::uint32_t (&out)[4], const std::uint16_t* row) {
  MatrixArguments arguments{out, row};
  block_->meet(thread_, EmulatedBlock::Operation::load_matrices, &arguments);
}

void EmulatedContext::load_matrices_transposed(std::uint32_t (&out)[4], const std::uint16_t* row) {
  MatrixArguments arguments{out, row};
  block_->meet(thread_, EmulatedBlock::Operation::load_matrices_transposed, &arguments);
}

std::uint32_t EmulatedContext::pack(float x, float y) const {
  return kernels::to_bf16(x).bits | static_cast<std::uint32_t>(kernels::to_bf16(y).bits) << 16;
}

}  // namespace anser::tests
