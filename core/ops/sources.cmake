set(ANSER_OPS_SOURCES
  ops/checks.cpp
  ops/composed.cpp
  ops/neighbours.cpp
  ops/rows.cpp
  ops/wkv7.cpp)
