#include "core/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

using namespace anser;

TEST_CASE("a user error is one sentence with function, value and wish", "[base][quick]") {
  REQUIRE(tests::message_of([] { require(false, "f", "n must be in {}..{}, got {}", 2, 5, 7); }) ==
          "f: n must be in 2..5, got 7");
  REQUIRE(tests::message_of([] { fail("g", "no {}", "such"); }) == "g: no such");
  REQUIRE_NOTHROW(require(true, "f", "never said"));
}

TEST_CASE("a broken promise of ours is another type than a user error", "[base][quick]") {
  const auto broken = [] { ANSER_ASSERT(1 + 1 == 3); };
  REQUIRE_THROWS_AS(broken(), InternalError);
  try {
    broken();
  } catch (const InternalError& error) {
    REQUIRE(tests::contains(error.what(), "1 + 1 == 3"));
    REQUIRE(tests::contains(error.what(), "test_error.cpp"));
  }
  REQUIRE_NOTHROW(ANSER_ASSERT(true));
  REQUIRE_FALSE(std::is_base_of_v<InputError, InternalError>);
}

TEST_CASE("the exit codes are those that scripts rely on", "[base][quick]") {
  REQUIRE(kExitDone == 0);
  REQUIRE(kExitVerdictFalse == 1);
  REQUIRE(kExitUserError == 2);
  REQUIRE(kExitBug == 70);
}
