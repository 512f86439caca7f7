#include "automata/formats/formats.h"

#include "automata/dfa.h"
#include "core/base/files.h"
#include "tests/automata/formats/machines.h"
#include "tests/support/scratch.h"

using namespace anser;
using namespace anser::automata;
using anser::tests::require_same;
using anser::tests::require_says;

TEST_CASE("a machine is written and read by extension", "[formats][quick]") {
  const tests::Scratch scratch;
  Moore m = tests::random_reachable(4, 9, 3, 0);
  m.letter_names = {"1", "0", "x"};
  for (const char* name : {"a.json", "a.dot", "a.GV", "a.att", "a.txt"}) {
    CAPTURE(name);
    const auto written = write_machine(scratch / name, m);
    REQUIRE(written.at(0) == scratch / name);
    const ReadMachine back = read_machine(scratch / name);
    require_same(back.machine, m);
    REQUIRE(back.notes.empty());
  }
  REQUIRE(write_machine(scratch / "b.att", m).at(1) == scratch / "b.syms");
}

TEST_CASE("an unknown extension, a binary OpenFst file and a missing file are named", "[formats][quick]") {
  const Moore m = tests::random_reachable(4, 3, 2, 0);
  require_says(
      tests::message_of([] { (void)read_machine("a.xml"); }),
      "a.xml: unknown extension \".xml\", wanted .json (dfa.json), .dot or .gv (Graphviz), .att or .txt");
  require_says(tests::message_of([&] { write_machine("a", m); }), "unknown extension \"\"");
  require_says(tests::message_of([] { (void)read_machine("a.fst"); }), "fstprint a.fst > a.att");
  require_says(tests::message_of([] { (void)read_machine("no/such.att"); }), "no/such.att");
}

TEST_CASE("a machine that the format cannot hold leaves no file", "[formats][quick]") {
  const tests::Scratch scratch;
  require_says(
      tests::message_of([&] { write_machine(scratch / "m.att", tests::random_reachable(4, 3, 2, 2)); }),
      "AT&T text holds acceptors");
  REQUIRE(scratch.entries() == 0);
}
