#include "automata/formats/dot.h"

#include "automata/dfa.h"
#include "automata/drawing.h"
#include "automata/formats/dot_graph.h"
#include "tests/automata/formats/machines.h"

using namespace anser;
using namespace anser::automata;
using anser::tests::require_same;
using anser::tests::require_says;
using Names = std::vector<std::string>;

namespace {

std::string complaint(const std::string& dot, bool strict = false) {
  return tests::message_of([&] { (void)parse_dot(dot, "bad.dot", {.strict = strict}); });
}

std::string within(const std::string& statements) {
  return "digraph { i [shape=none]; i -> s; " + statements + " }";
}

}  // namespace

TEST_CASE("an acceptor as AALpy writes it is read", "[formats][quick]") {
  const auto read = parse_dot(R"(digraph learnedModel {
s0 [label="s0", shape=doublecircle];
s1 [label="s1"];
s0 -> s1  [label=a];
s0 -> s0  [label=b];
s1 -> s0  [label="a"];
s1 -> s1  [label="b"];
__start0 [label="", shape=none];
__start0 -> s0  [label=""];
}
)");
  const Moore& m = read.machine;
  REQUIRE(read.notes.empty());
  REQUIRE(is_acceptor(m));
  REQUIRE(m.num_states == 2);
  REQUIRE(m.start == 0);
  REQUIRE(m.letter_names == Names{"a", "b"});
  REQUIRE(m.next == std::vector<State>{1, 0, 0, 1});
  REQUIRE(m.label == std::vector<std::int32_t>{1, 0});
}

TEST_CASE("a Moore machine as AALpy writes it is read", "[formats][quick]") {
  const auto read = parse_dot(R"(digraph parity {
s0 [label="s0|even", shape=record, style=rounded];
s1 [label="s1|odd", shape=record, style=rounded];
s0 -> s1  [label=1];
s0 -> s0  [label=0];
s1 -> s0  [label=1];
s1 -> s1  [label=0];
__start0 [label="", shape=none];
__start0 -> s1  [label=""];
})");
  REQUIRE(read.machine.label_names == Names{"even", "odd"});
  REQUIRE(read.machine.label == std::vector<std::int32_t>{0, 1});
  REQUIRE(read.machine.letter_names == Names{"1", "0"});
  REQUIRE(read.machine.start == 1);
}

TEST_CASE("acceptors and Moore machines as LearnLib writes them are read", "[formats][quick]") {
  const auto dfa = parse_dot(R"(digraph g {
__start0 [label="" shape="none" width="0" height="0"];

	s0 [shape="doublecircle" label="0"];
	s1 [shape="circle" label="1"];
	s0 -> s1 [label="a"];
	s1 -> s0 [label="a"];

__start0 -> s0;

}
)");
  REQUIRE(dfa.machine.label == std::vector<std::int32_t>{1, 0});
  const auto moore = parse_dot(R"(digraph g {
__start0 [label="" shape="none"];
	s0 [shape="record" style="rounded" label="{ 0 | x y }"];
	s1 [shape="record" style="rounded" label="{ 1 | \{\|\} }"];
	s0 -> s1 [label="a"];
	s1 -> s0 [label="a"];
__start0 -> s0;
})");
  REQUIRE(moore.machine.label_names == Names{"x y", "{|}"});
}

TEST_CASE("what else the DOT language allows is understood", "[formats][quick]") {
  const auto read = parse_dot(R"dot(# a preprocessor line
strict digraph "my graph" {
  // one comment
  rankdir=LR; /* another,
  on two lines */ size = "8,5"
  node [shape = doublecircle]; s; "t \"1\""
  node [shape = circle];
  subgraph cluster_0 { u; { v } }
  "" [shape=point]
  "" -> s
  s -> u:n -> v:x:y [label="a, b"] [color=red; fontsize=10]
  s -> s [label="c\nd"]; u -> u [label="c,d" weight=2,]
  v -> "t \"1\"" [label = "a" + "" ]
  "t \"1\"" -> v [label="(1,2)"]
  -1.5 [peripheries=2]; v -> -1.5 [label=b]
}
)dot");
  const Moore& m = read.machine;
  REQUIRE(m.letter_names == Names{"a", "b", "c", "d", "(1,2)"});
  REQUIRE(m.num_states == 6);
  REQUIRE(m.label == std::vector<std::int32_t>{1, 1, 0, 0, 1, 0});
  REQUIRE(m.step(0, 0) == 2);
  REQUIRE(m.step(0, 3) == 0);
  REQUIRE(m.step(3, 0) == 1);
  REQUIRE(m.step(3, 1) == 4);
  REQUIRE(m.step(1, 4) == 3);
  REQUIRE(m.step(1, 0) == 5);
  REQUIRE(read.notes.size() == 1);
  REQUIRE(tests::contains(read.notes[0], "missing arcs, the first of state \"s\", letter \"(1,2)\""));
}

TEST_CASE("letters on one edge are split at commas and line ends, brackets kept together",
          "[formats][quick]") {
  REQUIRE(split_letters("a") == Names{"a"});
  REQUIRE(split_letters(" a,b ,  c ") == Names{"a", "b", "c"});
  REQUIRE(split_letters("(1, 2), [3,4],id") == Names{"(1, 2)", "[3,4]", "id"});
  REQUIRE(split_letters("(, )") == Names{"(", ")"});
  REQUIRE(split_letters(",") == Names{","});
  REQUIRE(split_letters("a,") == Names{"a,"});
  REQUIRE(split_letters("a,,b") == Names{"a,,b"});
  REQUIRE(split_letters("a,\nb\nc") == Names{"a", "b", "c"});
  REQUIRE(split_letters(" ").empty());
}

TEST_CASE("printing and reading DOT gives the same machine", "[formats][quick]") {
  const auto seed = GENERATE(range(0, 60));
  const Moore m = tests::with_labels_by_first_state(
      tests::random_reachable(static_cast<std::uint64_t>(seed), 1 + seed % 20, 1 + seed % 4, seed % 5));
  const Moore wanted = seed % 5 == 0 ? tests::random_reachable(static_cast<std::uint64_t>(seed),
                                                               1 + seed % 20, 1 + seed % 4, 0)
                                     : m;
  CAPTURE(seed, print_dot(wanted));
  require_same(parse_dot(print_dot(wanted)).machine, wanted);
}

TEST_CASE("names with any characters survive", "[formats][quick]") {
  Moore m = tests::random_reachable(3, 4, 4, 3);
  m.letter_names = {"\"q\\\"", ",", "a, b", "\\n"};
  m.label_names = {"{ x | y }", "<b>", "\u03b1 \\ \""};
  m = tests::with_labels_by_first_state(m);
  CAPTURE(print_dot(m));
  require_same(parse_dot(print_dot(m)).machine, m);
  m.letter_names = {"(1 2)", "(1,2)", "(", ")"};
  require_same(parse_dot(print_dot(m)).machine, m);
  m.letter_names[0] = " a";
  require_says(tests::message_of([&] { (void)print_dot(m); }),
               "the letter \" a\" is empty, not UTF-8, or holds");
}

TEST_CASE("a drawing is read back unless its letters were shortened", "[formats][quick]") {
  const Moore m = tests::with_labels_by_first_state(tests::random_reachable(5, 6, 3, 3));
  const Moore back = parse_dot(print_drawing(m)).machine;
  REQUIRE(back.num_states == m.num_states);
  REQUIRE(back.label == m.label);
  REQUIRE(back.label_names == m.label_names);
  const Moore many = tests::random_reachable(5, 1, 40, 0);
  require_says(complaint(print_drawing(many)), "is a drawing that does not hold all letters");
}

TEST_CASE("a broken DOT file is refused in one sentence that names the line", "[formats][quick]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "line 1: \"the end of the text\", wanted digraph"},
      {"graph { a -- b }", "an undirected graph, wanted a digraph"},
      {"digraph { a -- b }", "an undirected edge, wanted ->"},
      {"digraph { a -> b", "wanted a node, an edge or }"},
      {"digraph {} digraph {}", "a second graph"},
      {"digraph {} x", "wanted nothing after the graph"},
      {"digraph {", "wanted a node, an edge or }"},
      {"digraph {}", "the automaton has no state"},
      {"digraph { __start0 [shape=none] }", "the automaton has no state"},
      {"digraph { a -> a [label=x] }", "has no start, wanted an arrow without a letter"},
      {"digraph {\n\n \"abc }", "line 3: a quoted text has no end"},
      {"digraph {\n /* abc }", "line 2: a comment has no end"},
      {"digraph { a [label=b", "wanted an attribute or ]"},
      {"digraph { a [label=<<b>] }", "an HTML text has no end"},
      {"digraph { a [label=<b>] }", "an HTML text, wanted plain text"},
      {"digraph { a -> { b } }", "an edge of a whole subgraph"},
      {"digraph { { b } -> a }", "an edge of a whole subgraph"},
      {"digraph { a \x01 }", "a character that DOT does not know, code 1"},
      {std::string("digraph { a \0 }", 15), "a character that DOT does not know, code 0"},
      {"digraph { \xff }", "is not UTF-8 text"},
      {"digraph { a [= }", "wanted an attribute or ]"},
      {"digraph { a [label=] }", "wanted a value"},
      {"digraph { \"a\" + b }", "wanted a quoted text after '+'"},
      {within("s"), "the alphabet is empty: no edge has a letter"},
      {within("s -> s"), "the edge from \"s\" to \"s\" has no letter"},
      {within("s -> s [label=\" \"]"), "has no letter"},
      {within("s -> s [label=a]; s -> t [label=a]"), "a second arc of state \"s\" and letter \"a\""},
      {within("j [shape=none]; j -> t; s -> s [label=a]"), "a second start, \"t\""},
      {within("s -> t [label=\"a/0\"]; t -> s [label=\"a/1\"]"), "a Mealy machine"},
      {within("s [shape=record label=\"s|1\"]; s -> t [label=a]"),
       "state \"t\" has the label \"\", wanted \"name|output\""},
      {within("s [shape=record label=\"s|\"]; s -> s [label=a]"), "wanted \"name|output\""},
      {within("s [shape=record label=\"s|1\" peripheries=2]; s -> s [label=a]"),
       "has both an output and a double border"},
      {std::string("digraph ") + std::string(5000, '{'), "subgraphs nested deeper than 1000"}};
  for (const auto& [dot, part] : cases) {
    CAPTURE(dot.substr(0, 100));
    require_says(complaint(dot), part);
    REQUIRE(tests::contains(complaint(dot), "bad.dot: "));
  }
  require_says(complaint(within("s -> s [label=a]; t -> t [label=a]"), true),
               "state \"t\" cannot be reached");
  REQUIRE(complaint(within("s -> s [label=a]; s -> s [label=a]")).empty());
}
