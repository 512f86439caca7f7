#include "automata/non_regular.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

using namespace anser;
using namespace anser::automata;

TEST_CASE("languages without a finite automaton are told by name, with the reason", "[automata][quick]") {
  for (const char* name : {"majority", "Majority", "dyck", "Dyck-1", "dyck_2", "shuffle-dyck", "Shuffle Dyck",
                           "a^nb^n", "a^n b^n", "A_nB_n", "a^n b^n c^n", "palindromes", "reversal", "copy",
                           "ww", "modular-arithmetic-with-brackets"}) {
    CAPTURE(name);
    const auto reason = why_not_regular(name);
    REQUIRE(reason.has_value());
    REQUIRE(tests::contains(*reason, "not"));
    REQUIRE(tests::contains(*reason, "regular"));
  }
  for (const char* name : {"", "parity", "a*b*", "ab", "dyck-2-3", "(ab)*", "s5", "first", "even-pairs"}) {
    CAPTURE(name);
    REQUIRE_FALSE(why_not_regular(name).has_value());
  }
}
