# anser_python_test(NAME SCRIPT): SCRIPT is given libanser_ops.so and run by $ANSER_PYTHON or else the Python whose LibTorch
# this build has; skipped, with the reason, where that Python cannot import torch.
include_guard()
get_property(_anser_torch_cpu TARGET torch_cpu PROPERTY IMPORTED_LOCATION)
cmake_path(SET ANSER_BUILD_PYTHON NORMALIZE "${_anser_torch_cpu}/../../../../../../bin/python3")

function(anser_python_test name script)
  add_test(NAME ${name}
    COMMAND bash ${CMAKE_SOURCE_DIR}/tests/core/with_torch.sh ${ANSER_BUILD_PYTHON} ${script} $<TARGET_FILE:anser_ops>)
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77)
endfunction()
