#include "core/ops/block.h"

#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>

#include "core/base/error.h"
#include "core/ops/checks.h"
#include "core/ops/chunks.h"

namespace anser::ops {
namespace {

constexpr std::size_t kCacheLine = 64;

/// Buffers that no tensor uses, by size.
class IdleBuffers {
 public:
  void* take(std::size_t bytes) {
    {
      const std::scoped_lock lock(mutex_);
      if (const auto found = idle_.find(bytes); found != idle_.end()) {
        void* buffer = found->second;
        idle_.erase(found);
        idle_bytes_ -= bytes;
        return buffer;
      }
      ++allocated_;
    }
    void* buffer = std::aligned_alloc(kCacheLine, bytes);
    if (buffer == nullptr) throw std::bad_alloc();
    return buffer;
  }

  std::int64_t allocated() {
    const std::scoped_lock lock(mutex_);
    return allocated_;
  }

  void give(void* buffer, std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    if (idle_bytes_ + bytes > kIdleBytes) drop_all();
    if (bytes > kIdleBytes) return std::free(buffer);
    idle_.emplace(bytes, buffer);
    idle_bytes_ += bytes;
  }

 private:
  void drop_all() {
    for (const auto& [bytes, buffer] : idle_) std::free(buffer);
    idle_.clear();
    idle_bytes_ = 0;
  }

  std::mutex mutex_;
  std::multimap<std::size_t, void*> idle_;
  std::size_t idle_bytes_ = 0;
  std::int64_t allocated_ = 0;
};

/// Lives as long as the process: tensors may outlive every other object.
IdleBuffers& idle_buffers() {
  static auto* const buffers = new IdleBuffers;
  return *buffers;
}

}  // namespace

at::Tensor reusable_empty(at::IntArrayRef shape) {
  std::size_t numbers = 1;
  for (const std::int64_t n : shape) numbers *= static_cast<std::size_t>(n);
  const std::size_t bytes =
      std::max(kCacheLine, (numbers * sizeof(float) + kCacheLine - 1) / kCacheLine * kCacheLine);
  void* buffer = idle_buffers().take(bytes);
  return at::from_blob(
      buffer, shape, [bytes](void* data) { idle_buffers().give(data, bytes); },
      at::TensorOptions(at::kFloat));
}

std::int64_t buffers_allocated() {
  return idle_buffers().allocated();
}

bool runs_blocks(const at::Tensor& x) {
  return x.is_cpu() && x.scalar_type() == at::kFloat;
}

void check_runs_blocks(std::string_view op, std::string_view name, const at::Tensor& x) {
  require(runs_blocks(x), op, "{} is {} on {}, wanted float on cpu", name, x.dtype().name(),
          x.device().str());
}

void check_branch(std::string_view op, const at::Tensor& x, const at::Tensor& norm_weight,
                  const at::Tensor& norm_bias) {
  check_leading(op, "x", x, 3, "[B, T, D]");
  check_runs_blocks(op, "x", x);
  check_argument(op, "norm_weight", norm_weight, {x.size(2)}, x);
  check_argument(op, "norm_bias", norm_bias, {x.size(2)}, x);
}

Gradients::Gradients(at::TensorList like, std::span<const std::size_t> overwritten)
    : like_(like), places_(like.size(), nullptr) {
  Layout sizes;
  for (const at::Tensor& tensor : like)
    if (tensor.defined()) sizes.take(tensor.numel());
  buffer_ = reusable_empty({sizes.size()});
  Layout layout(buffer_.mutable_data_ptr<float>());
  for (std::size_t i = 0; i < like.size(); ++i) {
    if (!like[i].defined()) continue;
    places_[i] = layout.take(like[i].numel());
    if (std::find(overwritten.begin(), overwritten.end(), i) == overwritten.end())
      std::fill_n(places_[i], like[i].numel(), 0.0F);
  }
}

at::Tensor Gradients::tensor(std::size_t index) const {
  if (places_[index] == nullptr) return {};
  return at::from_blob(
      places_[index], like_[index].sizes(), [buffer = buffer_](void*) {}, at::TensorOptions(at::kFloat));
}

std::vector<at::Tensor> Gradients::tensors() const {
  std::vector<at::Tensor> all;
  for (std::size_t i = 0; i < like_.size(); ++i) all.push_back(tensor(i));
  return all;
}

}  // namespace anser::ops
