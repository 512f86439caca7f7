find_package(benchmark REQUIRED)
add_executable(bench_step ${CMAKE_CURRENT_LIST_DIR}/bench_step.cpp)
target_link_libraries(bench_step PRIVATE anser_core benchmark::benchmark anser_warnings)
