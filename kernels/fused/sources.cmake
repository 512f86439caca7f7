# Sources of the fused neighbours, relative to kernels/. X_reference.cpp is the definition of X.h, X.cpp the fast form.
set(ANSER_FUSED_SOURCES
  fused/adamw.cpp
  fused/adamw_reference.cpp
  fused/cross_entropy.cpp
  fused/cross_entropy_reference.cpp
  fused/key_preparation.cpp
  fused/key_preparation_reference.cpp
  fused/layer_norm.cpp
  fused/layer_norm_reference.cpp
  fused/read_out.cpp
  fused/read_out_reference.cpp
  fused/squared_relu.cpp
  fused/squared_relu_reference.cpp
  fused/token_shift.cpp
  fused/token_shift_reference.cpp)
