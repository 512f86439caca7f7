// Word problems of groups in which tokens come in blocks of n and the answer comes at the end of each:
// DeltaProduct's delayed variants.
//
//     repeat=n                    every token n times in a row                  (S5_<n>_tokens)
//     fill=n                      every token followed by n-1 fill tokens       (S5_<n>_tokens_s_token)
//     fill=n,fill_labels=product  the same, with answers in between             (.._s_token_only_input)
//     hard=n                      the product of n tokens, then n-1 identities  (S5_only_swaps_hard, n = 4)
//     target_t = product of the first floor((t+1)/n) blocks; the identity before the first is complete
// Under fill=n the target within later blocks is the label `fill` (number |G|) unless fill_labels=product:
// those positions ask nothing, and are what chance counts. A block cut off by the end of the word has no
// answer.
//
// Token ids: the token set, ascending, then `fill` where there is one; for hard=n the products of n tokens
// and the identity, ascending. Other words than the streams': a block counts by its last token (repeat) or
// its first one.
#pragma once

#include <memory>

#include "automata/permutation_group.h"
#include "tasks/group_word_problem.h"
#include "tasks/task.h"

namespace anser::tasks {

class DelayedWordProblem : public Task {
 public:
  enum class Delay { repeat, fill, fill_product, hard };

  /// Whether an id has one of the keys above.
  static bool is_asked(const Id& id);
  /// InputError where it has two of them, n is outside 2..64, or the automaton would have more than
  /// kMaxTransitions transitions.
  static std::unique_ptr<Task> make(const Id& id);
  static constexpr std::int64_t kMaxTransitions = std::int64_t{1} << 24;

  Delay delay() const { return delay_; }
  int block() const { return block_; }

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override;

 private:
  struct Plan;
  DelayedWordProblem(Plan plan, automata::Moore machine);
  static Plan read(const Id& id);
  static void finish_facts(Plan& plan);

  /// First token of a block.
  std::int32_t draw_block(Rng& rng) const;

  Delay delay_;
  int block_;
  std::int32_t filler_;                 // token of the rest of a block, -1 for the first one again
  std::uint32_t num_tokens_;            // of the token set
  std::vector<std::int32_t> products_;  // hard: [order * num_tokens_], the product so far and one token more
  std::vector<std::int32_t> token_of_;  // hard: token id of an element, -1 where it is none
};

}  // namespace anser::tasks
