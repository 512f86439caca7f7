#include <algorithm>
#include <numeric>
#include <set>

#include "tasks/word_problem_csv.h"
#include "tests/support/catch.h"
#include "tests/support/sha256.h"
#include "tests/support/throws.h"

using namespace anser;
using namespace anser::tasks;
using automata::Element;
using automata::PermutationGroup;

namespace {

WordProblem problem(const std::string& group, const std::string& tokens = "all", bool newest_left = false) {
  const auto g = PermutationGroup::parse(group);
  return {.group = g, .tokens = g.token_set(tokens), .newest_left = newest_left};
}

std::string exhaustive(const WordProblem& p, int length, std::int64_t seed = 0) {
  std::string text;
  write_exhaustive_csv(p, length, seed, [&](std::string_view piece) { text += piece; });
  return text;
}

std::string sampled(const WordProblem& p, std::int64_t rows, int length, const Rng& rng,
                    std::int64_t seed = 0) {
  std::string text;
  write_sampled_csv(p, rows, length, seed, rng, [&](std::string_view piece) { text += piece; });
  return text;
}

std::string complaint(const std::string& text, const WordProblem& p = problem("a5")) {
  return tests::message_of([&] { (void)parse_word_problem_csv(p, text, "words.csv"); });
}

}  // namespace

TEST_CASE("SHA-256 gives the digests of FIPS 180-4", "[tasks][quick]") {
  REQUIRE(tests::sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  REQUIRE(tests::sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  REQUIRE(tests::sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  REQUIRE(tests::sha256(std::string(1000000, 'a')) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("A5=2, Z60=2 and A4_x_Z5=2 have the checksums of word-problem's files", "[tasks][quick]") {
  REQUIRE(tests::sha256(exhaustive(problem("A5"), 2, 946607)) ==
          "5fa1b247ecf078d027a71fff7c486d6e4f12df4d0f8ff4526bc91cf759bbf307");
  REQUIRE(tests::sha256(exhaustive(problem("Z60"), 2, 842871)) ==
          "4ce5b6d98939be4c559fddd5172db8a0bf99a1da17b7ef61ea9c65133b2bbf05");
  REQUIRE(tests::sha256(exhaustive(problem("A4_x_Z5"), 2, 814239)) ==
          "8938e809eed273317847668dca40b01571d9ebc96a4151c12de9ae9b063c1259");
}

TEST_CASE("what is written is read back, word by word", "[tasks][quick]") {
  const auto left = GENERATE(false, true);
  const auto p = problem(GENERATE("s3", "q8", "d8", "a4_x_z5"), GENERATE("all", "gens"), left);
  for (const std::string& text : {exhaustive(p, 3, -5), sampled(p, 7, 20, Rng(3), 123456789012)}) {
    const WordProblemRows rows = parse_word_problem_csv(p, text);
    REQUIRE(rows.begin.size() == rows.size() + 1);
    std::string again = "seed,input,target\n";
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto from = static_cast<std::ptrdiff_t>(rows.begin[i]),
                 to = static_cast<std::ptrdiff_t>(rows.begin[i + 1]);
      again += fmt::format("{},{},{}\n", rows.seed[i],
                           fmt::join(rows.input.begin() + from, rows.input.begin() + to, " "),
                           fmt::join(rows.target.begin() + from, rows.target.begin() + to, " "));
      Element product = 0;
      for (auto t = from; t < to; ++t) {
        const Element x = rows.input[static_cast<std::size_t>(t)];
        product = left ? p.group.product(x, product) : p.group.product(product, x);
        REQUIRE(rows.target[static_cast<std::size_t>(t)] == product);
      }
    }
    REQUIRE(again == text);
  }
}

TEST_CASE("exhaustive files hold every word once, the last letter fastest", "[tasks][quick]") {
  REQUIRE(exhaustive(problem("s2"), 2, 9) ==
          "seed,input,target\n9,0 0,0 0\n9,0 1,0 1\n9,1 0,1 1\n9,1 1,1 0\n");
  REQUIRE(exhaustive(problem("s3", "swaps"), 1) == "seed,input,target\n0,1,1\n0,2,2\n0,5,5\n");
  REQUIRE(exhaustive(problem("z1"), 3) == "seed,input,target\n0,0 0 0,0 0 0\n");
}

TEST_CASE("sampled words are distinct, uniform and a function of the stream alone", "[tasks][quick]") {
  const auto p = problem("s3");
  for (const std::int64_t rows : {1, 20, 54, 100, 215, 216}) {  // of 216 words
    const auto read = parse_word_problem_csv(p, sampled(p, rows, 3, Rng(1)));
    std::set<std::vector<Element>> words;
    for (std::size_t i = 0; i < read.size(); ++i)
      words.insert({read.input.begin() + static_cast<std::ptrdiff_t>(3 * i),
                    read.input.begin() + static_cast<std::ptrdiff_t>(3 * i + 3)});
    REQUIRE(static_cast<std::int64_t>(words.size()) == rows);
  }
  REQUIRE(sampled(p, 30, 5, Rng(1)) == sampled(p, 30, 5, Rng(1)));
  REQUIRE(sampled(p, 30, 5, Rng(1)) != sampled(p, 30, 5, Rng(2)));
  std::vector<double> count(36, 0.0);
  for (std::uint64_t seed = 0; seed < 3600; ++seed)
    for (const std::int64_t rows : {2, 20}) {  // by drawing and by shuffling
      const auto read = parse_word_problem_csv(p, sampled(p, rows, 2, Rng(seed)));
      ++count[static_cast<std::size_t>(6 * read.input[0] + read.input[1])];
    }
  double chi = 0;
  for (const double c : count) chi += (c - 200) * (c - 200) / 200;
  REQUIRE(chi < 92.6);  // 35 degrees of freedom, 1e-6
}

TEST_CASE("files that would not fit are refused with the number they need", "[tasks][quick]") {
  const auto says = [](const auto& call) { return tests::message_of(call); };
  REQUIRE(tests::contains(says([] { exhaustive(problem("s5"), 5); }), "24,883,200,000 rows"));
  REQUIRE(tests::contains(says([] { exhaustive(problem("s5"), 1000); }), "about 10^2079 rows"));
  REQUIRE(tests::contains(says([] { exhaustive(problem("s5"), 0); }), "at least 1 letter"));
  REQUIRE(tests::contains(says([] { sampled(problem("s3"), 217, 3, Rng(0)); }), "only 216 words"));
  REQUIRE(tests::contains(says([] { sampled(problem("s3"), 0, 3, Rng(0)); }), "got 0"));
  REQUIRE(tests::contains(says([] { sampled(problem("s3"), 100000, 100000, Rng(0)); }), "10000000000"));
  auto none = problem("s3");
  none.tokens.clear();
  REQUIRE(tests::contains(says([&] { exhaustive(none, 2); }), "at least one token"));
}

TEST_CASE("a broken file is refused with line, column and reason", "[tasks][quick]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "words.csv, line 1, column 1: wanted the header \"seed,input,target\""},
      {"length,input,target\n", "line 1, column 1: wanted the header"},
      {"seed,input,target\n1,1 3,1 5\n",
       "line 2, column 9: target 5 is not the product of the first 2 elements, 6"},
      {"seed,input,target\n1,1 3,1\n", "line 2, column 7: the input has 2 elements and the target 1"},
      {"seed,input,target\n1,1,1\n1,60,60\n", "line 3, column 3: A5 has no element 60, wanted 0..59"},
      {"seed,input,target\n1,-1,1\n", "line 2, column 3: A5 has no element -1"},
      {"seed,input,target\n1,1  3,1 6\n", "line 2, column 5: wanted the number of an element, got \" \""},
      {"seed,input,target\n1,1 3 ,1 6\n", "line 2, column 7: wanted the number of an element, got \",\""},
      {"seed,input,target\n1,,\n", "line 2, column 3: wanted the number of an element, got \",\""},
      {"seed,input,target\nx,1,1\n", "line 2, column 1: wanted the seed"},
      {"seed,input,target\n1.5,1,1\n", "line 2, column 2: wanted a comma and the input, got \".\""},
      {"seed,input,target\n1,1\n",
       "line 2, column 4: wanted a comma and the target, got the end of the line"},
      {"seed,input,target\n1,1,1,1\n", "line 2, column 6: wanted the end of the line, got \",\""},
      {"seed,input,target\n1,1,1\r\n", "line 2, column 6: wanted the end of the line"},
      {"seed,input,target\n\n", "line 2, column 1: wanted the seed"},
      {"seed,input,target\n99999999999999999999,1,1\n",
       "line 2, column 1: the seed, a whole number is too large"}};
  for (const auto& [text, part] : cases) {
    CAPTURE(text, complaint(text));
    REQUIRE(tests::contains(complaint(text), part));
    REQUIRE_FALSE(tests::contains(complaint(text), "\n"));
  }
  REQUIRE(tests::contains(complaint("seed,input,target\n1,0,0\n", problem("s5", "swaps")),
                          "column 3: element 0 is none of the 10 tokens"));
  REQUIRE(complaint("seed,input,target\n1,1,1").empty());  // the last line may lack its end
  REQUIRE(parse_word_problem_csv(problem("a5"), "seed,input,target\n").size() == 0);
}
