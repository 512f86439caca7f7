# The C interface: libanser.so, and anser_c for programs that link the kernels themselves.
set(ANSER_C_SOURCES c_api/recurrence.cpp c_api/status.cpp)

anser_library(anser_c SOURCES ${ANSER_C_SOURCES} PRIVATE anser_kernels)

add_library(anser_shared SHARED ${ANSER_C_SOURCES})
set_target_properties(anser_shared PROPERTIES
  OUTPUT_NAME anser
  VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib
  LINK_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/c_api/exports.map)
target_include_directories(anser_shared PUBLIC ${CMAKE_SOURCE_DIR})
target_link_libraries(anser_shared PRIVATE anser_kernels anser_warnings)
target_link_options(anser_shared PRIVATE -Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/c_api/exports.map)
set_source_files_properties(c_api/status.cpp PROPERTIES COMPILE_DEFINITIONS ANSER_VERSION="${PROJECT_VERSION}")
