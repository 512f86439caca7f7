add_executable(bench_packed_seeds
  ${CMAKE_CURRENT_LIST_DIR}/packed_seeds.cpp
  ${CMAKE_CURRENT_LIST_DIR}/kernels/wkv7_row_major.cpp)
target_link_libraries(bench_packed_seeds PRIVATE anser_core PkgConfig::HWY anser_warnings)
