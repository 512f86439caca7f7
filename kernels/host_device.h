// ANSER_HOST_DEVICE marks a function that host code and CUDA programs share; ANSER_HOST_DEVICE_INLINE one
// that on the device must not be a call: what it keeps in registers would go through memory.
#pragma once

#if defined(__CUDACC__)
#define ANSER_HOST_DEVICE __host__ __device__
#define ANSER_HOST_DEVICE_INLINE __host__ __device__ __forceinline__
#else
#define ANSER_HOST_DEVICE
#define ANSER_HOST_DEVICE_INLINE inline
#endif
