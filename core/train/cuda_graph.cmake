# libanser_cuda_graph.so: what core/train/device_graph.cpp loads beside a LibTorch with CUDA. It is built where the LibTorch
# of this build has the headers of its CUDA part and there are CUDA's own; nothing of either is linked.
get_property(_torch_headers TARGET torch_cpu PROPERTY IMPORTED_LOCATION)
cmake_path(SET _torch_headers NORMALIZE "${_torch_headers}/../../include")
if(ANSER_CUDA AND EXISTS ${_torch_headers}/c10/cuda/impl/cuda_cmake_macros.h)
  add_library(anser_cuda_graph MODULE train/cuda_graph.cpp)
  target_include_directories(anser_cuda_graph PRIVATE ${CMAKE_SOURCE_DIR})
  target_include_directories(anser_cuda_graph SYSTEM PRIVATE ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
  target_link_libraries(anser_cuda_graph PRIVATE anser_torch anser_warnings)
  set_target_properties(anser_cuda_graph PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib
    SKIP_BUILD_RPATH ON)
  add_dependencies(anser_core anser_cuda_graph)  # what may load it brings it
endif()
