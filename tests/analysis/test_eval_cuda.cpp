// anser eval on CUDA, on a pretended device (tests/support/pretend_device.h): the CPU's answers, by the
// kernel that trained the checkpoint or the one that is named.
#include "analysis/certify/word_scores.h"
#include "tests/support/catch.h"
#include "tests/support/pretend_device.h"
#include "tests/support/throws.h"

namespace {

using namespace anser;
using tests::message_of;

TensorFile checkpoint(const std::string& kernel = "") {
  const auto model = nn::make_model("rwkv7[L=1,D=32,N=16,c=2,ranks=8]", 4, 3, Rng(1));
  return nn::save_model(*model, kernel.empty() ? std::map<std::string, std::string>{}
                                               : std::map<std::string, std::string>{{"kernel", kernel}});
}

certify::WordScores scores(const TensorFile& file, const certify::ScoreOptions& options) {
  certify::WordReader reader(file, "test", options);
  Rng rng(5);
  for (const std::size_t length : {3, 20, 40}) {
    certify::LabelledWord word;
    for (std::size_t i = 0; i < length; ++i) word.input.push_back(rng.below(4)), word.target.push_back(1);
    reader.add(word);
  }
  return reader.finish();
}

TEST_CASE("words are scored on CUDA as on the CPU, by one kernel for all lengths", "[analysis][quick]") {
  const auto wanted = scores(checkpoint(), {});
  const auto kernels = [&](const TensorFile& file, const certify::ScoreOptions& options) {
    tests::take_launches();
    const auto got = scores(file, options);
    CHECK(got.tokens == wanted.tokens);
    std::string names;
    for (const auto& launch : tests::take_launches()) names += launch.kernel + ";";
    return names;
  };
  CHECK(scores(checkpoint(), {.device = "cuda"}).correct == wanted.correct);
  const std::string exact = "sequential bf16 forward;", chunked = "chunked forward;";
  constexpr auto kBf16 = nn::Precision::bf16;
  CHECK(kernels(checkpoint(), {.device = "cuda"}) == "sequential float forward;");
  CHECK(kernels(checkpoint(), {.precision = kBf16, .device = "cuda"}) == chunked);
  CHECK(kernels(checkpoint("sequential"), {.precision = kBf16, .device = "cuda"}) == exact);
  CHECK(kernels(checkpoint("sequential"), {.precision = kBf16, .device = "cuda", .kernel = "chunked"}) ==
        chunked);
  CHECK(kernels(checkpoint("sequential"), {}).empty());
}

TEST_CASE("a kernel that an evaluation cannot have is one sentence", "[analysis][quick]") {
  const auto message = [](const TensorFile& file, const certify::ScoreOptions& options) {
    return message_of([&] { scores(file, options); });
  };
  CHECK(message(checkpoint(), {.kernel = "sequential"}) ==
        "eval: kernel is 'sequential', wanted auto on cpu: kernels of CUDA alone are named");
  CHECK(message(checkpoint("chunked"), {.device = "cuda"}) ==
        "nn::Rwkv7Model: kernel is 'chunked', wanted sequential: the chunked kernel takes bf16 tokens");
  CHECK(message(checkpoint("warped"), {.device = "cuda"}) ==
        "test: kernel is 'warped', wanted auto, sequential or chunked");
}

}  // namespace
