# CUDA as a language, for ANSER_CUDA=ON: nvcc 13 of the system or of the wheels in .anser/venv (scripts/setup.sh --cuda).
# The kernels room compiles its .cu files with it; nothing else does, and no .cu file sees a torch header.
include_guard()

if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
  file(GLOB _anser_wheel_nvcc ${CMAKE_SOURCE_DIR}/.anser/venv/lib/python3*/site-packages/nvidia/cu13/bin/nvcc)
  find_program(ANSER_NVCC nvcc HINTS /usr/local/cuda/bin ${_anser_wheel_nvcc}/..)
  if(NOT ANSER_NVCC AND _anser_wheel_nvcc)
    set(ANSER_NVCC ${_anser_wheel_nvcc})
  endif()
  if(ANSER_NVCC)
    set(CMAKE_CUDA_COMPILER ${ANSER_NVCC})
  endif()
endif()
# Ampere and Hopper as machine code, and code that newer devices compile at first use. The preset cuda-all (or
# -DCMAKE_CUDA_ARCHITECTURES="80-real;86-real;89-real;90a-real;120-real") builds for Ada and Blackwell workstations too.
if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES AND NOT DEFINED ENV{CUDAARCHS})  # which CMake reads itself
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90a-real 90-virtual)
endif()
# The static runtime lets the program start on a machine without a driver too.
set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
enable_language(CUDA)
if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR "CUDA: wanted nvcc 13 or newer, got ${CMAKE_CUDA_COMPILER_VERSION} "
                      "(${CMAKE_CUDA_COMPILER}). Set CUDACXX, run scripts/setup.sh --cuda, or use -DANSER_CUDA=OFF.")
endif()
# CMake 3.25 does not know how to ask nvcc for C++20, which CMAKE_CXX_STANDARD wants of CUDA too.
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
endif()
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_FLAGS_RELEASE "-O3")
# Device code may call constexpr functions of the standard library (std::bit_cast).
string(APPEND CMAKE_CUDA_FLAGS " --expt-relaxed-constexpr")
