#include "tasks/permutation_tracking.h"

#include <algorithm>
#include <numeric>

#include "core/base/error.h"
#include "tasks/real_parameter.h"

namespace anser::tasks {
namespace {

using Arrangement = std::int32_t;  // number of a permutation in lexicographic order

/// All ways in which n objects lie in n places, and what swaps make of them.
struct Arrangements {
  explicit Arrangements(int n) : places(static_cast<std::size_t>(n)) {
    std::vector<std::int32_t> object(places);
    std::iota(object.begin(), object.end(), 0);
    std::vector<std::vector<std::int32_t>> all;
    do all.push_back(object);
    while (std::next_permutation(object.begin(), object.end()));
    for (const auto& a : all) object_at.insert(object_at.end(), a.begin(), a.end());
    for (std::size_t p = 0; p < places; ++p)
      for (std::size_t q = p + 1; q < places; ++q) {
        pairs.push_back({p, q});
        for (auto a : all) {
          std::swap(a[p], a[q]);
          swapped.push_back(
              static_cast<Arrangement>(std::lower_bound(all.begin(), all.end(), a) - all.begin()));
        }
      }
    count = all.size();
  }

  Arrangement swap(std::size_t pair, Arrangement a) const {
    return swapped[pair * count + static_cast<std::size_t>(a)];
  }
  std::int32_t object(Arrangement a, std::size_t place) const {
    return object_at[static_cast<std::size_t>(a) * places + place];
  }

  std::size_t places;
  std::size_t count = 0;
  std::vector<std::int32_t> object_at;                     // [count * places]
  std::vector<std::pair<std::size_t, std::size_t>> pairs;  // p < q
  std::vector<Arrangement> swapped;                        // [pairs * count]
};

/// The arrangements that what has been read leaves possible.
class Possible {
 public:
  explicit Possible(const Arrangements& all) : all_(&all), seen_(all.count, 0), members_{0} {}

  void swap(std::size_t pair) {
    for (auto& a : members_) a = all_->swap(pair, a);
  }
  /// One of some swaps has been done.
  void swap_one_of(const std::vector<std::size_t>& pairs) {
    // Each swap turns even arrangements into odd ones and back, so all of them have the same sign.
    const std::size_t all_of_a_sign = all_->count / 2;
    if (members_.size() == all_of_a_sign) return swap(pairs.front());
    next_.clear();
    ++stamp_;
    for (const auto pair : pairs) {
      for (const auto a : members_) {
        const Arrangement b = all_->swap(pair, a);
        auto& seen = seen_[static_cast<std::size_t>(b)];
        if (seen != stamp_) next_.push_back(b);
        seen = stamp_;
      }
      if (next_.size() == all_of_a_sign) break;
    }
    members_.swap(next_);
  }
  /// `object` has been seen in `place`.
  void keep(std::size_t place, std::int32_t object) {
    std::erase_if(members_, [&](Arrangement a) { return all_->object(a, place) != object; });
  }
  /// Whether only one object can be in `place`.
  bool determines(std::size_t place) const {
    const std::int32_t object = all_->object(members_.front(), place);
    return std::all_of(members_.begin(), members_.end(),
                       [&](Arrangement a) { return all_->object(a, place) == object; });
  }

 private:
  const Arrangements* all_;
  std::vector<std::uint32_t> seen_;
  std::uint32_t stamp_ = 0;
  std::vector<Arrangement> members_;
  std::vector<Arrangement> next_;
};

/// Tokens: swaps, hidden swaps (one for each place shown, or one in all), questions, objects.
class PermutationTracking : public Task {
 public:
  PermutationTracking(TaskFacts facts, int n, int block, double p, bool shows_one)
      : Task(std::move(facts)),
        all_(n),
        block_(static_cast<std::size_t>(block)),
        p_(p),
        shows_one_(shows_one) {
    hidden_.resize(shows_one ? all_.places : 1);
    for (std::size_t pair = 0; pair < all_.pairs.size(); ++pair) {
      const auto [i, j] = all_.pairs[pair];
      hidden_[shows_one ? i : 0].push_back(pair);
      if (shows_one) hidden_[j].push_back(pair);
    }
  }

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override {
    const auto first_hidden = static_cast<std::int32_t>(all_.pairs.size());
    const auto first_question = first_hidden + static_cast<std::int32_t>(hidden_.size());
    const auto places = static_cast<std::uint32_t>(all_.places);
    Possible possible(all_);
    Arrangement truth = 0;
    std::size_t asked = 0;
    for (std::size_t t = 0; t < input.size(); ++t) {
      const std::size_t phase = t % block_;
      if (phase + 2 < block_) {
        const std::size_t pair = rng.below(static_cast<std::uint32_t>(all_.pairs.size()));
        truth = all_.swap(pair, truth);
        if (p_ > 0 && rng.uniform() < p_) {
          const auto [i, j] = all_.pairs[pair];
          const std::size_t shown = shows_one_ ? (rng.below(2) == 0 ? i : j) : 0;
          possible.swap_one_of(hidden_[shown]);
          input[t] = first_hidden + static_cast<std::int32_t>(shown);
        } else {
          possible.swap(pair);
          input[t] = static_cast<std::int32_t>(pair);
        }
        continue;
      }
      if (phase + 2 == block_) asked = rng.below(places);
      const std::int32_t object = all_.object(truth, asked);
      if (phase + 2 == block_) {
        input[t] = first_question + static_cast<std::int32_t>(asked);
        if (possible.determines(asked)) target[t] = object;
      } else {
        input[t] = first_question + static_cast<std::int32_t>(places) + object;
        possible.keep(asked, object);
      }
    }
  }

 private:
  Arrangements all_;
  std::size_t block_;
  double p_;
  bool shows_one_;
  std::vector<std::vector<std::size_t>> hidden_;  // pairs behind each hidden swap
};

}  // namespace

std::unique_ptr<Task> make_permutation_tracking(const Id& id) {
  id.require_known({"n", "r", "p", "hide"});
  const int n = static_cast<int>(id.get_int("n", 5, 3, 6));
  const int r = static_cast<int>(id.get_int("r", 6, 3, 4096));
  const double p = get_real(id, "p", 0.1, 0, 0.99);
  const std::string hide = id.get("hide", "one");
  require(hide == "one" || hide == "both", print_id(id), "hide={} is neither one nor both", hide);
  TaskFacts facts;
  facts.id = fmt::format("permutation_tracking[n={},r={},p={},hide={}]", n, r, p, hide);
  facts.title =
      fmt::format("track {} objects through swaps, some of them hidden, with a look every {} tokens", n, r);
  facts.hardness =
      n >= 5 ? fmt::format(
                   "regular (the state is the set of possible arrangements); holds the word problem of S{}: "
                   "NC1-complete (Barrington 1989)",
                   n)
             : fmt::format(
                   "regular (the state is the set of possible arrangements); holds the word problem of S{}, "
                   "which is solvable",
                   n);
  facts.token_set = "swaps, hidden swaps, questions, objects";
  facts.citation =
      "Siems et al. 2026, Learning State-Tracking from Code Using Linear RNNs (arXiv 2602.14814)";
  facts.source = "arXiv 2602.14814, automata with state reveals; token format and law are ours";
  facts.fidelity = Fidelity::inspired;
  for (int i = 1; i <= n; ++i)
    for (int j = i + 1; j <= n; ++j) facts.token_names.push_back(fmt::format("({} {})", i, j));
  for (int i = 1; i <= (hide == "one" ? n : 1); ++i) {
    facts.token_names.push_back(hide == "one" ? fmt::format("({} ?)", i) : "(? ?)");
    facts.special_tokens.push_back({facts.token_names.back(), "a swap that is not seen in full"});
  }
  for (int i = 1; i <= n; ++i) {
    facts.token_names.push_back(fmt::format("{}?", i));
    facts.special_tokens.push_back(
        {facts.token_names.back(), fmt::format("asks which object lies in place {}", i)});
  }
  for (int i = 1; i <= n; ++i) {
    facts.token_names.push_back(fmt::format("={}", i));
    facts.label_names.push_back(fmt::format("{}", i));
    facts.special_tokens.push_back({facts.token_names.back(), fmt::format("object {} lies there", i)});
  }
  facts.lengths = {r - 1, 1};
  facts.train_lengths = facts.lengths.at_least(96);
  facts.test_lengths = facts.lengths.at_least(384);
  facts.chance = 1.0 / n;  // in the long run objects are alike: even permutations carry each to each (n >= 3)
  return std::make_unique<PermutationTracking>(std::move(facts), n, r, p, hide == "one");
}

}  // namespace anser::tasks
