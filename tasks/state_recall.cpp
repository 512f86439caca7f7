#include "tasks/state_recall.h"

#include "core/base/error.h"
#include "tasks/distinct_draws.h"

namespace anser::tasks {
namespace {

/// Tokens: the bits 0 and 1, the addresses, the identity, the swaps.
class StateRecall : public Task {
 public:
  StateRecall(TaskFacts facts, int pointers, int bits)
      : Task(std::move(facts)), pointers_(pointers), bits_(bits) {
    swaps_.push_back({0, 0});
    for (std::size_t i = 0; i < static_cast<std::size_t>(pointers); ++i)
      for (std::size_t j = i + 1; j < static_cast<std::size_t>(pointers); ++j) swaps_.push_back({i, j});
  }

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override {
    const auto bits = static_cast<std::size_t>(bits_), pointers = static_cast<std::size_t>(pointers_);
    for (std::size_t t = 0; t < bits; ++t) input[t] = static_cast<std::int32_t>(rng.below(2));
    std::vector<std::int32_t> address(pointers);
    draw_distinct(rng, 0, bits_, address);
    for (std::size_t i = 0; i < pointers; ++i) input[bits + i] = 2 + address[i];
    for (std::size_t t = bits + pointers; t < input.size(); ++t) {
      const std::uint32_t swap = rng.below(static_cast<std::uint32_t>(swaps_.size()));
      std::swap(address[swaps_[swap].first], address[swaps_[swap].second]);
      input[t] = 2 + bits_ + static_cast<std::int32_t>(swap);
      target[t] = input[static_cast<std::size_t>(address[0])];
    }
  }

 private:
  int pointers_;
  int bits_;
  std::vector<std::pair<std::size_t, std::size_t>> swaps_;
};

}  // namespace

std::unique_ptr<Task> make_state_recall(const Id& id) {
  id.require_known({"n", "M"});
  const int n = static_cast<int>(id.get_int("n", 5, 2, 16));
  const int M = static_cast<int>(id.get_int("M", 32, 2, 1 << 16));
  require(n <= M, print_id(id), "n={} pointers need as many addresses and M={} has fewer", n, M);
  TaskFacts facts;
  facts.id = fmt::format("state_recall[n={},M={}]", n, M);
  facts.title = fmt::format("the bit of {} at which pointer 1 of {} points after swaps", M, n);
  facts.hardness = fmt::format(
      "{} and recall of M bits at once: recurrence alone needs M bits of state{}",
      n >= 5 ? fmt::format("the word problem of S{} (NC1-complete, Barrington 1989)", n)
             : fmt::format("the word problem of S{} (solvable, in TC0)", n),
      n >= 5 ? ", constant-depth attention alone cannot do it unless TC0 = NC1 (arXiv 2604.03444)" : "");
  facts.token_set = "bits, addresses, identity and swaps of pointers";
  facts.citation = "Merrill et al. 2026, Olmo Hybrid: From Theory to Practice and Back (arXiv 2604.03444)";
  facts.source = "arXiv 2604.03444, state-based recall; token format and law are ours";
  facts.fidelity = Fidelity::inspired;
  facts.token_names = {"0", "1"};
  for (int a = 1; a <= M; ++a) facts.token_names.push_back(fmt::format("@{}", a));
  facts.token_names.push_back("id");
  for (int i = 1; i <= n; ++i)
    for (int j = i + 1; j <= n; ++j) facts.token_names.push_back(fmt::format("({} {})", i, j));
  facts.label_names = {"0", "1"};
  for (int a = 1; a <= M; ++a)
    facts.special_tokens.push_back(
        {fmt::format("@{}", a), fmt::format("the next pointer begins at bit {}", a)});
  facts.lengths = {M + n + 1, 1};
  facts.train_lengths = M + n + 64;
  facts.test_lengths = M + n + 256;
  facts.chance = 0.5;  // bits are fair and independent of all else
  return std::make_unique<StateRecall>(std::move(facts), n, M);
}

}  // namespace anser::tasks
