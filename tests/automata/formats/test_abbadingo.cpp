#include "automata/formats/abbadingo.h"

#include "tests/automata/formats/machines.h"

using namespace anser;
using namespace anser::automata;
using anser::tests::require_says;
using Names = std::vector<std::string>;

namespace {

std::string complaint(const std::string& text) {
  return tests::message_of([&] { (void)parse_abbadingo(text, "bad.txt"); });
}

}  // namespace

TEST_CASE("Abbadingo samples are read with their labels and numbered letters", "[formats][quick]") {
  const Samples samples = parse_abbadingo("4 3\n1 3 0 1 0\n0 0\n-1 1 2\n7 2 1 1 \r\n");
  REQUIRE(samples.alphabet == Names{"0", "1", "2"});
  REQUIRE(samples.labels == std::vector<std::int32_t>{1, 0, -1, 7});
  REQUIRE(samples.words == std::vector<std::vector<Letter>>{{0, 1, 0}, {}, {2}, {1, 1}});
  REQUIRE(parse_abbadingo("0 2\n").alphabet == Names{"0", "1"});
}

TEST_CASE("symbols may be names, or numbers beyond the header's range", "[formats][quick]") {
  REQUIRE(parse_abbadingo("1 3\n1 3 b a b\n").alphabet == Names{"a", "b"});
  REQUIRE(parse_abbadingo("1 2\n1 3 10 9 10\n").alphabet == Names{"9", "10"});
  REQUIRE(parse_abbadingo("1 2\n1 2 01 1\n").alphabet == Names{"01", "1"});
}

TEST_CASE("printing and reading samples gives the same samples", "[formats][quick]") {
  const auto seed = GENERATE(range(0, 20));
  Rng rng(static_cast<std::uint64_t>(seed));
  Samples samples;
  const auto letters = 1 + rng.below(12);
  for (std::uint32_t s = 0; s < letters; ++s) samples.alphabet.push_back(std::to_string(s));
  for (std::uint32_t i = rng.below(30); i > 0; --i) {
    samples.labels.push_back(static_cast<std::int32_t>(rng.below(4)) - 1);
    samples.words.emplace_back();
    for (std::uint32_t t = rng.below(9); t > 0; --t)
      samples.words.back().push_back(static_cast<Letter>(rng.below(letters)));
  }
  const Samples back = parse_abbadingo(print_abbadingo(samples));
  REQUIRE(back.alphabet == samples.alphabet);
  REQUIRE(back.words == samples.words);
  REQUIRE(back.labels == samples.labels);
}

TEST_CASE("broken samples are refused in one sentence that names the line", "[formats][quick]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "is empty, wanted a header"},
      {"3\n", "line 1: the header has 1 columns"},
      {"x 2\n", "line 1: the number of words is \"x\""},
      {"-1 2\n", "line 1: the number of words is \"-1\""},
      {"0 0\n", "line 1: the number of letters is \"0\""},
      {"0 99999999999\n", "the number of letters is \"99999999999\", wanted an integer in 1..65536"},
      {"2 2\n1 1 0\n", "the header says 2 words, the file has 1"},
      {"1 2\n1 1 0\n1 1 0\n", "the header says 1 words, the file has 2"},
      {"9223372036854775807 2\n", "the header says 9223372036854775807 words, the file has 0"},
      {"1 2\n\n1\n", "line 3: one column"},
      {"1 2\nyes 1 0\n", "line 2: the label is \"yes\""},
      {"1 2\n-2 1 0\n", "line 2: the label is \"-2\""},
      {"1 2\n1 3 0 1\n", "line 2: the length is 3, the line has 2 symbols"},
      {"1 2\n1 -1\n", "line 2: the length is \"-1\""},
      {"1 2\n1 3 a b c\n", "the header says 2 letters, the words have 3"},
      {"1 2\n1 1 a:0.5\n", "the symbol \"a:0.5\" holds a flexfringe attribute"},
      {"1 2\n1 1 \xff\n", "is not UTF-8 text"}};
  for (const auto& [text, part] : cases) {
    CAPTURE(text);
    require_says(complaint(text), part);
    REQUIRE(tests::contains(complaint(text), "bad.txt: "));
  }
}

TEST_CASE("samples that the format cannot hold are not written", "[formats][quick]") {
  const auto says = [](const Samples& samples, const char* part) {
    require_says(tests::message_of([&] { (void)print_abbadingo(samples); }), part);
  };
  says({}, "the alphabet is empty");
  says({{"a b"}, {}, {}}, "the letter \"a b\"");
  says({{"a"}, {{0}}, {}}, "1 words with 0 labels");
  says({{"a"}, {{1}}, {0}}, "word 0 has the letter 1, wanted 0..0");
  says({{"a"}, {{0}}, {-2}}, "word 0 has the label -2");
}
