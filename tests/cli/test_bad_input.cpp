// User mistakes: one clear sentence, exit status 2, nothing half-written.

#include <fstream>

#include "tests/cli/program.h"
#include "tests/support/catch.h"

using anser::tests::Answer;
using anser::tests::run_anser;
using anser::tests::Scratch;

namespace {

/// The one sentence of a refused command, which must hold every word of `wanted`.
void require_refused(const std::string& line, std::initializer_list<const char*> wanted) {
  const Answer answer = run_anser(line);
  CAPTURE(line, answer.out, answer.err);
  REQUIRE(answer.status == 2);
  REQUIRE(answer.out.empty());
  REQUIRE(anser::tests::lines(answer.err) == 1);
  for (const char* word : wanted) REQUIRE(answer.err.find(word) != std::string::npos);
}

const std::string kS5 = "'s5[tokens=swaps+id]'";

}  // namespace

TEST_CASE("unknown names are answered with the nearest known ones", "[cli][quick]") {
  require_refused("clam run s5_state_tracking", {"clam", "claim"});
  require_refused("tasks smple s5", {"anser tasks", "smple", "sample"});
  require_refused("claim run s5_state_tracking --frob", {"anser claim run", "--frob"});
  require_refused("claim run s5_state_trackin", {"s5_state_trackin", "s5_state_tracking"});
  require_refused("claim run s5_state_tracking --preset quik", {"quik", "quick"});
  require_refused("tasks sample s55x", {"s55x"});
  require_refused("tasks sample 's5[tokens=swap]'", {"swap", "swaps"});
  require_refused("tasks sample 's5[token=swaps]'", {"token", "tokens"});
  require_refused("train --set step=3", {"step", "steps"});
  require_refused("train --model 'rwkv8[L=1]'", {"rwkv8", "rwkv7"});
}

TEST_CASE("values out of range name the field, the value and the range", "[cli][quick]") {
  require_refused("train --set lr=-1", {"lr", "-1"});
  require_refused("train --set steps=abc", {"steps", "abc"});
  require_refused("train --model 'rwkv7[L=1,D=64,N=12]'", {"N", "12"});
}

TEST_CASE("a kernel is named for CUDA alone, and by a name that is one", "[cli][quick]") {
  const Scratch scratch;
  const std::string model = scratch / "m.safetensors", words = scratch / "words.jsonl";
  REQUIRE(run_anser("compile " + kS5 + " --mode letters -o " + model).status == 0);
  anser::write_file(words, "{\"input\":[0],\"target\":[0]}\n");
  const std::string out = scratch / "run";
  require_refused("train --out " + out + " --kernel sequential",
                  {"kernel is 'sequential'", "wanted auto on cpu"});
  require_refused("train --out " + out + " --kernel fast", {"kernel is 'fast'", "sequential or chunked"});
  REQUIRE_FALSE(std::filesystem::exists(out));
  require_refused("eval " + model + " --data " + words + " --kernel chunked",
                  {"kernel is 'chunked'", "wanted auto on cpu"});
  require_refused("eval " + model + " --data " + words + " --kernel fast", {"kernel is 'fast'"});
  require_refused("eval " + model + " --data " + words + " --device tpu",
                  {"device = \"tpu\"", "cpu or cuda"});
}

TEST_CASE("broken checkpoints are refused in one sentence", "[cli][quick]") {
  const Scratch scratch;
  const std::string model = scratch / "m.safetensors";
  REQUIRE(run_anser("compile " + kS5 + " --mode letters -o " + model).status == 0);
  const std::string content = anser::read_file(model);
  const auto refused = [&](const std::string& bytes, std::initializer_list<const char*> wanted) {
    anser::write_file(scratch / "broken.safetensors", bytes);
    require_refused("prove " + (scratch / "broken.safetensors") + " " + kS5, wanted);
  };
  refused(content.substr(0, content.size() / 2), {"cut short"});
  refused(content.substr(0, 5), {"too few"});
  refused(content + "x", {"behind the last tensor"});
  refused("this is no checkpoint at all", {"not a safetensors file"});
  require_refused("prove " + (scratch / "absent.safetensors") + " " + kS5, {"absent.safetensors"});
}

TEST_CASE("words that do not fit the model name their line", "[cli][quick]") {
  const Scratch scratch;
  const std::string model = scratch / "m.safetensors";
  REQUIRE(run_anser("compile " + kS5 + " --mode letters -o " + model).status == 0);
  const auto refused = [&](const std::string& text, std::initializer_list<const char*> wanted) {
    anser::write_file(scratch / "words.jsonl", text);
    require_refused("eval " + model + " --data " + (scratch / "words.jsonl") + " --json", wanted);
  };
  refused("{\"input\":[1],\"target\":[2]}\n{\"input\":[1,2],\"target\":[3]}\n", {"line 2"});
  refused("{\"input\":[99],\"target\":[2]}\n", {"line 1", "99"});
  refused("{\"input\":[1],\"target\":[120]}\n", {"line 1", "120"});
  refused("{\"input\":[1],\n", {"line 1"});
}

TEST_CASE("with --check a weight that is not finite is named, and good ones change nothing", "[cli][quick]") {
  const Scratch scratch;
  const std::string model = scratch / "m.safetensors", words = scratch / "words.jsonl";
  REQUIRE(run_anser("compile " + kS5 + " --mode letters -o " + model).status == 0);
  anser::write_file(words, "{\"input\":[1,2],\"target\":[2,3]}\n");
  const std::string line = "eval " + model + " --data " + words;
  const Answer plain = run_anser(line), checked = run_anser(line + " --check");
  INFO(checked.err);
  REQUIRE(checked.status == 0);
  REQUIRE(checked.out == plain.out);
  std::string content = anser::read_file(model);
  content.replace(content.size() - 4, 4, std::string("\0\0\xc0\x7f", 4));  // the last number: NaN
  anser::write_file(model, content);
  REQUIRE(run_anser(line).status == 0);
  require_refused(line + " --check", {"m.safetensors", "holds nan at place", "wanted finite numbers"});
  // The weights grow a thousandfold a step.
  const Answer wild = run_anser(
      "train --check --task parity --model 'rwkv7[D=32,N=32]' --set steps=40 --set lr=1e3 "
      "--set weight_decay=1 --set warmup=0 -o " +
      (scratch / "run"));
  INFO(wild.err);
  REQUIRE(wild.status == 2);
  REQUIRE(wild.err.find("wanted finite numbers") != std::string::npos);
}

TEST_CASE("a folder that cannot be written leaves nothing behind", "[cli][quick]") {
  const Scratch scratch;
  std::ofstream(scratch / "file") << "in the way";
  require_refused("compile " + kS5 + " --mode letters -o " + (scratch / "file/m.safetensors"),
                  {"cannot write"});
  require_refused("train --set steps=1 -o " + (scratch / "file/run"), {"file/run"});
  REQUIRE(anser::read_file(scratch / "file") == "in the way");
}

TEST_CASE("a verdict without a finished run is refused", "[cli][quick]") {
  const Scratch scratch;
  require_refused("claim verdict s5_state_tracking --runs " + scratch.path().string(), {"no finished run"});
}
