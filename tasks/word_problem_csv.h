// Word problems of groups as files of jopetty/word-problem: byte for byte.
//
//     seed,input,target
//     946607,1 3,1 6
//
// One word a line: `input` its elements by number, `target` the products of its prefixes, separated by single
// spaces; lines end in \n. Exhaustive files hold all words of one length in product order (the last letter
// runs fastest); sampled ones distinct words.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "automata/permutation_group.h"
#include "core/base/rng.h"

namespace anser::tasks {

/// Words of a file: over which elements of which group, multiplied from which side.
struct WordProblem {
  automata::PermutationGroup group;
  std::vector<automata::Element> tokens;  // distinct, ascending
  bool newest_left = false;               // target x_t ... x_1 instead of x_1 ... x_t
};

/// Receives the text piece by piece, in order.
using TextSink = std::function<void(std::string_view)>;

inline constexpr std::int64_t kMaxCsvRows = 100'000'000;
inline constexpr std::int64_t kMaxCsvSampleNumbers = 1'000'000'000;  // rows * length of a sampled file

/// All words of `length` letters. InputError, before anything is written, where they are more than
/// kMaxCsvRows: it names their number.
void write_exhaustive_csv(const WordProblem& problem, int length, std::int64_t seed_column,
                          const TextSink& sink);

/// `rows` distinct words of `length` letters, uniform, in the order drawn: a pure function of its arguments.
/// InputError where there are not so many words or they are too many to hold.
void write_sampled_csv(const WordProblem& problem, std::int64_t rows, int length, std::int64_t seed_column,
                       const Rng& rng, const TextSink& sink);

/// Words read from a file, one after the other; word i is input[begin[i] .. begin[i+1]).
struct WordProblemRows {
  std::vector<std::int64_t> seed;         // [rows]
  std::vector<std::size_t> begin;         // [rows + 1]
  std::vector<automata::Element> input;   // [begin.back()]
  std::vector<automata::Element> target;  // [begin.back()]

  std::size_t size() const { return seed.size(); }
};

/// Reads a file and checks every product. InputError naming `source`, line and column of the first fault: a
/// wrong header, a field too few or too many, a number that is none or out of range, a token outside the set,
/// input and target of different length, a wrong product.
[[nodiscard]] WordProblemRows parse_word_problem_csv(const WordProblem& problem, std::string_view text,
                                                     std::string_view source = "csv");

}  // namespace anser::tasks
