// A thread block of the CUDA kernels on the host: one fiber for each lane, the same operations as
// kernels/cuda/device/gpu_context.cuh.
//
// A warp operation is a rendezvous of 32 lanes that must all ask for the same one; a block operation one of
// all warps. Warps take turns in a seeded order. Every byte of shared memory knows who wrote and who read it
// since which synchronisation, so that an access without a barrier in between is a fault, whatever the order
// was. Tensor-core sums drop bits as hardware is reported to: each of 17 addends is cut off 24 bits below
// the largest one's leading bit.
// It proves algebra, indices, rounding points and barriers; not bank conflicts, the memory model or the
// inside of the hardware's mma.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace anser::tests {

class EmulatedBlock;

/// What a lane sees: see kernels/cuda/device/gpu_context.cuh for the meaning of the operations.
class EmulatedContext {
 public:
  static constexpr bool kSplit = true;

  EmulatedContext(EmulatedBlock& block, int thread) : block_(&block), thread_(thread) {}

  int thread() const { return thread_; }
  int lane() const { return thread_ % 32; }
  int warp() const { return thread_ / 32; }

  template <class T>
  T& shared();
  template <class T>
  T load(const T* shared);
  template <class T>
  void store(T* shared, T value);

  void sync_warp();
  void sync_block();
  template <class T>
  T shuffle_xor(T x, int mask) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8);
    return from_bits<T>(shuffle_bits(to_bits(x), lane() ^ mask));
  }
  template <class T>
  T shuffle_up(T x, int lanes) {
    return from_bits<T>(shuffle_bits(to_bits(x), lane() - lanes));
  }
  template <class T>
  T shuffle(T x, int source) {
    return from_bits<T>(shuffle_bits(to_bits(x), source));
  }
  void mma(float (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1);
  void load_matrices(std::uint32_t (&out)[4], const std::uint16_t* row);
  void load_matrices_transposed(std::uint32_t (&out)[4], const std::uint16_t* row);

  /// Two neighbours in global memory.
  std::uint32_t read_pair(const std::uint16_t* global) const {
    return static_cast<std::uint32_t>(global[0]) | static_cast<std::uint32_t>(global[1]) << 16;
  }
  void write_pair(std::uint16_t* global, std::uint32_t pair) const {
    global[0] = static_cast<std::uint16_t>(pair & 0xffffU);
    global[1] = static_cast<std::uint16_t>(pair >> 16);
  }
  std::uint32_t pack(float x, float y) const;
  float low_number(std::uint32_t pair) const { return std::bit_cast<float>(pair << 16); }
  float high_number(std::uint32_t pair) const { return std::bit_cast<float>(pair & 0xffff0000U); }

 private:
  template <class T>
  static std::uint64_t to_bits(T x) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &x, sizeof(T));
    return bits;
  }
  template <class T>
  static T from_bits(std::uint64_t bits) {
    T x;
    std::memcpy(&x, &bits, sizeof(T));
    return x;
  }
  /// The bits that lane `source` gives; its own where there is no such lane.
  std::uint64_t shuffle_bits(std::uint64_t bits, int source);

  EmulatedBlock* block_;
  int thread_;
};

class EmulatedBlock {
 public:
  /// `warps` warps of 32 lanes, `shared_bytes` of shared memory, full of NaN. `seed` orders the warps.
  EmulatedBlock(int warps, std::size_t shared_bytes, std::uint64_t seed = 1);
  ~EmulatedBlock();

  /// Runs program(context) in every lane to its end. Returns the first fault, or an empty text.
  std::string run(const std::function<void(EmulatedContext&)>& program);

  /// From now on the n-th block barrier that the program asks for is left out (n = 0, 1, ...; -1: none): a
  /// program that still has no fault does not need it.
  void leave_out_barrier(int n);

 private:
  friend class EmulatedContext;
  struct State;
  enum class Operation { none, sync_warp, sync_block, shuffle, mma, load_matrices, load_matrices_transposed };

  std::byte* memory();
  void meet(int thread, Operation operation, void* arguments);
  void read(int thread, const void* address, std::size_t bytes);
  void write(int thread, const void* address, std::size_t bytes);

  std::unique_ptr<State> state_;
};

template <class T>
T& EmulatedContext::shared() {
  return *reinterpret_cast<T*>(block_->memory());
}

template <class T>
T EmulatedContext::load(const T* shared) {
  block_->read(thread_, shared, sizeof(T));
  T value;
  std::memcpy(&value, shared, sizeof(T));
  return value;
}

template <class T>
void EmulatedContext::store(T* shared, T value) {
  block_->write(thread_, shared, sizeof(T));
  std::memcpy(shared, &value, sizeof(T));
}

}  // namespace anser::tests
