find_package(benchmark REQUIRED)
add_executable(bench_eager_rwkv7 ${CMAKE_CURRENT_LIST_DIR}/eager_rwkv7.cpp)
target_link_libraries(bench_eager_rwkv7 PRIVATE anser_core benchmark::benchmark anser_warnings)
