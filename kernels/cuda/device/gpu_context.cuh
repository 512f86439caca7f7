// The operations of a thread block on the device: the only file with assembly. All of them exist from sm_80
// on. The tests run the same programs over an emulated block with the same members
// (tests/support/emulated_block.h).
#pragma once

#include <cuda_bf16.h>

#include <cstdint>

namespace anser::kernels::cuda {

extern __shared__ __align__(128) unsigned char block_memory[];

struct GpuContext {
  /// Numbers that are carried on are split into several bf16 numbers; false only in a test's control.
  static constexpr bool kSplit = true;

  __device__ int thread() const { return static_cast<int>(threadIdx.x); }
  __device__ int lane() const { return thread() % 32; }
  __device__ int warp() const { return thread() / 32; }

  /// The block's shared memory as a T.
  template <class T>
  __device__ T& shared() const {
    return *reinterpret_cast<T*>(block_memory);
  }
  template <class T>
  __device__ T load(const T* shared) const {
    return *shared;
  }
  template <class T>
  __device__ void store(T* shared, T value) const {
    *shared = value;
  }

  __device__ void sync_warp() const { __syncwarp(); }
  __device__ void sync_block() const { __syncthreads(); }
  /// x of the lane whose number differs in the bits of `mask`.
  template <class T>
  __device__ T shuffle_xor(T x, int mask) const {
    return __shfl_xor_sync(0xffffffffU, x, mask);
  }
  /// x of that lane.
  template <class T>
  __device__ T shuffle(T x, int lane) const {
    return __shfl_sync(0xffffffffU, x, lane);
  }
  /// x of the lane `lanes` below; the first ones keep their own.
  template <class T>
  __device__ T shuffle_up(T x, int lanes) const {
    return __shfl_up_sync(0xffffffffU, x, static_cast<unsigned>(lanes));
  }

  /// c += a b, 16 x 8 sums of 16 products (fragments.h), bf16 into fp32.
  __device__ void mma(float (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1) const {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
        "{%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }

  /// Four 8 x 8 matrices of bf16: lane l gives the address of row l % 8 of matrix l / 8, 16 bytes.
  __device__ void load_matrices(std::uint32_t (&out)[4], const std::uint16_t* row) const {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
                 : "r"(static_cast<std::uint32_t>(__cvta_generic_to_shared(row)))
                 : "memory");
  }
  __device__ void load_matrices_transposed(std::uint32_t (&out)[4], const std::uint16_t* row) const {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
                 : "r"(static_cast<std::uint32_t>(__cvta_generic_to_shared(row)))
                 : "memory");
  }

  /// Two neighbours in global memory, at a multiple of 4 bytes.
  __device__ std::uint32_t read_pair(const std::uint16_t* global) const {
    return __ldg(reinterpret_cast<const std::uint32_t*>(global));
  }
  __device__ void write_pair(std::uint16_t* global, std::uint32_t pair) const {
    *reinterpret_cast<std::uint32_t*>(global) = pair;
  }
  /// Two numbers rounded to bf16 (nearest even), x in the lower half.
  __device__ std::uint32_t pack(float x, float y) const {
    const __nv_bfloat162 pair = __floats2bfloat162_rn(x, y);
    return *reinterpret_cast<const std::uint32_t*>(&pair);
  }
  __device__ float low_number(std::uint32_t pair) const { return __uint_as_float(pair << 16); }
  __device__ float high_number(std::uint32_t pair) const { return __uint_as_float(pair & 0xffff0000U); }
};

}  // namespace anser::kernels::cuda
