// Recall and copying: the laws of the sources.
#include <cmath>
#include <set>

#include "tasks/distinct_draws.h"
#include "tasks/power_law_slots.h"
#include "tasks/task.h"
#include "tests/support/catch.h"
#include "tests/tasks/sequences/sequence_ids.h"

using namespace anser;
using namespace anser::tasks;
using namespace anser::tests;

namespace {

/// Chi-square of counts against probabilities.
double chi_square(const std::vector<double>& count, const std::vector<double>& probability) {
  double total = 0, chi = 0;
  for (const double c : count) total += c;
  for (std::size_t i = 0; i < count.size(); ++i) {
    const double wanted = total * probability[i];
    chi += (count[i] - wanted) * (count[i] - wanted) / wanted;
  }
  return chi;
}

std::string names(const TaskFacts& facts, const std::vector<std::int32_t>& tokens) {
  std::string text;
  for (const auto token : tokens)
    text += (text.empty() ? "" : " ") + facts.token_names[static_cast<std::size_t>(token)];
  return text;
}

}  // namespace

TEST_CASE("distinct draws: every ordered pair of five equally often, by both methods",
          "[tasks][sequences][quick]") {
  Rng rng(5);
  std::vector<double> count(20, 0);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::int32_t> two(2);
    draw_distinct(rng, 10, 5, two);
    const int a = two[0] - 10, b = two[1] - 10;
    REQUIRE((a != b && a >= 0 && a < 5 && b >= 0 && b < 5));
    ++count[static_cast<std::size_t>(4 * a + b - (b > a ? 1 : 0))];
  }
  REQUIRE(chi_square(count, std::vector<double>(20, 0.05)) < 70.9);  // 19 degrees of freedom, 1e-7
  for (const std::int32_t all : {17, 30, 100}) {
    std::vector<std::int32_t> seventeen(17);
    draw_distinct(rng, 0, all, seventeen);
    REQUIRE(std::set<std::int32_t>(seventeen.begin(), seventeen.end()).size() == 17);
    REQUIRE(*std::max_element(seventeen.begin(), seventeen.end()) < all);
  }
}

TEST_CASE("slots are drawn one after another by what is left of (g + 1)^(a - 1)",
          "[tasks][sequences][quick]") {
  const double a = GENERATE(0.01, 1.0, 3.0);
  const PowerLawSlots slots(a);
  std::vector<double> weight, probability;
  for (int g = 0; g < 4; ++g) weight.push_back(std::pow(g + 1, a - 1));
  const double sum = weight[0] + weight[1] + weight[2] + weight[3];
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 4; ++j)
      for (std::size_t k = 0; k < 4; ++k)
        if (i != j && j != k && i != k)
          probability.push_back(weight[i] / sum * weight[j] / (sum - weight[i]) * weight[k] /
                                (sum - weight[i] - weight[j]));
  Rng rng(7);
  std::vector<double> count(24, 0);
  for (int n = 0; n < 200'000; ++n) {
    std::vector<std::int32_t> drawn(3);
    slots.draw(rng, 4, drawn);
    std::size_t index = 0, at = 0;
    for (std::int32_t i = 0; i < 4; ++i)
      for (std::int32_t j = 0; j < 4; ++j)
        for (std::int32_t k = 0; k < 4; ++k) {
          if (i == j || j == k || i == k) continue;
          if (drawn == std::vector<std::int32_t>{i, j, k}) at = index;
          ++index;
        }
    ++count[at];
  }
  REQUIRE(chi_square(count, probability) < 77.8);  // 23 degrees of freedom, 1e-7
}

TEST_CASE("all slots of a steep law are drawn without delay", "[tasks][sequences][quick]") {
  const double a = GENERATE(0.0001, 10.0);
  const PowerLawSlots slots(a);
  Rng rng(1);
  std::vector<std::int32_t> all(5000);
  slots.draw(rng, 5000, all);
  REQUIRE(std::set<std::int32_t>(all.begin(), all.end()).size() == 5000);
}

TEST_CASE("mqar: pairs in front, then every key once, at power-law gaps, in uniform filler",
          "[tasks][sequences][quick]") {
  const auto task = make_task("mqar[V=8192,K=4,a=0.01]");
  std::vector<double> gap(28, 0), wanted;
  double filler = 0, sum = 0, total = 0;
  for (std::uint64_t index = 0; index < 5000; ++index) {
    const Example e = sample_of(*task, 0, index, 64);
    for (std::size_t t = 0; t < 8; t += 2) {
      REQUIRE((e.input[t] >= 1 && e.input[t] < 4096 && e.input[t + 1] >= 4096 && e.input[t + 1] < 8192));
      REQUIRE((e.target[t] == kUnscored && e.target[t + 1] == kUnscored));
    }
    for (std::size_t t = 8; t < 64; ++t) {
      if (e.target[t] == kUnscored) {
        filler += e.input[t];
        ++total;
      } else if (e.input[t] == e.input[0]) {
        ++gap[(t - 8) / 2];  // that of the first key is the first that is drawn
      }
    }
  }
  for (int g = 0; g < 28; ++g) wanted.push_back(std::pow(g + 1, 0.01 - 1));
  for (const double w : wanted) sum += w;
  for (double& w : wanted) w /= sum;
  REQUIRE(chi_square(gap, wanted) < 87.3);  // 27 degrees of freedom, 1e-8
  REQUIRE(std::abs(filler / total - 4095.5) < 5 * 8192 / std::sqrt(12 * total));
}

TEST_CASE("mqar forgetting: an update changes the value, and the query answers the new one",
          "[tasks][sequences][quick]") {
  const auto task = make_task("mqar[variant=forgetting,V=16,K=4,updates=2]");
  for (std::uint64_t index = 0; index < 500; ++index) {
    const Example e = sample_of(*task, 2, index, 40);
    for (std::size_t u = 8; u < 12; u += 2)
      for (std::size_t k = 0; k < 8; k += 2)
        if (e.input[k] == e.input[u]) REQUIRE(e.input[k + 1] != e.input[u + 1]);
  }
}

TEST_CASE("mqar compositional: neither half of a key tells the value", "[tasks][sequences][quick]") {
  const auto task = make_task("mqar[variant=compositional,V=30,K=4]");
  for (std::uint64_t index = 0; index < 200; ++index) {
    const Example e = sample_of(*task, 2, index, 30);
    std::set<std::int32_t> first, second, values;
    std::set<std::pair<std::int32_t, std::int32_t>> cells;
    for (std::size_t t = 0; t < 12; t += 3) {
      first.insert(e.input[t]);
      second.insert(e.input[t + 1]);
      values.insert(e.input[t + 2]);
      cells.insert({e.input[t], e.input[t + 1]});
    }
    REQUIRE((first.size() == 2 && second.size() == 2 && values.size() == 4 && cells.size() == 4));
  }
}

TEST_CASE("mqar stacked: more passes at longer lengths, answers at the last", "[tasks][sequences][quick]") {
  const auto task = make_task("mqar[variant=stacked,V=8,K=3]");
  const Example e = sample_of(*task, 0, 0, 12);
  for (std::size_t t = 0; t < 12; ++t) REQUIRE((e.target[t] == kUnscored) == (t < 9));
  const std::set<std::int32_t> one(e.input.begin(), e.input.begin() + 3),
      two(e.input.begin() + 3, e.input.begin() + 6);
  REQUIRE(one == two);
}

TEST_CASE("mad: the shapes of the six tasks", "[tasks][sequences][quick]") {
  const auto recall = make_task("mad[task=in_context_recall]");
  REQUIRE(recall->facts().num_tokens == 16);
  REQUIRE(recall->facts().chance == 0.125);
  REQUIRE(make_task("mad")->facts().id == recall->facts().id);
  const auto noisy = make_task("mad[task=noisy_recall]");
  REQUIRE(noisy->facts().num_tokens == 32);
  REQUIRE(noisy->facts().chance == 0.125);
  // A fifth of the pairs are noise, but for the one that never is.
  double noise = 0;
  for (std::uint64_t index = 0; index < 500; ++index)
    for (const auto token : sample_of(*noisy, 0, index, 127).input) noise += token >= 16;
  REQUIRE(noise / (500 * 126) == Approx(0.2 * 62 / 63).margin(0.006));
  const auto copying = make_task("mad[task=selective_copying]");
  const Example e = sample_of(*copying, 0, 0, 256);
  REQUIRE(std::count(e.input.begin(), e.input.end(), 14) == 256 - 17);
  REQUIRE(e.input[255 - 16] == 15);
  REQUIRE(e.input[254 - 16] < 14);  // blanks stand before tokens, never behind the last
}

TEST_CASE("mad fuzzy recall: full-length keys where it tests, all lengths where it trains",
          "[tasks][sequences][quick]") {
  const auto key_lengths = [](const std::string& id) {
    const auto task = make_task(id);
    std::set<int> lengths;
    for (std::uint64_t index = 0; index < 100; ++index) {
      int run = 0;
      for (const auto token : sample_of(*task, 0, index, 128).input) {
        if (token >= 7 && run > 0) lengths.insert(run);
        run = token < 7 ? run + 1 : 0;
      }
    }
    return lengths;
  };
  REQUIRE(key_lengths("mad[task=fuzzy_recall]") == std::set<int>{3});
  REQUIRE(key_lengths("mad[task=fuzzy_recall,mode=lm]") == std::set<int>{1, 2, 3});
}

TEST_CASE("mad memorization: one map for all splits and seeds", "[tasks][sequences][quick]") {
  const auto task = make_task("mad[task=memorization,V=16]");
  std::vector<std::int32_t> value(7, -1);
  for (std::uint64_t seed = 0; seed < 3; ++seed)
    for (const Split split : {Split::train, Split::sealed}) {
      const Example e = sample_of(*task, seed, 0, 200, split);
      for (std::size_t t = 0; t < 200; t += 2) {
        auto& known = value[static_cast<std::size_t>(e.input[t])];
        REQUIRE((known == -1 || known == e.target[t + 1]));
        known = e.target[t + 1];
        REQUIRE(e.input[t + 1] == 15);
      }
    }
}

TEST_CASE("reversal: RWKV-LM's format, digit by digit", "[tasks][sequences][quick]") {
  const auto task = make_task("reversal[digits=4]");
  const TaskFacts& facts = task->facts();
  const Example e = sample_of(*task, 0, 0, 12);
  const std::string text = names(facts, e.input);
  CAPTURE(text);
  REQUIRE(e.input[4] == 10);
  for (std::size_t i = 0; i < 4; ++i) REQUIRE(e.input[i] == e.input[8 - i]);
  for (std::size_t t = 9; t < 12; ++t) REQUIRE(e.input[t] == 11);
  for (std::size_t t = 0; t < 12; ++t) REQUIRE((e.target[t] != kUnscored) == (t >= 4 && t <= 8));
  REQUIRE(e.target[8] == 11);
  // One-digit numbers may be 0, longer ones do not begin with it.
  std::set<std::int32_t> first;
  for (std::uint64_t index = 0; index < 300; ++index)
    first.insert(sample_of(*make_task("reversal[digits=1]"), 0, index, 3).input[0]);
  REQUIRE(first.size() == 10);
  for (std::uint64_t index = 0; index < 300; ++index) REQUIRE(sample_of(*task, 0, index, 9).input[0] != 0);
  REQUIRE(make_task("reversal[digits=1]")->facts().chance == 0.5);
  REQUIRE(make_task("reversal[digits=4]")->facts().chance ==
          Approx((0.3 + 1.0 / 9 > 1 ? 0.3 + 1.0 / 9 : 1.0) / 5));
  REQUIRE(make_task("reversal")->facts().lengths.least == 121);
}

TEST_CASE("n-back recall asks for the n-th newest value", "[tasks][sequences][quick]") {
  const auto task = make_task("n_back_recall[K=1,V=50,n=3]");
  const Example e = sample_of(*task, 0, 0, 60);
  std::vector<std::int32_t> values;
  for (std::size_t t = 0; t < 60; t += 2) {
    if (e.input[t] == 51) {
      REQUIRE(e.target[t + 1] == values[values.size() - 3]);
      REQUIRE(e.input[t + 1] == 0);
    } else {
      values.push_back(e.input[t + 1] - 1);
      REQUIRE(e.target[t + 1] == kUnscored);
    }
  }
}
