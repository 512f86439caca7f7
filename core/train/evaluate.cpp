#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <numeric>

#include "core/base/error.h"
#include "core/nn/parameter_table.h"
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
    std::int64_t left = std::count_if(wanted, wanted + score.length, [](std::int64_t y) { return y >= 0; });
    for (std::int64_t t = 0; t < score.length; ++t, x += labels, ++wanted) {
      if (*wanted < 0) continue;
      const bool correct = first_maximum(x, labels) == *wanted, late = left-- <= 8;
      whole = whole && correct;
      ++score.scored_by_position[t];
      score.correct_by_position[t] += correct ? 1 : 0;
      score.last8_total += late ? 1 : 0;
      score.last8_correct += late && correct ? 1 : 0;
    }
    score.whole_correct += whole ? 1 : 0;
  }
}

}  // namespace

double LengthScore::accuracy() const {
  return ratio(std::accumulate(correct_by_position.begin(), correct_by_position.end(), std::int64_t{0}),
               std::accumulate(scored_by_position.begin(), scored_by_position.end(), std::int64_t{0}));
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
  LengthScore score;
  score.length = length;
  score.strings = strings;
  score.correct_by_position.resize(static_cast<std::size_t>(length));
  score.scored_by_position.resize(static_cast<std::size_t>(length));
  const auto parameters = model.parameters();
  const at::Device device = parameters.empty() ? at::Device(at::kCPU) : parameters.front().value.device();
  const std::int64_t most =
      std::clamp<std::int64_t>(kMaxTokens / std::max<std::int64_t>(length, 1), 1, batch);
  for (std::int64_t first = 0; first < strings; first += most) {
    const std::int64_t n = std::min(most, strings - first);
    const at::Tensor input = at::empty({n, length}, at::kLong), target = at::empty({n, length}, at::kLong);
    words.fill(true, seed, static_cast<std::uint64_t>(first), n, length,
               input.mutable_data_ptr<std::int64_t>(), target.mutable_data_ptr<std::int64_t>());
    if (!device.is_cpu()) nn::check_tokens("train::evaluate", input, model.vocabulary());
    at::Tensor logits = model.forward(input.to(device)).cpu().contiguous();
    if (logits.scalar_type() == at::kDouble)
      count<double>(logits, target, score);
    else
      count<float>(logits.to(at::kFloat), target, score);
  }
  return score;
}

}  // namespace anser::train
