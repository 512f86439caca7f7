set(ANSER_OPS_SOURCES
  ops/checks.cpp
  ops/composed.cpp
  ops/neighbours.cpp
  ops/rows.cpp
  ops/torch_version.cpp
  ops/wkv7.cpp)
