# The C interface through the shared library, as a stranger's program sees it.
anser_test(test_c_api SOURCES test_c_api.cpp c_api_header.c LIBRARIES anser_shared anser_kernels)
set_source_files_properties(c_api_header.c PROPERTIES COMPILE_OPTIONS "-std=c99;-Wall;-Wextra;-pedantic;-Werror")
add_test(NAME c_api_exports
  COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/check_exports.sh ${CMAKE_NM} $<TARGET_FILE:anser_shared> ${CMAKE_SOURCE_DIR}/kernels/c_api/anser.h)

# The example again, linked with the kernels themselves.
add_executable(c_api_static ${CMAKE_SOURCE_DIR}/examples/recurrence.c)
target_include_directories(c_api_static PRIVATE ${CMAKE_SOURCE_DIR})
target_link_libraries(c_api_static PRIVATE anser_c anser_warnings)
add_test(NAME c_api_static COMMAND c_api_static)
