find_package(Boost REQUIRED COMPONENTS context)
# A thread block on the host, for tests of device programs.
add_library(emulated_block STATIC ${CMAKE_SOURCE_DIR}/tests/support/emulated_block.cpp)
target_include_directories(emulated_block PRIVATE ${CMAKE_SOURCE_DIR})
target_link_libraries(emulated_block PUBLIC Boost::context PRIVATE anser_kernels anser_warnings)

anser_test(test_cuda_programs
  SOURCES
    test_cuda_chunk.cpp
    test_cuda_sequential.cpp
    test_cuda_contract.cpp
  LIBRARIES anser_kernels emulated_block)
