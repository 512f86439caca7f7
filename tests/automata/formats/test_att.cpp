#include "automata/formats/att.h"

#include "automata/dfa.h"
#include "automata/equivalence.h"
#include "tests/automata/formats/machines.h"

using namespace anser;
using namespace anser::automata;
using anser::tests::require_same;
using anser::tests::require_says;
using Names = std::vector<std::string>;

namespace {

std::string complaint(const std::string& att, const std::string& symbols = "", bool strict = false) {
  return tests::message_of([&] { (void)parse_att(att, "bad.att", {.strict = strict}, symbols); });
}

bool holds(const ReadMachine& read, const std::vector<std::string>& word) {
  const Dfa dfa = to_dfa(read.machine);
  State q = dfa.start;
  for (const auto& letter : word) q = dfa.step(q, letter_of(dfa, letter));
  return dfa.accept[static_cast<std::size_t>(q)] != 0;
}

/// No "ab" as a factor, over a, b, c, as MLRegTest writes its strictly local languages.
constexpr const char* kNoAb = "0\t0\tb\tb\n0\t0\tc\tc\n0\t1\ta\ta\n1\t0\tc\tc\n1\t1\ta\ta\n0\n1\n";

}  // namespace

TEST_CASE("an acceptor of MLRegTest's kind is read, absent arcs reject", "[formats][quick]") {
  const auto read = parse_att(kNoAb, "sl.att");
  REQUIRE(read.machine.letter_names == Names{"a", "b", "c"});
  REQUIRE(read.machine.num_states == 3);
  REQUIRE(read.arcs_were_missing);
  REQUIRE(read.unknown_letters_reject);
  REQUIRE(read.notes ==
          Names{"sl.att: the missing arc of state 1, letter \"b\" leads to an added rejecting sink"});
  REQUIRE(holds(read, {}));
  REQUIRE(holds(read, {"b", "a", "c", "b", "a"}));
  REQUIRE_FALSE(holds(read, {"a", "b"}));
  REQUIRE_FALSE(holds(read, {"a", "b", "c"}));
  require_says(complaint(kNoAb, "", true), "the arc of state 1, letter \"b\" is missing");
}

TEST_CASE("a symbol table names the letters and gives their order", "[formats][quick]") {
  const std::string symbols = "<eps> 0\nx\t3\ny\t1\nz 7\n";
  const auto names = parse_att("5 2 x\n2 5 y\n2\n", "n.att", {}, symbols);
  REQUIRE(names.machine.letter_names == Names{"y", "x", "z"});
  REQUIRE(names.machine.start == 1);
  REQUIRE(holds(names, {"x"}));
  REQUIRE_FALSE(holds(names, {"z"}));
  const auto ids = parse_att("5 2 3\n2 5 1\n2\n", "n.att", {}, symbols);
  require_same(ids.machine, names.machine);
  const auto numbers = parse_att("0 1 10\n1 0 9\n1\n");
  REQUIRE(numbers.machine.letter_names == Names{"9", "10"});
}

TEST_CASE("three to five columns, weights and infinite weights are read", "[formats][quick]") {
  const auto plain = parse_att("0 1 a\n1 0 b\n1\n");
  REQUIRE(plain.notes.size() == 1);
  require_same(parse_att("0 1 a a\n1 0 b b\n1\n").machine, plain.machine);
  require_same(parse_att("0 1 a 0\n1 0 b 0\n1 0\n").machine, plain.machine);
  require_same(parse_att("0 1 a a 0\n\n1 0 b b 0.0\r\n1\n0 Infinity\n").machine, plain.machine);
  const auto weighted = parse_att("0 1 a 1.5\n1 0 b 0\n1 2\n", "w.att");
  require_same(weighted.machine, plain.machine);
  REQUIRE(weighted.notes.at(0) == "w.att: 2 weights that are not 0 were dropped");
  REQUIRE(weighted.notes.size() == 2);
  require_says(complaint("0 1 a 1.5\n1\n", "", true), "1 weights are not 0");
  REQUIRE_FALSE(holds(parse_att("0 1 a inf\n0 0 b 0\n1\n"), {"a"}));
}

TEST_CASE("nondeterminism and epsilon arcs are determinised with a note", "[formats][quick]") {
  const auto read = parse_att("0 0 a\n0 0 b\n0 1 a\n1 2 b\n2\n", "n.att");
  REQUIRE(read.notes.at(0) == "n.att: nondeterministic, determinised from 3 to 3 states");
  REQUIRE(holds(read, {"a", "a", "b"}));
  REQUIRE_FALSE(holds(read, {"a", "b", "a"}));
  REQUIRE(holds(parse_att("0 1 <eps>\n1 2 a\n2\n"), {"a"}));
  REQUIRE(holds(parse_att("0 1 -\n1 2 a\n2\n", "e.att", {}, "- 0\na 1\n"), {"a"}));
  require_says(complaint("0 0 a\n0 1 a\n1\n", "", true), "is nondeterministic");
  REQUIRE(parse_att("0 1 a\n0 1 a\n1\n").notes.size() == 1);
}

TEST_CASE("printing and reading AT&T text with its symbols gives the same acceptor", "[formats][quick]") {
  const auto seed = GENERATE(range(0, 40));
  Moore m = tests::random_reachable(static_cast<std::uint64_t>(seed), 1 + seed % 20, 1 + seed % 4, 0);
  if (seed % 3 == 0)
    for (Letter s = 0; s < m.num_letters; ++s)
      m.letter_names[static_cast<std::size_t>(s)] = std::to_string(9 - s);
  CAPTURE(print_att(m), print_symbols(m));
  const auto back = parse_att(print_att(m), "back.att", {}, print_symbols(m));
  require_same(back.machine, m);
  REQUIRE(back.notes.empty());
  if (seed % 3 != 0) require_same(parse_att(print_att(m)).machine, m);
}

TEST_CASE("a machine that AT&T text cannot hold is refused", "[formats][quick]") {
  Moore m = tests::random_reachable(1, 3, 2, 2);
  require_says(tests::message_of([&] { (void)print_att(m); }), "a Moore machine with other outputs");
  m = tests::random_reachable(1, 3, 2, 0);
  m.letter_names[0] = "(1 2)";
  require_says(tests::message_of([&] { (void)print_att(m); }), "the letter \"(1 2)\" holds a blank");
  m.letter_names[0] = "<eps>";
  require_says(tests::message_of([&] { (void)print_symbols(m); }), "would be read as epsilon");
}

TEST_CASE("a broken AT&T file is refused in one sentence that names the line", "[formats][quick]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "is empty: the automaton has no state"},
      {"\n \n", "is empty: the automaton has no state"},
      {"0\n", "the alphabet is empty: no arc has a letter"},
      {"0 1 a b\n1\n", "line 1: the labels \"a\" and \"b\" differ: a transducer"},
      {"0 1 a a\n1 1 a b 0\n", "line 2: the labels \"a\" and \"b\" differ: a transducer"},
      {"0 1 1 2\n1\n", "line 1: the fourth column may be a label or a weight"},
      {"0 1 a 0\n1 1 0\n", "line 1: the fourth column may be a label or a weight"},
      {"0 1 0\n1\n", "the label 0 is epsilon to OpenFst"},
      {"0 1 a a 0 7\n", "line 1: 6 columns"},
      {"x 1 a\n", "line 1: the state is \"x\", wanted an integer"},
      {"0 -1 a\n", "the state is \"-1\""},
      {"0 99999999999999999999 a\n", "the state is \"99999999999999999999\""},
      {"0 0 a\n0\n0\n", "line 3: the state 0 is final twice"},
      {"0 0 a a x\n", "line 1: the weight is \"x\", wanted a number"},
      {"0 0 a a nan\n", "the weight is \"nan\""},
      {"0 0 a a -inf\n", "the weight is \"-inf\""},
      {"0 0 \xff\n", "is not UTF-8 text"}};
  for (const auto& [att, part] : cases) {
    CAPTURE(att);
    require_says(complaint(att), part);
    REQUIRE(tests::contains(complaint(att), "bad.att: "));
  }
  require_says(complaint("0 0 b\n0\n", "<eps> 0\na 1\n"),
               "line 1: the label \"b\" is not in the symbol table");
  require_says(complaint("0 0 a\n0\n", "<eps> 0\n"), "the symbol table has no letter");
  require_says(complaint("0 0 a\n0\n", "a\n"), "symbol table, line 1: 1 columns");
  require_says(complaint("0 0 a\n0\n", "a x\n"), "symbol table, line 1: the id is \"x\"");
  require_says(complaint("0 0 a\n0\n", "a 1\nb 1\n"), "symbol table, line 2: the id 1 stands twice");
  require_says(complaint("0 0 a\n0\n", "a 1\na 2\n"), "symbol table, line 2: the name \"a\" stands twice");
}

TEST_CASE("a nondeterministic file that grows too large is refused", "[formats][quick]") {
  std::string att = "0 0 a\n0 0 b\n0 1 a\n";
  for (int i = 1; i < 14; ++i)
    for (const char* letter : {"a", "b"}) att += fmt::format("{} {} {}\n", i, i + 1, letter);
  att += "14\n";
  REQUIRE(parse_att(att).machine.num_states == 1 << 14);
  REQUIRE_THROWS_AS(parse_att(att, "big.att", {.max_subsets = 1000}), InputError);
}
