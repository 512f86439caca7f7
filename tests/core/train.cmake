# The trainer: parts, whole runs, resumption, and a run that is killed.
anser_test(test_train
  SOURCES
    test_stacked.cpp
    test_train_capture.cpp
    test_train_kill.cpp
    test_train_parts.cpp
    test_train_reference.cpp
    test_train_run.cpp
  LIBRARIES anser_core)
add_executable(train_once train_once.cpp)
target_link_libraries(train_once PRIVATE anser_core anser_warnings)
add_dependencies(test_train train_once)
