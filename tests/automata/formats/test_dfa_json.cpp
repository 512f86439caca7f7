#include "automata/formats/dfa_json.h"

#include "automata/dfa.h"
#include "tests/automata/formats/machines.h"

using namespace anser;
using namespace anser::automata;
using anser::tests::require_same;
using anser::tests::require_says;

namespace {

std::string complaint(const std::string& json, bool strict = false) {
  return tests::message_of([&] { (void)parse_dfa_json(json, "bad.json", {.strict = strict}); });
}

/// Accepts "ab" alone, by three arcs that are there and the others that are not.
constexpr const char* kPartial =
    R"({"states":4,"alphabet":["a","b"],"start":0,"accept":[2],"delta":[[1,-1],[-1,2],[-1,-1],[3,0]]})";

}  // namespace

TEST_CASE("printing and reading dfa.json gives the same machine, labels and their order included",
          "[formats][quick]") {
  const auto seed = GENERATE(range(0, 60));
  const Moore m =
      tests::random_reachable(static_cast<std::uint64_t>(seed), 1 + seed % 20, 1 + seed % 4, seed % 5);
  CAPTURE(seed, print_dfa_json(m));
  const ReadMachine back = parse_dfa_json(print_dfa_json(m));
  require_same(back.machine, m);
  REQUIRE(back.notes.empty());
  REQUIRE_FALSE(back.arcs_were_missing);
  REQUIRE_FALSE(back.unknown_letters_reject);
  REQUIRE(is_acceptor(back.machine) == (seed % 5 == 0));
}

TEST_CASE("missing arcs lead to an added sink and unreachable states go, each with a note",
          "[formats][quick]") {
  const ReadMachine read = parse_dfa_json(kPartial, "part.json");
  REQUIRE(read.machine.num_states == 4);
  REQUIRE(read.arcs_were_missing);
  REQUIRE(read.machine.next == std::vector<State>{1, 3, 3, 2, 3, 3, 3, 3});
  REQUIRE(read.machine.label == std::vector<std::int32_t>{0, 0, 1, 0});
  REQUIRE(read.notes == std::vector<std::string>{
                            "part.json: state 3 cannot be reached from the start and was dropped",
                            "part.json: 4 missing arcs, the first of state 0, letter \"b\", lead to an added "
                            "rejecting sink"});
  require_says(complaint(kPartial, true), "bad.json: state 3 cannot be reached from the start");
  require_says(complaint(R"({"states":1,"alphabet":["a"],"start":0,"accept":[],"delta":[[-1]]})", true),
               "the arc of state 0, letter \"a\" is missing");
}

TEST_CASE("the states that are dropped are counted and the first named", "[formats][quick]") {
  std::string rows = "[0]";
  for (int i = 1; i < 9; ++i) rows += ",[0]";
  const auto read =
      parse_dfa_json(R"({"states":9,"alphabet":["a"],"start":8,"accept":[8],"delta":[)" + rows + "]}");
  REQUIRE(read.machine.num_states == 2);
  REQUIRE(read.machine.start == 1);
  REQUIRE(tests::contains(read.notes.at(0), "7 states (1, 2, 3, 4, 5, ..) cannot be reached"));
}

TEST_CASE("outputs are names or numbers", "[formats][quick]") {
  const auto labels = [](const std::string& output) {
    return parse_dfa_json(R"({"states":3,"alphabet":["a"],"start":0,"output":)" + output +
                          R"(,"delta":[[1],[2],[0]]})")
        .machine;
  };
  REQUIRE(labels(R"(["x","y","x"])").label_names == std::vector<std::string>{"x", "y"});
  REQUIRE(labels(R"(["x","y","x"])").label == std::vector<std::int32_t>{0, 1, 0});
  REQUIRE(labels("[10,-2,3]").label_names == std::vector<std::string>{"-2", "3", "10"});
  REQUIRE(labels("[10,-2,3]").label == std::vector<std::int32_t>{2, 0, 1});
  REQUIRE(labels(R"(["y","x","y"],"labels":["x","y","z"])").label == std::vector<std::int32_t>{1, 0, 1});
  REQUIRE(labels(R"(["y","x","y"],"labels":["x","y","z"])").num_labels == 3);
  REQUIRE(labels(R"([1,0,1],"labels":["1","0"])").label == std::vector<std::int32_t>{0, 1, 0});
  REQUIRE(is_acceptor(labels(R"(["accept","accept","accept"])")));
}

TEST_CASE("a machine with outputs and a missing arc gets the label reject", "[formats][quick]") {
  const auto read =
      parse_dfa_json(R"({"states":1,"alphabet":["a"],"start":0,"output":["x"],"delta":[[-1]]})");
  REQUIRE(read.machine.label_names == std::vector<std::string>{"x", "reject"});
  REQUIRE(read.machine.label == std::vector<std::int32_t>{0, 1});
}

TEST_CASE("a broken dfa.json is refused in one sentence", "[formats][quick]") {
  const std::string deep(100000, '[');
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"states":1,"states":1,"alphabet":["a"],"start":0,"accept":[],"delta":[[0]]})",
       "field \"states\" stands twice"},
      {R"({"states":1,"alphabet":["a"],"start":0,"accept":[],"output":["x"],"delta":[[0]]})",
       "has both \"accept\" and \"output\""},
      {R"({"states":1,"alphabet":["a"],"start":0,"accept":[],"labels":["x"],"delta":[[0]]})",
       "has \"labels\" without \"output\""},
      {R"({"states":1,"alphabet":["a"],"start":0,"output":[],"delta":[[0]]})",
       "\"output\" has 0 entries, wanted one"},
      {R"({"states":1,"alphabet":["a"],"start":0,"output":[null],"delta":[[0]]})",
       "\"output\" of state 0 is null"},
      {R"({"states":1,"alphabet":["a"],"start":0,"output":[""],"delta":[[0]]})",
       "\"output\" of state 0 is \"\""},
      {R"({"states":2,"alphabet":["a"],"start":0,"output":["x",1],"delta":[[0],[0]]})",
       "\"output\" holds both text (\"x\") and numbers (1)"},
      {R"({"states":1,"alphabet":["a"],"start":0,"output":["x"],"labels":["y"],"delta":[[0]]})",
       "\"output\" of state 0 is \"x\", which is not in \"labels\""},
      {R"({"states":1,"alphabet":["a"],"start":0,"output":["x"],"labels":["x","x"],"delta":[[0]]})",
       "label \"x\" stands twice in \"labels\""},
      {R"({"states":1,"alphabet":["a"],"start":0,"accept":[],"delta":[[-2]]})",
       "\"delta\" of state 0 and letter \"a\" is -2, wanted an integer in -1..0 (-1: no arc)"},
      {R"({"states":16777215,"alphabet":["a"],"start":0,"accept":[],"delta":[[0]]})",
       "\"delta\" has 1 rows, wanted one for each of the 16777215 states"},
      {R"({"states":1e999,"alphabet":["a"],"start":0,"accept":[],"delta":[[0]]})", "not valid JSON"},
      {R"({"states":1,"alphabet":["a"],"start":0,"accept":[[[[]]]],"delta":[[0]]})",
       "an entry of \"accept\" is an array"},
      {deep, "nested deeper than 16"},
      {"{\"" + std::string(1000, 'k') + "\":1}", "unknown field"},
      {"null", "is not a JSON object"},
      {"\xff", "not valid JSON at byte 1"}};
  for (const auto& [json, part] : cases) {
    require_says(complaint(json), part);
    REQUIRE(tests::contains(complaint(json), "bad.json: "));
  }
}

TEST_CASE("a table that does not fit is refused before it is allocated", "[formats][quick]") {
  require_says(tests::message_of([] { require_table_fits(kMaxReadStates, 1000, "big"); }),
               "16777216 states and 1000 letters need a table of 1.68e+10 entries, at most 268435456");
  require_says(tests::message_of([] { require_table_fits(kMaxReadStates + 1, 1, "big"); }),
               "16777217 states");
}

TEST_CASE("a name that JSON cannot hold is not written", "[formats][quick]") {
  Moore m = tests::random_reachable(1, 3, 2, 0);
  m.letter_names[0] = "\xff";
  require_says(tests::message_of([&] { (void)print_dfa_json(m); }), "not UTF-8");
  m.letter_names[0] = m.letter_names[1];
  require_says(tests::message_of([&] { (void)print_dfa_json(m); }), "stands twice");
}

TEST_CASE("read_dfa keeps to complete acceptors", "[formats][quick]") {
  REQUIRE(tests::contains(tests::message_of([] { (void)parse_dfa(kPartial, "x"); }), "letter \"b\" is -1"));
  const std::string moore = R"({"states":1,"alphabet":["a"],"start":0,"output":["x"],"delta":[[0]]})";
  require_says(tests::message_of([&] { (void)parse_dfa(moore, "x"); }),
               "is a Moore machine with the outputs x");
}
