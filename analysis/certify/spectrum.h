// What one token does to the WKV state of a one-layer RWKV-7: the spectrum of its transition
// A = diag(w) - c kappa_hat^T (a kappa_hat), per head and letter, in context.
//
// A is read off the ordinary model, not off its weights: the layer maps a state S to S A + v^T k, so A is its
// answer to the identity less its answer to zero. A is similar to the symmetric W - c (sqrt(a) kappa_hat)^T
// (sqrt(a) kappa_hat), with entries sign(A_ij) sqrt(A_ij A_ji), so the eigenvalues are real; at most one is
// negative (theory of the step: docs/math/construction.md section 7).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/nn/model.h"
#include "tasks/task.h"

namespace anser::certify {

struct SpectrumOptions {
  std::int64_t words = 4;    // random words whose prefixes are the contexts
  std::int64_t length = 16;  // letters a word
  std::uint64_t seed = 0;
};

/// The elementary maps that a single step can be near to.
enum class NearestStep : std::uint8_t { identity, swap, merge };
std::string_view step_name(NearestStep step);  // "identity" "swap" "merge"

/// One letter in one head, over all contexts.
struct LetterSpectrum {
  std::string letter;
  std::int64_t head = 0;
  int permutation_sign = 0;   // of the letter on the target's states; 0 where it is no permutation
  int determinant_sign = 0;   // of A in most contexts; 0: |det| < 1e-6
  std::int64_t agreeing = 0;  // contexts in which the signs agree
  std::int64_t contexts = 0;
  std::vector<double> eigenvalues;  // ascending, mean over contexts
  NearestStep nearest = NearestStep::identity;
  double residual =
      0;  // largest distance of a mean eigenvalue from that step's (1, ..; the least -1, 0 or 1)
};

struct SpectrumSummary {
  std::vector<LetterSpectrum> letters;  // [letters * heads], letter by letter
  double sign_agreement = 0;            // share of (context, letter) with the right sign in the best head
  std::int64_t best_head = 0;
  double least_eigenvalue = 0, greatest_eigenvalue = 0;
  std::int64_t most_negative =
      0;  // negative eigenvalues (below -1e-4) of one transition: at most 1 in theory
};

/// model: RWKV-7 of one layer whose tokens are the task's letters, BOS aside (metadata of the checkpoint, if
/// any, gives letters and BOS). InputError when it has more layers or letters of several tokens.
SpectrumSummary letter_spectra(const TensorFile& file, std::string_view where, const tasks::Task& task,
                               const SpectrumOptions& options);

Json spectrum_json(const SpectrumSummary& summary);

}  // namespace anser::certify
