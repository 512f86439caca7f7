find_package(benchmark REQUIRED)
add_executable(bench_sampler ${CMAKE_CURRENT_LIST_DIR}/bench_sampler.cpp)
target_link_libraries(bench_sampler PRIVATE anser_automata benchmark::benchmark benchmark::benchmark_main anser_warnings)
