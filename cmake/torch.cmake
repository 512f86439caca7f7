# Imported targets for the LibTorch of a Python wheel (or the vendor's zip): torch_cpu, c10, and anser_torch, which a
# library links to see both and their headers. TorchConfig.cmake is not used: it demands a CUDA toolkit of every CUDA
# wheel and appends its own -gencode list to the global flags.
# libtorch_cuda.so is linked by nothing: it needs cuBLAS, cuDNN and NCCL to start, so one program could not serve
# machines with and without a GPU. A CUDA wheel's library lies beside libtorch_cpu.so and can be loaded at run time.
include_guard()

set(ANSER_TORCH_DIR "" CACHE PATH "Directory of LibTorch that holds lib/ and include/; empty: the wheel of scripts/setup.sh")
set(_torch_dir "${ANSER_TORCH_DIR}")
if(NOT _torch_dir)
  file(GLOB _torch_candidates ${CMAKE_SOURCE_DIR}/.anser/venv/lib/python3*/site-packages/torch)
  if(_torch_candidates)
    list(GET _torch_candidates 0 _torch_dir)
  endif()
endif()
if(NOT EXISTS "${_torch_dir}/lib/libtorch_cpu.so" OR NOT EXISTS "${_torch_dir}/include/ATen/ATen.h")
  message(FATAL_ERROR "LibTorch: wanted lib/libtorch_cpu.so and include/ATen/ATen.h below ANSER_TORCH_DIR, got "
                      "'${_torch_dir}'. Run scripts/setup.sh, or configure with -DANSER_TORCH_DIR=... or -DANSER_TORCH=OFF.")
endif()
message(STATUS "LibTorch: ${_torch_dir}")

function(_anser_torch_library target file)
  add_library(${target} SHARED IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${_torch_dir}/lib/${file})
endfunction()
_anser_torch_library(torch_cpu libtorch_cpu.so)
_anser_torch_library(c10 libc10.so)

# -idirafter: torch ships fmt 12 headers; as -I or -isystem they would win over the system's fmt.
add_library(anser_torch INTERFACE)
target_compile_options(anser_torch INTERFACE
  "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-idirafter \"${_torch_dir}/include\">"
  "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-idirafter \"${_torch_dir}/include/torch/csrc/api/include\">")
target_link_libraries(anser_torch INTERFACE torch_cpu c10)
target_link_options(anser_torch INTERFACE "SHELL:\"-Wl,-rpath,${_torch_dir}/lib\"")
