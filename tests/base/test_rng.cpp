#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "core/base/error.h"
#include "core/base/rng.h"
#include "tests/support/catch.h"

using namespace anser;

namespace {

using Block = std::array<std::uint32_t, 4>;

/// Philox4x32-10 written from the paper (Salmon et al. 2011, section 3.3): the second opinion.
Block philox(Block c, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t left = std::uint64_t{0xD2511F53} * c[0], right = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(right >> 32) ^ c[1] ^ key[0], static_cast<std::uint32_t>(right),
         static_cast<std::uint32_t>(left >> 32) ^ c[3] ^ key[1], static_cast<std::uint32_t>(left)};
    key = {key[0] + 0x9E3779B9U, key[1] + 0xBB67AE85U};
  }
  return c;
}

}  // namespace

TEST_CASE("the numbers of a stream are the known answers of Philox4x32-10", "[base][quick]") {
  // kat_vectors of Random123 1.14
  REQUIRE(philox({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint32_t ones = 0xffffffff;
  REQUIRE(philox({ones, ones, ones, ones}, {ones, ones}) ==
          Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  REQUIRE(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0x0123456789abcdef}}) {
    Rng rng(seed);
    for (std::uint32_t block = 0; block < 5; ++block) {
      const Block expected = philox(
          {block, 0, 0, 0}, {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
      for (const std::uint32_t word : expected) REQUIRE(rng.next_u32() == word);
    }
  }
}

TEST_CASE("a child stream depends on the key and the label, not on what its parent drew", "[base][quick]") {
  Rng used(7);
  for (int i = 0; i < 100; ++i) used.next_u32();
  REQUIRE(used.split("x").key() == Rng(7).split("x").key());
  REQUIRE(used.split(3).key() == Rng(7).split(3).key());
  REQUIRE(used.split("x").position() == 0);
}

TEST_CASE("different labels, numbers and seeds name different streams", "[base][quick]") {
  std::set<std::uint64_t> keys;
  std::size_t streams = 0;
  const auto add = [&](const Rng& rng) {
    keys.insert(rng.key());
    ++streams;
  };
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    add(Rng(seed));
    for (const auto* label : {"", "a", "b", "ab", "ba", "abcdefgh", "abcdefghi", "train", "test"})
      add(Rng(seed).split(label));
    add(Rng(seed).split(std::string_view("\0", 1)));
    add(Rng(seed).split(std::string_view("a\0", 2)));
    for (std::uint64_t i = 0; i < 200; ++i) add(Rng(seed).split(i));
    add(Rng(seed).split("a").split("b"));
    add(Rng(seed).split("b").split("a"));
  }
  REQUIRE(keys.size() == streams);
}

TEST_CASE("seeking to a position resumes the stream bit for bit", "[base][quick]") {
  Rng whole(11);
  std::vector<std::uint32_t> numbers(40);
  for (auto& x : numbers) x = whole.next_u32();
  for (std::uint64_t at = 0; at < 40; ++at) {
    Rng resumed(whole.key());
    resumed.seek(at);
    REQUIRE(resumed.next_u32() == numbers[at]);
    REQUIRE(resumed.position() == at + 1);
  }
  Rng copy = whole;
  REQUIRE(copy.next_u64() == whole.next_u64());
}

TEST_CASE("below(n) is uniform: chi-square of 100,000 draws stays under its 1e-6 quantile", "[base][quick]") {
  // Upper 1e-6 quantiles of chi-square with n - 1 degrees of freedom.
  const auto [n, quantile] =
      GENERATE(table<std::uint32_t, double>({{2, 23.93}, {3, 27.64}, {7, 38.27}, {11, 46.87}}));
  Rng rng(n);
  std::vector<double> count(n, 0.0);
  constexpr double kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) ++count[rng.below(n)];
  double chi = 0;
  for (const double c : count) chi += (c - kDraws / n) * (c - kDraws / n) / (kDraws / n);
  REQUIRE(chi < quantile);
}

TEST_CASE("below(n) has no bias where 2^32 is far from a multiple of n", "[base][quick]") {
  // Without rejection numbers below 2^31 would come half as often again as those of the upper third of 3 *
  // 2^30.
  constexpr std::uint32_t n = 3U << 30;
  Rng rng(1);
  int thirds[3] = {0, 0, 0};
  for (int i = 0; i < 90000; ++i) ++thirds[rng.below(n) >> 30];
  for (const int c : thirds) REQUIRE(std::abs(c - 30000) < 750);  // more than 5 standard deviations
  REQUIRE(Rng(3).below(1) == 0);
  REQUIRE_THROWS_AS(rng.below(0), InputError);
}

TEST_CASE("uniform lies in [0, 1) and normal has mean 0, variance 1 and normal tails", "[base][quick]") {
  Rng rng(5);
  double sum = 0, squares = 0, tail = 0, mean = 0;
  constexpr int kDraws = 200000;
  for (int i = 0; i < kDraws; ++i) {
    const double u = rng.uniform();
    if (u < 0 || u >= 1) FAIL("outside [0, 1)");
    mean += u / kDraws;
    const double x = rng.normal();
    sum += x / kDraws;
    squares += x * x / kDraws;
    tail += std::fabs(x) > 1.959964 ? 1.0 / kDraws : 0;
  }
  REQUIRE(mean == Approx(0.5).margin(5 * 0.2887 / std::sqrt(kDraws)));
  REQUIRE(sum == Approx(0.0).margin(5 / std::sqrt(kDraws)));
  REQUIRE(squares == Approx(1.0).margin(5 * std::sqrt(2.0 / kDraws)));
  REQUIRE(tail == Approx(0.05).margin(5 * std::sqrt(0.05 * 0.95 / kDraws)));
}

TEST_CASE("shuffle reaches every order of three items equally often", "[base][quick]") {
  Rng rng(9);
  std::map<std::vector<int>, int> count;
  for (int i = 0; i < 60000; ++i) {
    std::vector<int> items = {0, 1, 2};
    rng.shuffle(std::span(items));
    ++count[items];
  }
  REQUIRE(count.size() == 6);
  for (const auto& [items, c] : count) REQUIRE(std::abs(c - 10000) < 500);
}

TEST_CASE("many numbers at once are those of so many calls, and leave the stream at the same place",
          "[base][quick]") {
  const std::uint32_t n = GENERATE(1U, 2U, 11U, 120U, 3'000'000'000U / 2, 1U << 31);
  for (const std::uint64_t start : {0, 1, 2, 3, 4, 7})
    for (const std::size_t count : {0, 1, 2, 3, 4, 5, 9, 100}) {
      Rng one(5), many(5);
      for (Rng* rng : {&one, &many}) {
        rng->seek(start);
        if (start == 7) rng->next_u32();  // in the middle of a block that is kept
      }
      std::vector<std::int32_t> numbers(count);
      many.below(n, numbers);
      for (const std::int32_t x : numbers) REQUIRE(static_cast<std::uint32_t>(x) == one.below(n));
      REQUIRE(many.position() == one.position());
      REQUIRE(many.next_u32() == one.next_u32());
    }
  std::vector<std::int32_t> numbers(1);
  REQUIRE_THROWS_AS(Rng(0).below(0, numbers), InputError);
  REQUIRE_THROWS_AS(Rng(0).below((1U << 31) + 1, numbers), InputError);
}
