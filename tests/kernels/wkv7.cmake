find_package(nlohmann_json REQUIRED)
anser_test(test_wkv7
  SOURCES
    test_wkv7_reference.cpp
    test_wkv7_cpu.cpp
    test_wkv7_contract.cpp
    test_wkv7_mutants.cpp
    test_wkv7_cuda.cpp
  LIBRARIES anser_kernels anser_base emulated_block nlohmann_json::nlohmann_json)
anser_full_product(test_wkv7)
