#include "automata/dfa.h"
#include "automata/random_dfa.h"
#include "core/base/files.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

using namespace anser;
using namespace anser::automata;

namespace {

/// Words over a, b with an even number of a.
constexpr const char* kEvenA =
    R"({"states":2,"alphabet":["a","b"],"start":0,"accept":[0],"delta":[[1,0],[0,1]]})";

std::string complaint(const std::string& json) {
  return tests::message_of([&] { (void)parse_dfa(json, "bad.json"); });
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("dfa.json is read into the automaton it describes", "[automata][quick]") {
  const Dfa dfa = parse_dfa(kEvenA);
  REQUIRE(dfa.num_states == 2);
  REQUIRE(dfa.letter_names == std::vector<std::string>{"a", "b"});
  REQUIRE(accepts(dfa, std::vector<Letter>{}));
  REQUIRE_FALSE(accepts(dfa, std::vector<Letter>{0, 1}));
  REQUIRE(accepts(dfa, std::vector<Letter>{0, 1, 0}));
  REQUIRE(letter_of(dfa, "b") == 1);
  REQUIRE(tests::contains(tests::message_of([&] { (void)letter_of(dfa, "c"); }), "unknown letter \"c\""));
  REQUIRE_THROWS_AS(run(dfa, std::vector<Letter>{2}), InputError);
}

TEST_CASE("printing and reading an automaton gives the same automaton", "[automata][quick]") {
  const auto seed = GENERATE(range(0, 20));
  const Dfa dfa = random_dfa({.num_states = 1 + seed, .num_letters = 1 + seed % 4},
                             Rng(static_cast<std::uint64_t>(seed)));
  const Dfa back = parse_dfa(print_dfa(dfa));
  REQUIRE(back.next == dfa.next);
  REQUIRE(back.accept == dfa.accept);
  REQUIRE(back.letter_names == dfa.letter_names);
  REQUIRE(back.start == dfa.start);
  REQUIRE(print_dfa(back) == print_dfa(dfa));
  REQUIRE(print_dfa(parse_dfa(kEvenA)) == std::string(kEvenA) + "\n");
}

TEST_CASE("one state, one letter, no accepting state and any start are ordinary", "[automata][quick]") {
  const Dfa dfa = parse_dfa(R"({"states":1,"alphabet":["x"],"start":0,"accept":[],"delta":[[0]]})");
  REQUIRE_FALSE(accepts(dfa, std::vector<Letter>{0, 0, 0}));
  REQUIRE(parse_dfa(replaced(kEvenA, "\"start\":0", "\"start\":1")).start == 1);
  REQUIRE(parse_dfa(replaced(kEvenA, "[\"a\",\"b\"]", "[\"(1 2)\",\"\u03b1\"]")).letter_names[1] == "\u03b1");
}

TEST_CASE("a broken dfa.json is refused with file, field, state and letter", "[automata][quick]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "bad.json"},
      {"[1]", "is not a JSON object"},
      {"{", "bad.json"},
      {replaced(kEvenA, "\"start\":0,", ""), "field \"start\" is missing"},
      {replaced(kEvenA, "{", "{\"final\":[0],"), "unknown field \"final\""},
      {replaced(kEvenA, "\"states\":2", "\"states\":0"), "\"states\" is 0, wanted an integer in 1.."},
      {replaced(kEvenA, "\"states\":2", "\"states\":2.5"), "\"states\" is 2.5"},
      {replaced(kEvenA, "\"states\":2", "\"states\":99999999999999999999"), "\"states\" is"},
      {replaced(kEvenA, "\"states\":2", "\"states\":18446744073709551615"), "\"states\" is"},
      {replaced(kEvenA, "\"states\":2", "\"states\":3"),
       "\"delta\" has 2 rows, wanted one for each of the 3 states"},
      {replaced(kEvenA, "[\"a\",\"b\"]", "[]"), "\"alphabet\" is empty"},
      {replaced(kEvenA, "[\"a\",\"b\"]", "[\"a\",\"a\"]"), "letter \"a\" stands twice"},
      {replaced(kEvenA, "[\"a\",\"b\"]", "[\"a\",1]"),
       "letter 1 of \"alphabet\" is 1, wanted a non-empty string"},
      {replaced(kEvenA, "[\"a\",\"b\"]", "\"ab\""), "\"alphabet\" is not an array"},
      {replaced(kEvenA, "\"start\":0", "\"start\":2"), "\"start\" is 2, wanted an integer in 0..1"},
      {replaced(kEvenA, "\"accept\":[0]", "\"accept\":[5]"), "an entry of \"accept\" is 5"},
      {replaced(kEvenA, "\"accept\":[0]", "\"accept\":[0,0]"), "state 0 stands twice in \"accept\""},
      {replaced(kEvenA, "[[1,0],[0,1]]", "[[1,0],[0]]"), "row 1 of \"delta\" has 1 entries, wanted 2"},
      {replaced(kEvenA, "[[1,0],[0,1]]", "[[1,0],[0,-1]]"), "\"delta\" of state 1 and letter \"b\" is -1"},
      {replaced(kEvenA, "[[1,0],[0,1]]", "[[1,0],[0,null]]"),
       "\"delta\" of state 1 and letter \"b\" is null"},
      {replaced(kEvenA, "[[1,0],[0,1]]", "[[1,0],7]"), "row 1 of \"delta\" is not an array"}};
  for (const auto& [json, part] : cases) {
    CAPTURE(json, part, complaint(json));
    REQUIRE(tests::contains(complaint(json), "bad.json"));
    REQUIRE(tests::contains(complaint(json), part));
    REQUIRE_FALSE(tests::contains(complaint(json), "\n"));
  }
}

TEST_CASE("a missing file is named", "[automata][quick]") {
  REQUIRE(tests::contains(tests::message_of([] { (void)read_dfa("no/such/dfa.json"); }), "no/such/dfa.json"));
}

TEST_CASE("a Moore machine whose tables do not fit is refused", "[automata][quick]") {
  const Moore good = to_moore(parse_dfa(kEvenA));
  check(good);
  const auto refuses = [&](const auto& spoil) {
    Moore bad = good;
    spoil(bad);
    return !tests::message_of([&] { check(bad); }).empty();
  };
  REQUIRE(refuses([](Moore& m) { m.num_states = 0; }));
  REQUIRE(refuses([](Moore& m) { m.num_letters = 0; }));
  REQUIRE(refuses([](Moore& m) { m.next.pop_back(); }));
  REQUIRE(refuses([](Moore& m) { m.next[0] = 2; }));
  REQUIRE(refuses([](Moore& m) { m.next[0] = -1; }));
  REQUIRE(refuses([](Moore& m) { m.label[1] = 2; }));
  REQUIRE(refuses([](Moore& m) { m.label.clear(); }));
  REQUIRE(refuses([](Moore& m) { m.start = 2; }));
  REQUIRE(refuses([](Moore& m) { m.letter_names.clear(); }));
  REQUIRE(refuses([](Moore& m) { m.label_names.clear(); }));
}
