find_package(benchmark REQUIRED)
add_executable(bench_algebra ${CMAKE_CURRENT_LIST_DIR}/bench_algebra.cpp)
target_link_libraries(bench_algebra PRIVATE anser_automata benchmark::benchmark benchmark::benchmark_main anser_warnings)
