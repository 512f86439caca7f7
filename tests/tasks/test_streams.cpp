#include <set>
#include <thread>

#include "core/base/files.h"
#include "tasks/task.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

using namespace anser;
using namespace anser::tasks;

namespace {

struct Sample {
  std::vector<std::int32_t> input;
  std::vector<std::int32_t> target;
  friend bool operator==(const Sample&, const Sample&) = default;
};

Sample draw(const Task& task, std::uint64_t seed, Split split, std::uint64_t index, std::size_t length) {
  Sample sample{.input = std::vector<std::int32_t>(length), .target = std::vector<std::int32_t>(length)};
  task.sample(seed, split, index, sample.input, sample.target);
  return sample;
}

}  // namespace

TEST_CASE("a sample depends on task, seed, split and index alone: not on order, thread or length",
          "[tasks][quick]") {
  const auto task = make_task("s5[tokens=swaps+id]");
  std::vector<Sample> forward(64), backward(64);
  for (std::size_t i = 0; i < 64; ++i) forward[i] = draw(*task, 5, Split::train, i, 32);
  std::thread other([&] {
    for (std::size_t i = 64; i-- > 0;)
      backward[i] = draw(*make_task("S5[tokens=swaps+id]"), 5, Split::train, i, 32);
  });
  other.join();
  REQUIRE(forward == backward);
  const Sample longer = draw(*task, 5, Split::train, 3, 100);
  REQUIRE(std::equal(forward[3].input.begin(), forward[3].input.end(), longer.input.begin()));
}

TEST_CASE("train, validation and sealed streams share no sample, nor do seeds and tasks", "[tasks][quick]") {
  std::set<std::vector<std::int32_t>> seen;
  std::size_t drawn = 0;
  for (const auto* id : {"s5[tokens=swaps+id]", "random_dfa[n=8,k=11,seed=1]"})
    for (const Split split : {Split::train, Split::validation, Split::sealed})
      for (std::uint64_t seed = 0; seed < 3; ++seed)
        for (std::uint64_t i = 0; i < 200; ++i, ++drawn)
          seen.insert(
              draw(*make_task(id), seed, split, i, 32).input);  // 11^32 words: a chance meeting is impossible
  REQUIRE(seen.size() == drawn);
}

TEST_CASE("splits are named train, validation and test", "[tasks][quick]") {
  for (const Split split : {Split::train, Split::validation, Split::sealed})
    REQUIRE(parse_split(split_name(split)) == split);
  REQUIRE(split_name(Split::sealed) == "test");
  REQUIRE(tests::contains(tests::message_of([] { parse_split("tset"); }), "did you mean \"test\"?"));
}

TEST_CASE("length 0 works and unequal lengths are refused", "[tasks][quick]") {
  const auto task = make_task("parity");
  REQUIRE(draw(*task, 0, Split::train, 0, 0).input.empty());
  std::vector<std::int32_t> two(2), three(3);
  REQUIRE_THROWS_AS(task->sample(0, Split::train, 0, two, three), InputError);
}

TEST_CASE("letters are uniform: chi-square of 110,000 letters stays under its 1e-6 quantile",
          "[tasks][quick]") {
  const auto task = make_task("s5[tokens=swaps+id]");
  std::vector<double> count(11, 0.0);
  for (std::uint64_t i = 0; i < 1100; ++i)
    for (const auto letter : draw(*task, 0, Split::train, i, 100).input)
      ++count[static_cast<std::size_t>(letter)];
  double chi = 0;
  for (const double c : count) chi += (c - 10000) * (c - 10000) / 10000;
  REQUIRE(chi < 46.87);  // 10 degrees of freedom
}

TEST_CASE("the streams give the words they always gave", "[tasks][quick]") {
  const auto line = [](const std::string& id) {
    const Sample s = draw(*make_task(id), 0, Split::sealed, 0, 8);
    return fmt::format("{} -> {}", fmt::join(s.input, " "), fmt::join(s.target, " "));
  };
  REQUIRE(line("s5[tokens=swaps+id]") == "8 0 6 8 2 2 10 7 -> 54 54 67 21 23 21 45 105");
  REQUIRE(line("a5") == "46 48 31 3 13 50 55 53 -> 46 8 53 58 45 31 1 29");
  REQUIRE(line("parity") == "1 0 0 0 0 0 1 0 -> 1 1 1 1 1 1 0 0");
  REQUIRE(line("random_dfa[n=8,k=2,seed=0]") == "0 1 0 0 1 0 1 0 -> 0 0 0 1 0 0 0 1");
}
