anser_test(test_wkv7
  SOURCES
    test_wkv7_cpu.cpp
  LIBRARIES anser_kernels)
