// The command lines and JSON that others script against.

#include "core/base/json.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"

using anser::Json;
using anser::tests::Answer;
using anser::tests::run_anser;
using anser::tests::Scratch;

namespace {

const std::string kS5 = "'s5[tokens=swaps+id]'";

Json only_line(const Answer& answer) {
  INFO(answer.err);
  REQUIRE(anser::tests::lines(answer.out) == 1);
  return Json::parse(answer.out);
}

/// Turns `tasks sample` lines into a words file.
std::string sample_words(const Scratch& scratch, int length, int count) {
  const std::string path = scratch / "words.jsonl";
  const Answer answer = run_anser("tasks sample " + kS5 + " --split test --length " + std::to_string(length) +
                                  " --count " + std::to_string(count) + " --jsonl");
  REQUIRE(answer.status == 0);
  anser::write_file(path, answer.out);
  return path;
}

}  // namespace

TEST_CASE("tasks sample prints one object a word and repeats itself", "[cli][quick]") {
  const std::string line = "tasks sample " + kS5 + " --split test --length 64 --count 3 --jsonl";
  const Answer answer = run_anser(line);
  REQUIRE(answer.status == 0);
  REQUIRE(anser::tests::lines(answer.out) == 3);
  const Json word = Json::parse(answer.out.substr(0, answer.out.find('\n')));
  REQUIRE(word.at("input").size() == 64);
  REQUIRE(word.at("target").size() == 64);
  for (const Json& id : word.at("input")) REQUIRE((id >= 0 && id < 11));
  for (const Json& label : word.at("target")) REQUIRE((label >= 0 && label < 120));
  REQUIRE(run_anser(line).out == answer.out);
  REQUIRE(run_anser("tasks sample " + kS5 + " --split train --length 64 --count 3 --jsonl").out !=
          answer.out);
}

TEST_CASE("a compiled S5 is proved, evaluates without an error, and a damaged one is refuted",
          "[cli][quick]") {
  const Scratch scratch;
  const std::string model = scratch / "m.safetensors";
  REQUIRE(run_anser("compile " + kS5 + " --mode letters -o " + model + " --json").status == 0);
  for (const std::string precision : {"fp32", "bf16"}) {
    const Answer proof = run_anser("prove " + model + " " + kS5 + " --dtype " + precision + " --json");
    REQUIRE(proof.status == 0);
    const Json verdict = only_line(proof);
    REQUIRE(verdict.at("verdict") == "PROVED");
    REQUIRE(verdict.at("states") == 120);
  }
  const std::string words = sample_words(scratch, 50, 20);
  const Json score = only_line(run_anser("eval " + model + " --data " + words + " --json"));
  REQUIRE(score.at("tokens") == 1000);
  REQUIRE(score.at("correct") == 1000);
  REQUIRE(score.at("by_position").size() == 50);

  const std::string broken = scratch / "broken.safetensors";
  REQUIRE(run_anser("compile " + kS5 + " --mode letters --sabotage 4 -o " + broken).status == 0);
  const Answer refuted = run_anser("prove " + broken + " " + kS5 + " --json");
  REQUIRE(refuted.status == 1);
  REQUIRE(only_line(refuted).at("verdict") == "REFUTED");
}

TEST_CASE("an automaton from a file compiles by micro-steps and answers words by letter names",
          "[cli][quick]") {
  const Scratch scratch;
  const std::string dfa = scratch / "dfa.json";
  anser::write_file(
      dfa, R"({"states":3,"alphabet":["a","b"],"start":0,"accept":[2],"delta":[[1,0],[2,0],[2,2]]})");
  const std::string model = scratch / "m.safetensors";
  REQUIRE(run_anser("compile " + dfa + " --mode microsteps -o " + model).status == 0);
  REQUIRE(run_anser("prove " + model + " " + dfa + " --json").status == 0);
  const std::string words = scratch / "words.jsonl";
  anser::write_file(words,
                    "{\"word\":[],\"accept\":0}\n{\"word\":[\"a\",\"a\"],\"accept\":1}\n"
                    "{\"word\":[\"a\",\"b\",\"a\"],\"accept\":0}\n");
  const Json score = only_line(run_anser("eval " + model + " --data " + words + " --json"));
  REQUIRE(score.at("accuracy") == 1.0);
}

TEST_CASE("help exists for every verb and the version names the commit", "[cli][quick]") {
  REQUIRE(run_anser("--version").status == 0);
  for (const std::string verb :
       {"claim", "tasks", "train", "eval", "compile", "prove", "report", "doctor", "completion"}) {
    const Answer help = run_anser(verb + " --help");
    CAPTURE(verb);
    REQUIRE(help.status == 0);
    REQUIRE(help.out.find("Example") != std::string::npos);
  }
}

TEST_CASE("doctor finds the kernel on its definition", "[cli][quick]") {
  const Answer answer = run_anser("doctor --json");
  REQUIRE(answer.status == 0);
  REQUIRE(only_line(answer).at("wkv7_error").get<double>() <= 2e-6);
}

TEST_CASE("doctor tells the rule of the CUDA kernels and what it chooses here", "[cli][quick]") {
  const Json facts = only_line(run_anser("doctor --json"));
  const auto rule = facts.at("cuda_kernel_rule").get<std::string>();
  REQUIRE(rule.find("chunked for bf16 tokens") == 0);
  REQUIRE(rule.find("else sequential") != std::string::npos);
  const Json& chosen = facts.at("cuda_kernels");
  if (facts.at("cuda_devices") == 0) {
    REQUIRE(chosen.empty());
    return;
  }
  for (const char* n : {"N16", "N32", "N64", "N128"})
    REQUIRE(chosen.at(std::string("fp32 ") + n + " T512") == "sequential");
  REQUIRE(chosen.at("bf16 N64 T512") == "chunked");
}
