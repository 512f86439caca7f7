#include "analysis/certify/spectrum.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "analysis/construct/letter_table.h"
#include "automata/permutation.h"
#include "automata/transition_map.h"
#include "core/base/error.h"
#include "core/nn/rwkv7.h"
#include "tasks/group_word_problem.h"

namespace anser::certify {
namespace {

using automata::TransitionMap;

constexpr double kNoSign = 1e-6;     // determinants below have no sign
constexpr double kNegative = -1e-4;  // eigenvalues below are negative

/// Sign of the letter's permutation: of the points where the task is a group's, else of the states.
int permutation_sign(const tasks::Task& task, automata::Letter letter) {
  if (const auto* group = tasks::as_group(task)) return group->group().sign(group->tokens()[letter]);
  const TransitionMap map = automata::letter_map(task.machine(), letter);
  if (automata::rank(map) < task.machine().num_states) return 0;
  return automata::sign(automata::Permutation(std::vector<std::int32_t>(map.begin(), map.end())));
}

/// Eigenvalues, ascending, of the symmetric matrix that A [N, N] is similar to.
std::vector<double> eigenvalues(const float* a, std::int64_t size) {
  Eigen::MatrixXd symmetric(size, size);
  for (std::int64_t i = 0; i < size; ++i)
    for (std::int64_t j = 0; j < size; ++j) {
      const double here = a[i * size + j], there = a[j * size + i];
      symmetric(i, j) = i == j ? here : std::copysign(std::sqrt(std::max(here * there, 0.0)), here);
    }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(symmetric, Eigen::EigenvaluesOnly);
  return {solver.eigenvalues().data(), solver.eigenvalues().data() + size};
}

int sign_of_product(const std::vector<double>& values) {
  double product = 1;
  for (const double value : values) product *= value;
  if (std::abs(product) < kNoSign) return 0;
  return product < 0 ? -1 : 1;
}

class Spectra {
 public:
  Spectra(const TensorFile& file, std::string_view where, const tasks::Task& task,
          const SpectrumOptions& options)
      : model_(nn::load_model(file, where)), task_(task), options_(options) {
    const auto* rwkv7 = dynamic_cast<const nn::Rwkv7Model*>(model_.get());
    require(rwkv7 != nullptr && rwkv7->options.layers == 1, where,
            "the model is {}, wanted an RWKV-7 of one layer", model_->id());
    size_ = rwkv7->options.head_size;
    heads_ = rwkv7->options.width / size_;
    table_ = construct::read_letter_table(file.metadata, model_->vocabulary(), where);
    const automata::Letter letters = task.machine().num_letters;
    for (automata::Letter s = 0; s < letters; ++s) tokens_.push_back(token_of(s, where));
    negatives_.resize(static_cast<std::size_t>(letters * heads_), 0);
    zeros_.resize(negatives_.size(), 0);
    for (automata::Letter s = 0; s < letters; ++s)
      for (std::int64_t h = 0; h < heads_; ++h) {
        summary_.letters.push_back({});
        summary_.letters.back().letter = task.machine().letter_names[s];
        summary_.letters.back().head = h;
        summary_.letters.back().permutation_sign = permutation_sign(task, s);
        summary_.letters.back().eigenvalues.resize(static_cast<std::size_t>(size_), 0);
      }
  }

  SpectrumSummary run() {
    const at::NoGradGuard no_gradients;
    std::vector<std::int32_t> word(static_cast<std::size_t>(options_.length)), labels(word.size());
    for (std::int64_t i = 0; i < options_.words; ++i) {
      task_.sample(options_.seed, tasks::Split::validation, static_cast<std::uint64_t>(i), word, labels);
      nn::ModelState state;
      if (table_.bos) read(*table_.bos, state);
      for (const std::int32_t letter : word) {
        read(tokens_[static_cast<std::size_t>(letter)], state);
        measure(state);
      }
    }
    finish();
    return std::move(summary_);
  }

 private:
  std::int64_t token_of(automata::Letter letter, std::string_view where) const {
    if (!table_.named()) {
      require(letter < model_->vocabulary(), where, "the model reads {} tokens, the task has letter {}",
              model_->vocabulary(), letter);
      return letter;
    }
    const std::string& name = task_.machine().letter_names[static_cast<std::size_t>(letter)];
    const auto& tokens = table_.tokens[table_.letter_of(name, where)];
    require(tokens.size() == 1, where, "letter '{}' is {} tokens, a spectrum is one token's", name,
            tokens.size());
    return tokens.front();
  }

  void read(std::int64_t token, nn::ModelState& state) const {
    model_->forward(at::tensor(std::vector{token}, at::kLong).view({1, 1}), &state);
  }

  /// Every letter's transition after the context that `state` remembers.
  void measure(const nn::ModelState& context) {
    const auto letters = static_cast<std::int64_t>(tokens_.size());
    const auto ids = at::tensor(tokens_, at::kLong).view({letters, 1});
    const auto one = at::eye(size_, at::kFloat).expand({letters, heads_, size_, size_});
    const auto both = at::cat({one, at::zeros_like(one)}).contiguous();
    const auto shift = [&](std::size_t i) {
      return context.tensors[i].expand({2 * letters, -1}).contiguous();
    };
    nn::ModelState state{{shift(0), both, shift(2)}};
    model_->forward(at::cat({ids, ids}), &state);
    const auto& after = state.tensors[1];
    const auto transitions = (after.narrow(0, 0, letters) - after.narrow(0, letters, letters)).contiguous();
    for (std::int64_t i = 0; i < letters * heads_; ++i)
      add(static_cast<std::size_t>(i),
          eigenvalues(transitions.const_data_ptr<float>() + i * size_ * size_, size_));
  }

  void add(std::size_t at, const std::vector<double>& values) {
    LetterSpectrum& letter = summary_.letters[at];
    ++letter.contexts;
    for (std::size_t i = 0; i < values.size(); ++i) letter.eigenvalues[i] += values[i];
    const int sign = sign_of_product(values);
    letter.agreeing += sign == letter.permutation_sign;
    negatives_[at] += sign < 0;
    zeros_[at] += sign == 0;
    const auto negative = std::count_if(values.begin(), values.end(), [](double x) { return x < kNegative; });
    summary_.most_negative = std::max<std::int64_t>(summary_.most_negative, negative);
    summary_.least_eigenvalue = std::min(summary_.least_eigenvalue, values.front());
    summary_.greatest_eigenvalue = std::max(summary_.greatest_eigenvalue, values.back());
  }

  void finish() {
    for (std::size_t i = 0; i < summary_.letters.size(); ++i) finish_letter(summary_.letters[i], i);
    for (std::int64_t h = 0; h < heads_; ++h) {
      double agreeing = 0, contexts = 0;
      for (std::size_t i = static_cast<std::size_t>(h); i < summary_.letters.size(); i += heads_) {
        agreeing += double(summary_.letters[i].agreeing);
        contexts += double(summary_.letters[i].contexts);
      }
      if (contexts == 0 || agreeing / contexts <= summary_.sign_agreement) continue;
      summary_.sign_agreement = agreeing / contexts;
      summary_.best_head = h;
    }
  }

  void finish_letter(LetterSpectrum& letter, std::size_t at) const {
    if (letter.contexts == 0) return;
    for (double& value : letter.eigenvalues) value /= double(letter.contexts);
    const std::int64_t positives = letter.contexts - negatives_[at] - zeros_[at];
    letter.determinant_sign = negatives_[at] > positives ? -1 : 1;
    if (zeros_[at] > std::max(negatives_[at], positives)) letter.determinant_sign = 0;
    const double least = letter.eigenvalues.front();
    letter.nearest = least < -0.5  ? NearestStep::swap
                     : least < 0.5 ? NearestStep::merge
                                   : NearestStep::identity;
    const double wanted = least < -0.5 ? -1 : least < 0.5 ? 0 : 1;
    letter.residual = std::abs(least - wanted);
    for (std::size_t i = 1; i < letter.eigenvalues.size(); ++i)
      letter.residual = std::max(letter.residual, std::abs(letter.eigenvalues[i] - 1));
  }

  std::unique_ptr<nn::Model> model_;
  const tasks::Task& task_;
  const SpectrumOptions& options_;
  std::int64_t heads_ = 0, size_ = 0;
  construct::LetterTable table_;
  std::vector<std::int64_t> tokens_;
  std::vector<std::int64_t> negatives_, zeros_;  // contexts by sign of the determinant
  SpectrumSummary summary_;
};

}  // namespace

std::string_view step_name(NearestStep step) {
  if (step == NearestStep::swap) return "swap";
  return step == NearestStep::merge ? "merge" : "identity";
}

SpectrumSummary letter_spectra(const TensorFile& file, std::string_view where, const tasks::Task& task,
                               const SpectrumOptions& options) {
  return Spectra(file, where, task, options).run();
}

Json spectrum_json(const SpectrumSummary& summary) {
  Json letters = Json::array();
  for (const LetterSpectrum& l : summary.letters)
    letters.push_back({{"letter", l.letter},
                       {"head", l.head},
                       {"permutation_sign", l.permutation_sign},
                       {"determinant_sign", l.determinant_sign},
                       {"agreeing", l.agreeing},
                       {"contexts", l.contexts},
                       {"nearest", step_name(l.nearest)},
                       {"residual", l.residual},
                       {"eigenvalues", l.eigenvalues}});
  return {
      {"sign_agreement", summary.sign_agreement},     {"best_head", summary.best_head},
      {"least_eigenvalue", summary.least_eigenvalue}, {"greatest_eigenvalue", summary.greatest_eigenvalue},
      {"most_negative", summary.most_negative},       {"letters", letters}};
}

}  // namespace anser::certify
