// A regular language read on words drawn balanced: accepted and rejected ones equally often, whatever the
// language.
//
// Words of length T (docs of each rule in `Negatives`):
//     accepted   each of the words of length T in the language equally likely (automata/word_sampler.h)
//     rejected   by the rule of negatives; always of the same length T, so that length tells nothing
// What is asked (facts.supervision, id parameter mode=):
//     final      fair coin accepted / rejected; target[T-1] = 1 where the word is in the language, else 0
//     tagging    the same words, negatives uniform; target[t] = 1 where input[0..t] is in the language
//     next-set   accepted words; target[t] = the set of letters that some word of the language has after
//                input[0..t], with `end` where the word may stop there. Labels are numbered by first meeting
//                in a breadth-first walk of the minimal automaton and named "{0,1,end}"
//     lm         accepted words; target[t] = input[t+1] and target[T-1] = the label `end`, which comes after
//                the letters. `end` is never an input: there is no BOS, and the first letter is not asked
// In final and tagging mode every length is allowed; where one side has no word of that length the other is
// drawn, and where neither has, the length is refused (it never happens: k^T > 0). With `own_lengths`, and
// always in next-set and lm mode, lengths are a progression on which the language has words at every place:
// the smallest step for which there is one, then the least beginning. A finite language has none: InputError.
//
// Chance is that of the best constant at length kChanceLength, or the next one that is allowed: 1/2 in final
// mode; in the others the share of positions with the most frequent target, by the exact number of words
// through every state.
#pragma once

#include <memory>
#include <mutex>

#include "automata/dfa.h"
#include "automata/word_sampler.h"
#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// How rejected words are made. Rules that reject try 100 times and then fall back on `uniform`.
enum class Negatives {
  uniform,  // each rejected word of the length equally likely
  flare,    // fair coin: a uniform string, or an accepted word of the length after K edits, K geometric(1/2);
            // tried until outside the language and of the length
  near_miss,  // one edit away from the language: a uniform edit across the border, of an accepted word that
              // is one letter shorter, as long, or one longer
};
/// "uniform", "flare", "near-miss".
std::string_view negatives_name(Negatives negatives);
/// The inverse; InputError with the known names otherwise.
Negatives parse_negatives(std::string_view name);

struct LanguageTaskOptions {
  Supervision mode = Supervision::final;
  Negatives negatives = Negatives::uniform;
  bool own_lengths = false;  // only lengths that the language has, in final and tagging mode too
  /// Accepted words, too, are one edit away from the border (of those with a neighbour across it).
  bool near_positives = false;
};

/// Length at which chance is stated.
inline constexpr int kChanceLength = 1000;

class LanguageTask : public Task {
 public:
  /// Fills facts.supervision, modes, label names, lengths, chance and, where empty, token_set and hardness;
  /// the rest is the family's. The machine has the states of `dfa`. InputError where the mode needs lengths
  /// that the language does not have, and where tagging is asked with other negatives than uniform ones.
  LanguageTask(TaskFacts facts, automata::Dfa dfa, const LanguageTaskOptions& options);
  ~LanguageTask() override;

  const automata::Dfa& dfa() const { return dfa_; }
  const LanguageTaskOptions& options() const { return options_; }

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override;

 private:
  class Samplers;

  void draw_word(Rng& rng, std::span<std::int32_t> word) const;
  bool draw_rejected(Rng& rng, std::span<std::int32_t> word) const;
  bool try_flare(Rng& rng, std::span<std::int32_t> word) const;
  bool try_near_miss(Rng& rng, std::span<std::int32_t> word) const;

  automata::Dfa dfa_;
  LanguageTaskOptions options_;
  std::unique_ptr<Samplers> samplers_;
};

/// The parameters mode= and negatives= of an id, `defaults` where absent. InputError on a name that is none,
/// on a mode that is not in `modes`, and on negatives= in a mode that draws accepted words alone.
LanguageTaskOptions parse_language_options(const Id& id, LanguageTaskOptions defaults,
                                           const std::vector<Supervision>& modes);
/// Appends mode= and, in final mode, negatives=: what tells streams apart.
void append_language_options(Id& id, const LanguageTaskOptions& options);

/// The Moore machine of next-set labels on the states of `dfa`.
automata::Moore next_set_machine(const automata::Dfa& dfa);

/// Lengths at which the language has words, as a progression; InputError naming `id` where it is finite.
LengthRule lengths_of_language(const automata::Dfa& dfa, std::string_view id);

/// Share of every label among the positions 1..length of a uniform word of that side, at a length that the
/// side has (InputError). O(length * n * k).
std::vector<double> label_shares(const automata::Dfa& dfa, const automata::Moore& machine,
                                 automata::Side side, int length);

}  // namespace anser::tasks
