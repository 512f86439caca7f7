// ANSER_HOST_DEVICE marks a function that host code and CUDA programs share.
#pragma once

#if defined(__CUDACC__)
#define ANSER_HOST_DEVICE __host__ __device__
#else
#define ANSER_HOST_DEVICE
#endif
