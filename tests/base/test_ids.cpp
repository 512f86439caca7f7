#include "core/base/ids.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

using namespace anser;

TEST_CASE("an id reads as name and parameters and prints as it was written", "[base][quick]") {
  const std::string text = GENERATE("s5", "s5[tokens=swaps+id]", "rwkv7[L=1,D=64,N=32,c=2]", "a4_x_z5",
                                    "dfa[file=/a b/c.json]", "x-1[a=]", "re[e=\"[ab]{2,3}c\",n=2]");
  REQUIRE(print_id(parse_id(text)) == text);
}

TEST_CASE("parameters are found by key, with a fallback, and numbers keep to their range", "[base][quick]") {
  const Id id = parse_id("mod[n=5,name=x=y,bad=5z]");
  REQUIRE(id.get("n", "1") == "5");
  REQUIRE(id.get("name", "") == "x=y");
  REQUIRE(id.get("absent", "fallback") == "fallback");
  REQUIRE(id.has("n"));
  REQUIRE_FALSE(id.has("absent"));
  REQUIRE(id.get_int("n", 1, 1, 9) == 5);
  REQUIRE(id.get_int("absent", 3, 1, 2) == 3);
  REQUIRE(
      tests::contains(tests::message_of([&] { id.get_int("n", 1, 6, 9); }), "n=5 is not an integer in 6..9"));
  REQUIRE(
      tests::contains(tests::message_of([&] { id.get_int("bad", 1, 0, 9); }), "bad=5z is not an integer"));
  REQUIRE_THROWS_AS(parse_id("m[n=99999999999999999999]").get_int("n", 0, 0, 9), InputError);
}

TEST_CASE("a malformed id is refused and never crashes", "[base][quick]") {
  const std::string text =
      GENERATE("", "[", "]", "s5[", "s5]", "s5[]x", "s5[a]", "s5[=1]", "s5[a=1,]", "s5[a=1,a=2]", "s5[a=[1]]",
               "s 5", "s5[a=1][b=2]", "s5[,a=1]", "s5[a=\"b]", "s5[a=b\"c\"]", "\xff");
  CAPTURE(text);
  REQUIRE_THROWS_AS(parse_id(text), InputError);
}

TEST_CASE("every text of five characters over the grammar's alphabet is refused or prints as an equal id",
          "[base][quick]") {
  const std::string alphabet = "a=[],\"";
  for (int code = 0; code < 6 * 6 * 6 * 6 * 6; ++code) {
    std::string text;
    for (int i = 0, rest = code; i < 5; ++i, rest /= 6) text += alphabet[static_cast<std::size_t>(rest % 6)];
    try {
      const Id id = parse_id(text);
      const Id again = parse_id(print_id(id));
      if (again.name != id.name || again.parameters != id.parameters) FAIL(text);
    } catch (const InputError&) {
    }
  }
}

TEST_CASE("an unknown key or name is answered with the nearest known one", "[base][quick]") {
  REQUIRE(nearest_name("swap", {"all", "swaps", "gens"}) == "swaps");
  REQUIRE(nearest_name("PARTIY", {"s5", "parity"}) == "parity");
  REQUIRE(nearest_name("x", {}).empty());
  REQUIRE(suggest("swap", {"all", "swaps"}) == " (did you mean \"swaps\"? known: all, swaps)");
  const Id id = parse_id("s5[token=swaps]");
  REQUIRE(
      tests::contains(tests::message_of([&] { id.require_known({"tokens"}); }), "did you mean \"tokens\"?"));
  REQUIRE(tests::contains(tests::message_of([&] { id.require_known({}); }), "it takes none"));
  REQUIRE_NOTHROW(id.require_known({"a", "token"}));
}
