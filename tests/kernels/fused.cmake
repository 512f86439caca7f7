find_package(PkgConfig REQUIRED)
pkg_check_modules(HWY_TEST REQUIRED IMPORTED_TARGET libhwy)
anser_test(test_fused
  SOURCES
    fused_cases.cpp
    test_fused_cases.cpp
    test_fused_exact.cpp
    test_fused_gemm.cpp
    test_fused_loss.cpp
    test_fused_optimiser.cpp
  LIBRARIES anser_kernels PkgConfig::HWY_TEST)
