// A regular language read on words drawn balanced: accepted and rejected ones equally often, whatever the
// language.
//
// Words of length T:
//     accepted   each word of length T in the language equally likely (automata/word_sampler.h)
//     rejected   by the rule of `Negatives`, always of the same length T, so that length tells nothing
// What is asked (facts.supervision, id parameter mode=):
//     final      fair coin accepted / rejected; target[T-1] = 1 where the word is in the language, else 0
//     tagging    the same words, rejected ones uniform; target[t] = 1 where input[0..t] is in the language
//     next-set   accepted words; target[t] = the set of letters that some word of the language has after
//                input[0..t], with `end` where the word may stop there. Labels are numbered by first meeting
//                in a breadth-first walk of the automaton and named "{0,1,end}"; "{}" where no word goes on
//     lm         accepted words; target[t] = input[t+1] and target[T-1] = the label `end`, which comes after
//                the letters. `end` is never an input: there is no BOS, and the first letter is not asked.
//                The machine's labels are reject and accept
// Lengths are a progression at every place of which the language has words: the smallest step for which there
// is one, then the least beginning. Where all words of such a length are accepted, no rejected one is drawn.
// A finite language has no progression: in final and tagging mode every length is then allowed, the words
// being rejected ones where there is no accepted one; next-set and lm refuse it.
//
// Chance is that of the best constant at kChanceLength, or the next length (of 4096) with words of both
// sides: 1/2 in final mode; in the others the share of positions with the most frequent target, by the number
// of words through every state.
#pragma once

#include <vector>

#include "automata/dfa.h"
#include "core/base/ids.h"
#include "tasks/task.h"
#include "tasks/word_source.h"

namespace anser::tasks {

/// How rejected words are made. Rules that may fail try 100 times and then fall back on `uniform`.
enum class Negatives {
  uniform,  // each rejected word of the length equally likely
  flare,    // a try is a fair coin: a uniform string, or a uniform accepted word in which K letters, one
            // after another, are changed, P(K = j) = 2^-j: FLaRe's rule where all lengths are T. Tried until
            // it is outside the language
  near_miss,  // one edit from the language: a uniform edit across the border, of an accepted word that is
              // one letter shorter, as long, or one longer
};
/// "uniform", "flare", "near-miss".
std::string_view negatives_name(Negatives negatives);
/// The inverse; InputError with the known names otherwise.
Negatives parse_negatives(std::string_view name);

struct LanguageTaskOptions {
  Supervision mode = Supervision::final;
  Negatives negatives = Negatives::uniform;
  /// Accepted words, too, have a neighbour across the border (100 tries).
  bool near_positives = false;
  /// Shortest length, where the language allows shorter ones.
  int least_length = 0;
};

/// Length at which chance is stated.
inline constexpr int kChanceLength = 1000;

class LanguageTask : public Task {
 public:
  /// Fills facts.supervision, label names, lengths, chance and, where empty, title, token_set and hardness;
  /// the rest is the family's. The machine has the states of `dfa`. InputError where the mode needs a length
  /// progression that the language does not have, and on tagging with other negatives than uniform ones,
  /// whose chance would not be exact.
  LanguageTask(TaskFacts facts, const automata::Dfa& dfa, const LanguageTaskOptions& options);

  const automata::Dfa& dfa() const { return dfa_; }
  const LanguageTaskOptions& options() const { return options_; }
  /// The length at which facts().chance holds.
  int chance_length() const { return chance_length_; }

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override;

 private:
  struct Prepared {
    TaskFacts facts;
    int chance_length = 0;
  };

  static Prepared prepare(TaskFacts facts, const automata::Dfa& dfa, const LanguageTaskOptions& options);
  LanguageTask(Prepared prepared, const automata::Dfa& dfa, const LanguageTaskOptions& options);
  void draw_word(Rng& rng, std::span<std::int32_t> word) const;
  bool draw_accepted(Rng& rng, std::span<std::int32_t> word) const;
  bool draw_rejected(Rng& rng, std::span<std::int32_t> word) const;
  bool try_flare(Rng& rng, std::span<std::int32_t> word) const;
  bool try_near_miss(Rng& rng, std::span<std::int32_t> word) const;

  automata::Dfa dfa_;
  LanguageTaskOptions options_;
  int chance_length_ = 0;
  WordSource words_;
};

/// All four modes, for families that leave the choice open.
const std::vector<Supervision>& language_modes();

/// The parameters mode= and negatives= of an id, `defaults` where absent. InputError on a name that is none,
/// on a mode that is not offered, and on negatives= where the mode is not final.
LanguageTaskOptions parse_language_options(const Id& id, LanguageTaskOptions defaults,
                                           const std::vector<Supervision>& modes);
/// Appends mode= and, in final mode, negatives=: what tells streams apart.
void append_language_options(Id& id, const LanguageTaskOptions& options);

}  // namespace anser::tasks
