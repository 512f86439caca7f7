// Tensors of files and their distances, for tests of operators and models.
#pragma once

#include <ATen/ATen.h>

#include <string>

#include "core/base/rng.h"
#include "core/base/safetensors.h"

namespace anser::tests {

/// A tensor of a file, copied; fp32 and int64 files only.
inline at::Tensor tensor_of(const TensorFile& file, const std::string& name) {
  const TensorData& data = file.tensors.at(name);
  const auto type = data.type == TensorType::i64 ? at::kLong : at::kFloat;
  return at::from_blob(const_cast<std::byte*>(data.bytes.data()), data.shape, type).clone();
}

inline double max_difference(const at::Tensor& x, const at::Tensor& y) {
  return x.numel() == 0 ? 0 : (x.to(at::kDouble) - y.to(at::kDouble)).abs().max().item<double>();
}

/// |x - wanted|_2 / |wanted|_2, where 0 / 0 = 0.
inline double relative_error(const at::Tensor& x, const at::Tensor& wanted) {
  const double error = (x.to(at::kDouble) - wanted.to(at::kDouble)).norm().item<double>();
  return error == 0 ? 0 : error / wanted.to(at::kDouble).norm().item<double>();
}

inline bool same_bits(const at::Tensor& x, const at::Tensor& y) {
  return at::equal(x, y);
}

/// Gaussian numbers that the library's own stream gives, so that they do not depend on LibTorch's.
inline at::Tensor gaussian(at::IntArrayRef shape, Rng rng, at::ScalarType type = at::kFloat) {
  at::Tensor x = at::empty(shape, at::kDouble);
  double* data = x.mutable_data_ptr<double>();
  for (std::int64_t i = 0; i < x.numel(); ++i) data[i] = rng.normal();
  return x.to(type);
}

/// Random token ids [batch, time].
inline at::Tensor random_tokens(std::int64_t batch, std::int64_t time, std::int64_t vocabulary, Rng rng) {
  at::Tensor x = at::empty({batch, time}, at::kLong);
  auto* data = x.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < x.numel(); ++i) data[i] = rng.below(static_cast<std::uint32_t>(vocabulary));
  return x;
}

}  // namespace anser::tests
