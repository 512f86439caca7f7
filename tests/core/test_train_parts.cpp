#include <ATen/ATen.h>

#include <cmath>
#include <cstring>

#include "core/base/error.h"
#include "core/train/flat_parameters.h"
#include "core/train/optimizer.h"
#include "core/train/schedule.h"
#include "core/train/tensorboard.h"
#include "tests/core/tiny_training.h"
#include "tests/support/catch.h"

namespace {

using namespace anser;
using namespace anser::train;

TEST_CASE("the schedule gives the learning rates of the reference run", "[core][train][quick]") {
  const Schedule schedule{.lr = 6e-4, .final_lr = 0.1, .warmup = 2, .steps = 8};
  const double wanted[] = {5.999999999999999e-06, 0.000303, 0.0006, 0.0005638268590217985, 0.000465};
  for (int step = 0; step < 5; ++step)
    REQUIRE(std::abs(learning_rate(schedule, step) - wanted[step]) < 1e-18);
}

TEST_CASE("the schedule ends at its final rate, also without warm-up or with nothing else",
          "[core][train][quick]") {
  REQUIRE(learning_rate({.lr = 1, .final_lr = 0.05, .warmup = 0, .steps = 10}, 10) == Approx(0.05));
  REQUIRE(learning_rate({.lr = 1, .final_lr = 0.05, .warmup = 0, .steps = 10}, 99) == Approx(0.05));
  REQUIRE(learning_rate({.lr = 1, .final_lr = 0.05, .warmup = 10, .steps = 4}, 3) ==
          Approx(0.01 + 0.99 * 0.3));
}

TEST_CASE("flat parameters keep values, align them, and collect gradients in place", "[core][train][quick]") {
  tests::TinyModel model(3, 3, Rng(1));
  const tests::TinyModel copy(3, 3, Rng(1));
  FlatParameters flat(model);
  const auto parameters = model.parameters();
  const auto before = copy.parameters();
  std::int64_t inside = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    CAPTURE(parameters[i].name);
    REQUIRE(at::equal(parameters[i].value, before[i].value));
    REQUIRE(parameters[i].value.is_leaf());
    REQUIRE(reinterpret_cast<std::uintptr_t>(parameters[i].value.data_ptr()) % 64 == 0);
    REQUIRE(parameters[i].value.data_ptr() == flat.values().const_data_ptr<float>() + flat.slots()[i].offset);
    inside += parameters[i].value.numel();
  }
  REQUIRE(flat.segments().size() == 3);
  for (int repeat = 0; repeat < 2; ++repeat) {
    flat.zero_gradients();
    model.forward(at::zeros({2, 4}, at::kLong), nullptr).square().sum().backward();
  }
  double total = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const at::Tensor& gradient = parameters[i].value.grad();
    REQUIRE(gradient.data_ptr() == flat.gradients().const_data_ptr<float>() + flat.slots()[i].offset);
    total += gradient.abs().sum().item<double>();
  }
  REQUIRE(total > 0);
  REQUIRE(flat.gradients().abs().sum().item<double>() == Approx(total));
  REQUIRE(inside < flat.size());
}

TEST_CASE("an optimiser step is AdamW with decay and rate by group after clipping", "[core][train][quick]") {
  tests::TinyModel model(3, 3, Rng(2));
  FlatParameters flat(model);
  const OptimizerOptions options{.epsilon = 1e-8, .weight_decay = 0.1, .clip = 0.5};
  Optimizer optimizer(flat, options);
  std::vector<at::Tensor> p, m, v;
  for (const auto& parameter : model.parameters()) {
    p.push_back(parameter.value.detach().to(at::kDouble).clone());
    m.push_back(at::zeros_like(p.back()));
    v.push_back(at::zeros_like(p.back()));
  }
  const double lr = 0.01;
  for (int step = 1; step <= 4; ++step) {
    flat.zero_gradients();
    const at::Tensor tokens = at::remainder(at::arange(12, at::kLong) * step, 3).view({2, 6});
    model.forward(tokens, nullptr).square().sum().backward();
    double squares = 0;
    for (const auto& parameter : model.parameters())
      squares += parameter.value.grad().to(at::kDouble).square().sum().item<double>();
    const double scale = std::min(1.0, options.clip / (std::sqrt(squares) + 1e-6));
    REQUIRE(scale < 1);
    const auto parameters = model.parameters();
    for (std::size_t i = 0; i < p.size(); ++i) {
      const at::Tensor g = parameters[i].value.grad().to(at::kDouble) * scale;
      const double rate = lr * parameters[i].lr_scale;
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.99 * v[i] + 0.01 * g * g;
      if (parameters[i].decay) p[i] = p[i] * (1 - rate * options.weight_decay);
      p[i] = p[i] - rate * (m[i] / (1 - std::pow(0.9, step))) /
                        (at::sqrt(v[i] / (1 - std::pow(0.99, step))) + options.epsilon);
    }
    REQUIRE(optimizer.step(lr) == Approx(std::sqrt(squares)));
    for (std::size_t i = 0; i < p.size(); ++i) {
      CAPTURE(step, parameters[i].name);
      REQUIRE((parameters[i].value.to(at::kDouble) - p[i]).abs().max().item<double>() < 2e-7);
    }
  }
  REQUIRE(optimizer.steps_done() == 4);
}

/// A TinyModel whose answers are given: label = letter of the same position.
class Echo : public tests::TinyModel {
 public:
  Echo() : TinyModel(3, 3, Rng(0)) {}
  at::Tensor forward(const at::Tensor& tokens, nn::ModelState* /*state*/) const override {
    return at::one_hot(tokens, 3).to(at::kFloat);
  }
};

TEST_CASE("evaluation counts positions, the last 8 and whole strings, whatever the batch",
          "[core][train][quick]") {
  const WordSource words = tests::sum_words();
  const std::int64_t length = 11, strings = 30;
  std::vector<std::int64_t> input(strings * length), target(strings * length);
  words.fill(true, 5, 0, strings, length, input.data(), target.data());
  std::int64_t all = 0, last8 = 0, whole = 0;
  for (std::int64_t i = 0; i < strings; ++i) {
    std::int64_t correct = 0;
    for (std::int64_t t = 0; t < length; ++t) {
      const bool hit = input[i * length + t] == target[i * length + t];
      correct += hit ? 1 : 0;
      last8 += hit && t >= 3 ? 1 : 0;
    }
    all += correct;
    whole += correct == length ? 1 : 0;
  }
  for (const std::int64_t batch : {1, 7, 64}) {
    const LengthScore score = evaluate(Echo(), words, 5, length, strings, batch);
    REQUIRE(score.last8_total == strings * 8);
    REQUIRE(score.last8_correct == last8);
    REQUIRE(score.whole_correct == whole);
    REQUIRE(score.correct_by_position[0] == strings);
    REQUIRE(score.accuracy() == Approx(static_cast<double>(all) / (strings * length)));
  }
  REQUIRE(evaluate(Echo(), words, 5, 1, strings).whole() == 1);

  // Targets of -1 are not scored: only the positions 2, 5 and 8 are asked here, and answered right.
  const WordSource asked_thrice{3, 3,
                                [](bool, std::uint64_t, std::uint64_t, std::int64_t count, std::int64_t T,
                                   std::int64_t* x, std::int64_t* y) {
                                  for (std::int64_t i = 0; i < count * T; ++i) {
                                    x[i] = i % 3;
                                    y[i] = i % T % 3 == 2 ? x[i] : -1;
                                  }
                                }};
  const LengthScore thrice = evaluate(Echo(), asked_thrice, 0, 9, 4);
  REQUIRE(thrice.last8_total == 12);
  REQUIRE(thrice.last8() == 1);
  REQUIRE(thrice.whole() == 1);
  REQUIRE(thrice.scored_by_position == std::vector<std::int64_t>{0, 0, 4, 0, 0, 4, 0, 0, 4});
  REQUIRE(evaluate(Echo(), words, 5, 0, strings).whole_correct == strings);
  REQUIRE(evaluate(Echo(), words, 5, 3, 0).accuracy() == 1);
  REQUIRE_THROWS_AS(evaluate(Echo(), words, 5, -1, 1), InputError);
}

TEST_CASE("crc32c gives the check value of the standard", "[core][train][quick]") {
  REQUIRE(crc32c("123456789") == 0xE3069283U);
  REQUIRE(crc32c("") == 0);
}

std::uint32_t masked(std::string_view bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return ((crc >> 15U) | (crc << 17U)) + 0xa282ead8U;
}

TEST_CASE("an event file is a chain of records whose lengths and checksums hold", "[core][train][quick]") {
  const tests::TemporaryFolder folder("events");
  const auto path = folder.path / "events.out.tfevents.test";
  TensorBoardWriter writer(path);
  writer.scalar("train/loss", 300, 1.5F);
  const std::string bytes = read_file(path);
  std::vector<std::string> events;
  for (std::size_t at = 0; at < bytes.size();) {
    std::uint64_t length = 0;
    std::uint32_t crc = 0;
    std::memcpy(&length, &bytes.at(at), 8);
    std::memcpy(&crc, &bytes.at(at + 8), 4);
    REQUIRE(crc == masked(std::string_view(bytes).substr(at, 8)));
    events.push_back(bytes.substr(at + 12, length));
    std::memcpy(&crc, &bytes.at(at + 12 + length), 4);
    REQUIRE(crc == masked(events.back()));
    at += 16 + length;
  }
  REQUIRE(events.size() == 2);
  REQUIRE(events[0].substr(9) ==
          "\x1a\x0d"
          "brain.Event:2");
  // step 300 = AC 02; summary { value { tag: "train/loss" simple_value: 1.5 } }
  const std::string wanted = std::string("\x10\xac\x02\x2a\x13\x0a\x11\x0a\x0a") + "train/loss" +
                             std::string("\x15\x00\x00\xc0\x3f", 5);
  REQUIRE(events[1].substr(9) == wanted);
}

}  // namespace
