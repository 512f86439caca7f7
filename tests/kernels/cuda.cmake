find_package(Boost REQUIRED COMPONENTS context)
# A thread block on the host, for tests of device programs.
add_library(emulated_block STATIC ${CMAKE_SOURCE_DIR}/tests/support/emulated_block.cpp)
target_include_directories(emulated_block PRIVATE ${CMAKE_SOURCE_DIR})
target_link_libraries(emulated_block PUBLIC Boost::context PRIVATE anser_kernels anser_warnings)

anser_test(test_cuda_programs
  SOURCES
    test_cuda_adamw.cpp
    test_cuda_chunk.cpp
    test_cuda_sequential.cpp
    test_cuda_contract.cpp
  LIBRARIES anser_kernels emulated_block)

if(ANSER_CUDA)
  anser_test(test_cuda_device SOURCES test_cuda_device.cpp test_cuda_device_adamw.cpp LIBRARIES anser_kernels)
  target_include_directories(test_cuda_device SYSTEM PRIVATE ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
  # ${CMAKE_BINARY_DIR}/cuda_kernels.txt: registers, spills and shared memory of each kernel and architecture.
  anser_test(test_cuda_report SOURCES test_cuda_report.cpp LIBRARIES anser_kernels)
  target_compile_definitions(test_cuda_report PRIVATE
    ANSER_PTXAS_REPORTS="${CMAKE_BINARY_DIR}/kernels/CMakeFiles/anser_kernels.dir/cuda"
    ANSER_PTXAS_TABLE="${CMAKE_BINARY_DIR}/cuda_kernels.txt")
endif()
