# libanser_ops.so: what torch.ops.load_library of Python takes, all registrations of core/ops with what they call.
# LibTorch itself is the one that the loading process has: its libraries are named without a path, none is linked in.
add_library(anser_ops SHARED $<TARGET_OBJECTS:anser_ops_objects>)
target_link_libraries(anser_ops PRIVATE anser_base anser_kernels torch_cpu c10)
target_link_options(anser_ops PRIVATE -Wl,--exclude-libs,ALL)  # symbols of anser's static rooms stay inside
set_target_properties(anser_ops PROPERTIES
  LINKER_LANGUAGE CXX
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib
  SKIP_BUILD_RPATH ON)
