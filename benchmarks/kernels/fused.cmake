find_package(benchmark REQUIRED)
add_executable(bench_fused ${CMAKE_CURRENT_LIST_DIR}/bench_fused.cpp)
target_link_libraries(bench_fused PRIVATE anser_kernels benchmark::benchmark benchmark::benchmark_main anser_warnings)
