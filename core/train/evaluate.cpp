#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/train/run.h"

namespace anser::train {
namespace {

constexpr std::int64_t kMaxTokens = 32768;  // of one forward pass: bounds memory at long lengths

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 1.0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Position of the first largest of n numbers; -1 when one of them is not a number.
template <typename Real>
std::int64_t first_maximum(const Real* x, std::int64_t n) {
  std::int64_t best = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if (x[i] != x[i]) return -1;
    if (x[i] > x[best]) best = i;
  }
  return best;
}

/// Adds the answers of one batch: logits [B, T, labels], target [B, T].
template <typename Real>
void count(const at::Tensor& logits, const at::Tensor& target, LengthScore& score) {
  const std::int64_t labels = logits.size(2);
  const Real* x = logits.const_data_ptr<Real>();
  const auto* wanted = target.const_data_ptr<std::int64_t>();
  for (std::int64_t b = 0; b < target.size(0); ++b) {
    bool whole = true;
    for (std::int64_t t = 0; t < score.length; ++t, x += labels, ++wanted) {
      const bool correct = first_maximum(x, labels) == *wanted;
      whole = whole && correct;
      score.correct_by_position[t] += correct ? 1 : 0;
      if (correct && t >= score.length - 8) ++score.last8_correct;
    }
    score.whole_correct += whole ? 1 : 0;
  }
}

}  // namespace

double LengthScore::accuracy() const {
  std::int64_t correct = 0;
  for (const std::int64_t n : correct_by_position) correct += n;
  return ratio(correct, strings * length);
}

double LengthScore::last8() const {
  return ratio(last8_correct, last8_total);
}

double LengthScore::whole() const {
  return ratio(whole_correct, strings);
}

LengthScore evaluate(const nn::Model& model, const WordSource& words, std::uint64_t seed, std::int64_t length,
                     std::int64_t strings, std::int64_t batch) {
  require(length >= 0 && strings >= 0 && batch >= 1, "train::evaluate",
          "length {}, strings {}, batch {}: wanted length >= 0, strings >= 0, batch >= 1", length, strings,
          batch);
  const at::NoGradGuard no_gradients;
  LengthScore score{.length = length, .strings = strings, .correct_by_position = {}};
  score.correct_by_position.resize(static_cast<std::size_t>(length));
  score.last8_total = strings * std::min<std::int64_t>(8, length);
  const auto parameters = model.parameters();
  const at::Device device = parameters.empty() ? at::Device(at::kCPU) : parameters.front().value.device();
  const std::int64_t most =
      std::clamp<std::int64_t>(kMaxTokens / std::max<std::int64_t>(length, 1), 1, batch);
  for (std::int64_t first = 0; first < strings; first += most) {
    const std::int64_t n = std::min(most, strings - first);
    const at::Tensor input = at::empty({n, length}, at::kLong), target = at::empty({n, length}, at::kLong);
    words.fill(true, seed, static_cast<std::uint64_t>(first), n, length,
               input.mutable_data_ptr<std::int64_t>(), target.mutable_data_ptr<std::int64_t>());
    at::Tensor logits = model.forward(input.to(device)).cpu().contiguous();
    if (logits.scalar_type() == at::kDouble)
      count<double>(logits, target, score);
    else
      count<float>(logits.to(at::kFloat), target, score);
  }
  return score;
}

}  // namespace anser::train
