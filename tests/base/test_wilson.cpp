#include "core/base/error.h"
#include "core/base/wilson.h"
#include "tests/support/catch.h"

using namespace anser;

TEST_CASE("Wilson's interval is that of the textbook and holds the share", "[base][quick]") {
  REQUIRE(wilson_interval(5, 10).low == Approx(0.2366).margin(1e-4));
  REQUIRE(wilson_interval(5, 10).high == Approx(0.7634).margin(1e-4));
  REQUIRE(wilson_interval(1000, 1000).high == 1.0);
  REQUIRE(wilson_interval(1000, 1000).low == Approx(0.99617).margin(1e-5));
  REQUIRE(wilson_interval(0, 20).low == 0.0);
  REQUIRE(wilson_interval(0, 20).high == Approx(0.1611).margin(1e-4));
  REQUIRE(wilson_interval(0, 0).low == 0.0);
  REQUIRE(wilson_interval(0, 0).high == 1.0);
}

TEST_CASE("Wilson's interval is symmetric, shrinks with the trials and refuses impossible counts",
          "[base][quick]") {
  for (std::int64_t k = 0; k <= 50; ++k) {
    const Interval a = wilson_interval(k, 50), b = wilson_interval(50 - k, 50),
                   finer = wilson_interval(2 * k, 100);
    REQUIRE(a.low == Approx(1 - b.high).margin(1e-15));
    REQUIRE(a.low <= k / 50.0);
    REQUIRE(a.high >= k / 50.0);
    REQUIRE(finer.high - finer.low < a.high - a.low);
  }
  REQUIRE_THROWS_AS(wilson_interval(3, 2), InputError);
  REQUIRE_THROWS_AS(wilson_interval(-1, 2), InputError);
}
