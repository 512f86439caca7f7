find_package(benchmark REQUIRED)
add_executable(bench_streams ${CMAKE_CURRENT_LIST_DIR}/bench_streams.cpp)
target_link_libraries(bench_streams PRIVATE anser_tasks benchmark::benchmark anser_warnings)
