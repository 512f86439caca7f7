set(ANSER_CUDA_SOURCES cuda/adamw.cpp cuda/adamw_size.cpp cuda/kernel_choice.cpp cuda/recurrence.cpp)
if(NOT ANSER_CUDA)
  list(APPEND ANSER_CUDA_SOURCES no_cuda/device.cpp)
else()
  list(APPEND ANSER_CUDA_SOURCES
    cuda/adamw.cu
    cuda/device.cu
    cuda/sequential_float.cu
    cuda/sequential_double.cu
    cuda/sequential_bf16.cu
    cuda/chunk_forward.cu
    cuda/chunk_backward.cu)
  # The bits of the CPU: products and sums are rounded one by one.
  set_source_files_properties(cuda/adamw.cu PROPERTIES COMPILE_OPTIONS --fmad=false)
endif()

# Beside each object of a .cu file, FILE.cu.o.ptxas: registers, spills and memory of its kernels as ptxas tells them, which
# tests/kernels/test_cuda_report.cpp reads.
function(anser_cuda_reports target)
  if(ANSER_CUDA)
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-Xptxas=-v>)
    set_target_properties(${target} PROPERTIES CUDA_COMPILER_LAUNCHER
      "${CMAKE_SOURCE_DIR}/cmake/keep_ptxas_report.sh;${CMAKE_CUDA_COMPILER_LAUNCHER}")
  endif()
endfunction()
