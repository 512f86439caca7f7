anser_test(test_recurrence
  SOURCES
    test_recurrence_models.cpp
    test_recurrence_reference.cpp
    test_recurrence_cpu.cpp
    test_recurrence_contract.cpp
  LIBRARIES anser_kernels anser_base)
anser_full_product(test_recurrence)
