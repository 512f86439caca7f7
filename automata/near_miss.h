// Words just across the border of a language, and how far a word is from it.
//
// An edit substitutes one letter by another, deletes one, or inserts one. The neighbours of a word are the
// words at edit distance exactly 1; each is listed once, though several edits may give it (docs/math/words.md
// 3).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "automata/dfa.h"
#include "core/base/rng.h"

namespace anser::automata {

struct Edit {
  enum class Kind : std::uint8_t { substitute, remove, insert };
  Kind kind = Kind::substitute;
  std::size_t position = 0;  // substitute, remove: of the letter; insert: of the new letter in the new word
  Letter letter = 0;         // substitute, insert: the new letter

  friend bool operator==(const Edit&, const Edit&) = default;
};

/// The edited word. InputError where the position is not in the word.
[[nodiscard]] std::vector<Letter> apply_edit(const Edit& edit, std::span<const Letter> word);

/// One edit for every neighbour of the word that is on the other side of the border: rejected where the word
/// is accepted and the reverse. By position; at one position substitutions, then the removal, then
/// insertions, in letter order. O(T * (n + k)) time, T * n bytes (InputError above 4 GiB). InputError on a
/// letter outside the alphabet.
[[nodiscard]] std::vector<Edit> crossing_edits(const Dfa& dfa, std::span<const Letter> word);

/// A uniform neighbour across the border; nothing where no neighbour is.
[[nodiscard]] std::optional<std::vector<Letter>> near_miss(const Dfa& dfa, std::span<const Letter> word,
                                                           Rng& rng);

/// The least number of edits that takes the word into the language (0 where it is in it); nothing where the
/// language is empty. 0-1 breadth-first search over (letters read, state): O(T * n * k) time, 4 * T * n bytes
/// (InputError above 4 GiB).
[[nodiscard]] std::optional<std::int64_t> edit_distance_to_language(const Dfa& dfa,
                                                                    std::span<const Letter> word);

struct PerturbOptions {
  Letter num_letters = 0;
  std::int64_t min_length = 0;
  std::int64_t max_length = 0;
};

/// FLaRe's perturbation (Butoi et al. 2025): K edits one after another, P(K = j) = 2^-j for j >= 1. Each edit
/// is of a uniform kind among those allowed (insertion below max_length, removal above min_length,
/// substitution where there are a letter and another one to put), at a uniform place, with a uniform letter;
/// a substitution changes the letter. InputError unless num_letters >= 1, 0 <= min_length <= max_length, and
/// some edit is allowed.
[[nodiscard]] std::vector<Letter> perturb(std::span<const Letter> word, const PerturbOptions& options,
                                          Rng& rng);

/// perturb() until the word lies outside the language; nothing after `tries`.
[[nodiscard]] std::optional<std::vector<Letter>> perturbed_negative(const Dfa& dfa,
                                                                    std::span<const Letter> word,
                                                                    std::int64_t min_length,
                                                                    std::int64_t max_length, Rng& rng,
                                                                    int tries = 100);

}  // namespace anser::automata
