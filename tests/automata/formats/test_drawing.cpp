#include "automata/drawing.h"

#include <cstdlib>

#include "core/base/files.h"
#include "tests/automata/formats/machines.h"
#include "tests/support/scratch.h"

using namespace anser;
using namespace anser::automata;
using anser::tests::require_says;

namespace {

Moore two_states() {
  return {.num_states = 2,
          .num_letters = 2,
          .num_labels = 2,
          .start = 1,
          .next = {0, 0, 0, 1},
          .label = {1, 0},
          .letter_names = {"a", "\"b\""},
          .label_names = {"reject", "accept"}};
}

bool graphviz_is_installed() {
  return std::system("dot -V >/dev/null 2>&1") == 0;
}

}  // namespace

TEST_CASE("the drawing names states, letters and the start", "[formats][quick]") {
  REQUIRE(
      print_drawing(two_states()) ==
      "digraph automaton {\n  rankdir=LR;\n  node [shape=circle, fontname=\"Helvetica\", fontsize=12];\n"
      "  edge [fontname=\"Helvetica\", fontsize=11, arrowsize=0.7];\n  entry [shape=point];\n"
      "  entry -> 1;\n  0 [shape=doublecircle];\n  1;\n"
      "  0 -> 0 [label=\"a, \\\"b\\\"\"];\n  1 -> 0 [label=\"a\"];\n  1 -> 1 [label=\"\\\"b\\\"\"];\n}\n");
}

TEST_CASE("a rejecting sink is grey and other labels stand beside the states", "[formats][quick]") {
  Moore m = two_states();
  m.label = {0, 1};
  REQUIRE(tests::contains(print_drawing(m), "  0 [color=gray60, fontcolor=gray60];\n"));
  REQUIRE(tests::contains(print_drawing(m), "1 -> 0 [label=\"a\", color=gray60, fontcolor=gray60];\n"));
  m.label_names = {"x|y", "z"};
  REQUIRE(tests::contains(print_drawing(m), "  0 [shape=Mrecord, label=\"{0|x\\|y}\"];\n"));
}

TEST_CASE("pictures are drawn where Graphviz is installed, and appear whole", "[formats][quick]") {
  const tests::Scratch scratch;
  draw(two_states(), scratch / "m.dot");
  REQUIRE(read_file(scratch / "m.dot") == print_drawing(two_states()));
  if (!graphviz_is_installed()) {
    require_says(tests::message_of([&] { draw(two_states(), scratch / "m.svg"); }),
                 "Graphviz is not installed");
    return;
  }
  draw(two_states(), scratch / "m.svg");
  draw(two_states(), scratch / "m.png");
  draw(two_states(), scratch / "m.PDF");
  REQUIRE(tests::contains(read_file(scratch / "m.svg"), "</svg>"));
  REQUIRE(read_file(scratch / "m.png").substr(1, 3) == "PNG");
  REQUIRE(read_file(scratch / "m.PDF").substr(0, 4) == "%PDF");
  REQUIRE(scratch.entries() == 4);
}

TEST_CASE("without Graphviz the message says what to install", "[formats][quick]") {
  const tests::Scratch scratch;
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", scratch.path().c_str(), 1);
  const std::string message = tests::message_of([&] { draw(two_states(), scratch / "m.svg"); });
  ::setenv("PATH", path.c_str(), 1);
  require_says(message, "Graphviz is not installed (the program dot, Debian package graphviz)");
  REQUIRE(scratch.entries() == 0);
}

TEST_CASE("a Graphviz that fails is quoted and leaves no picture", "[formats][quick]") {
  const tests::Scratch scratch;
  write_file(scratch / "dot", "#!/bin/sh\necho 'no fonts' >&2\nexit 3\n");
  std::filesystem::permissions(scratch / "dot", std::filesystem::perms::owner_all);
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", (scratch.path().string() + ":" + path).c_str(), 1);
  const std::string message = tests::message_of([&] { draw(two_states(), scratch / "m.svg"); });
  ::setenv("PATH", path.c_str(), 1);
  require_says(message, "dot failed: no fonts");
  REQUIRE(scratch.entries() == 1);
}

TEST_CASE("what is too large to look at or has no such picture is refused", "[formats][quick]") {
  require_says(tests::message_of([] { draw(two_states(), "m.bmp"); }),
               "ends in none of .svg, .png, .pdf, .dot, .gv");
  const Moore large{.num_states = 501,
                    .num_letters = 1,
                    .num_labels = 1,
                    .next = std::vector<State>(501, 0),
                    .label = std::vector<std::int32_t>(501, 0),
                    .letter_names = {"a"},
                    .label_names = {"x"}};
  require_says(tests::message_of([&] { draw(large, "m.svg"); }), "501 states, wanted at most 500");
  const Moore dense = tests::random_reachable(1, 100, 60, 0);
  require_says(tests::message_of([&] { draw(dense, "m.svg"); }),
               "arrows between states, wanted at most 3000");
}
