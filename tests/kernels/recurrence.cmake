anser_test(test_recurrence
  SOURCES
    test_recurrence_models.cpp
  LIBRARIES anser_kernels)
