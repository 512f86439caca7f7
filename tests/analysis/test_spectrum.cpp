// Transition spectra against what is known of them.

#include "analysis/certify/spectrum.h"
#include "analysis/construct/compile.h"
#include "core/base/rng.h"
#include "tests/support/catch.h"

using namespace anser;

TEST_CASE("the construction's letters are reflections and the identity, exactly", "[analysis][quick]") {
  const auto task = tasks::make_task("s5[tokens=swaps+id]");
  const auto compiled = construct::compile_task(*task, {});
  const auto summary = certify::letter_spectra(compiled.file, "test", *task, {});
  REQUIRE(summary.sign_agreement == 1);
  REQUIRE(summary.most_negative == 1);
  for (const auto& letter : summary.letters) {
    if (letter.head >= compiled.used_heads) continue;
    CAPTURE(letter.letter, letter.head);
    REQUIRE(letter.residual < 1e-7);
    REQUIRE(letter.nearest ==
            (letter.letter == "id" ? certify::NearestStep::identity : certify::NearestStep::swap));
    REQUIRE(letter.determinant_sign == letter.permutation_sign);
  }
}

TEST_CASE("random one-layer models obey the bounds of a step", "[analysis][quick]") {
  const auto task = tasks::make_task("s5[tokens=swaps+id]");
  const std::string c = GENERATE(as<std::string>{}, "1", "2", "1+w");
  const auto model = nn::make_model("rwkv7[L=1,D=32,N=16,c=" + c + "]", 11, 120, Rng(3));
  const auto summary = certify::letter_spectra(nn::save_model(*model), "test", *task, {});
  REQUIRE(summary.most_negative <= 1);
  REQUIRE(summary.greatest_eigenvalue <= 1 + 1e-6);
  REQUIRE(summary.least_eigenvalue > (c == "1" ? -0.45477 : c == "2" ? -1.4548 : -1));
}
