#include "tasks/n_back_recall.h"

#include "core/base/error.h"

namespace anser::tasks {
namespace {

/// Tokens: the keys, the values, the question mark.
class NBackRecall : public Task {
 public:
  NBackRecall(TaskFacts facts, int keys, int values, int n)
      : Task(std::move(facts)),
        keys_(static_cast<std::uint32_t>(keys)),
        values_(static_cast<std::uint32_t>(values)),
        n_(static_cast<std::size_t>(n)) {}

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override {
    std::vector<std::uint32_t> first(keys_ * n_);  // each key n times, in random order
    for (std::size_t i = 0; i < first.size(); ++i) first[i] = static_cast<std::uint32_t>(i % keys_);
    rng.shuffle(std::span(first));
    // The newest n values of key k are ring[k n .. k n + n - 1]; the oldest stands at oldest[k].
    std::vector<std::int32_t> ring(keys_ * n_);
    std::vector<std::size_t> oldest(keys_, 0);
    for (std::size_t t = 0; t + 1 < input.size(); t += 2) {
      const bool filling = t / 2 < first.size();
      const bool asks = !filling && rng.below(2) == 1;
      const std::uint32_t key = filling ? first[t / 2] : rng.below(keys_);
      auto& place = ring[key * n_ + oldest[key]];
      if (asks) {
        input[t] = static_cast<std::int32_t>(keys_ + values_);
        input[t + 1] = static_cast<std::int32_t>(key);
        target[t + 1] = place;
      } else {
        place = static_cast<std::int32_t>(rng.below(values_));
        oldest[key] = (oldest[key] + 1) % n_;
        input[t] = static_cast<std::int32_t>(key);
        input[t + 1] = static_cast<std::int32_t>(keys_) + place;
      }
    }
  }

 private:
  std::uint32_t keys_;
  std::uint32_t values_;
  std::size_t n_;
};

}  // namespace

std::unique_ptr<Task> make_n_back_recall(const Id& id) {
  id.require_known({"K", "V", "n"});
  const int K = static_cast<int>(id.get_int("K", 32, 1, 1 << 16));
  const int V = static_cast<int>(id.get_int("V", 128, 1, 1 << 16));
  const int n = static_cast<int>(id.get_int("n", 2, 1, 64));
  TaskFacts facts;
  facts.id = fmt::format("n_back_recall[K={},V={},n={}]", K, V, n);
  facts.title = n == 1 ? "newest value of a key bound again and again"
                       : fmt::format("value number {} from the end of a key bound again and again", n);
  facts.hardness = fmt::format(
      "associative recall with overwriting: regular for fixed sizes, aperiodic, with at least {}^{} states; "
      "a "
      "recurrent state needs n K log2 V bits",
      V, static_cast<std::int64_t>(K) * n);
  facts.token_set = "keys, values, ?";
  facts.citation = "Yang et al. 2025, PaTH Attention (arXiv 2505.16381)";
  facts.source = "arXiv 2505.16381, MQRAR-N-back; token format and law are ours";
  facts.fidelity = Fidelity::inspired;
  for (int k = 0; k < K; ++k) facts.token_names.push_back(fmt::format("k{}", k));
  for (int v = 0; v < V; ++v) facts.token_names.push_back(fmt::format("v{}", v));
  facts.label_names.assign(facts.token_names.begin() + K, facts.token_names.end());
  facts.token_names.push_back("?");
  facts.special_tokens = {{"?", "the key that follows is asked, not bound"}};
  facts.lengths = {2 * n * K + 2, 2};
  facts.train_lengths = facts.test_lengths = facts.lengths.at_least(24 * K);  // 768 for 32 keys
  facts.chance = 1.0 / V;  // values are uniform and independent of all else
  return std::make_unique<NBackRecall>(std::move(facts), K, V, n);
}

}  // namespace anser::tasks
