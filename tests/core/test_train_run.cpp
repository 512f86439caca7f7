#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <limits>
#include <stdexcept>
#include <thread>

#include "core/base/error.h"
#include "core/base/json.h"
#include "tests/core/tiny_training.h"
#include "tests/support/catch.h"

namespace {

using namespace anser;
using namespace anser::train;
using tests::result_bits;
using tests::tiny_config;

RunResult run_tiny(const std::filesystem::path& folder, const RunConfig& config = tiny_config(),
                   const StepCallback& on_step = {}) {
  RunSetup setup = tests::tiny_setup();
  setup.on_step = on_step;
  return run(config, tests::sum_words(), folder, setup);
}

struct Killed : std::runtime_error {
  Killed() : std::runtime_error("killed") {}
};

/// Lets a run die after `step` steps.
void run_until(const std::filesystem::path& folder, std::int64_t step,
               const RunConfig& config = tiny_config()) {
  REQUIRE_THROWS_AS(run_tiny(folder, config,
                             [&](std::int64_t done, double) {
                               if (done == step) throw Killed();
                             }),
                    Killed);
}

/// Message of the InputError that `work` ends with.
template <typename Work>
std::string message_of(const Work& work) {
  try {
    work();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a run learns, and leaves manifest, metrics, events, checkpoint, model and scores",
          "[core][train][quick]") {
  const tests::TemporaryFolder folder("run");
  RunConfig config = tiny_config();
  config.steps = 300;
  const RunResult result = run_tiny(folder.path, config);
  REQUIRE(result.tokens_seen == 300 * 4 * 6);
  REQUIRE(result.parameters == 30 + 10 + 30 + 3);
  REQUIRE(result.scores.size() == 3);
  REQUIRE(result.scores[1].accuracy() > 0.4);
  const Json manifest = read_json(folder.path / "manifest.json");
  for (const char* key :
       {"config", "config_hash", "c", "parameters", "seeds", "version", "commit", "dirty", "compiler",
        "libtorch", "processor", "kernel", "kernel_target", "device", "sessions", "finished"})
    REQUIRE(manifest.contains(key));
  REQUIRE(std::filesystem::file_size(folder.path / "events.out.tfevents.anser") > 300);
  const std::string metrics = read_file(folder.path / "metrics.jsonl");
  REQUIRE(std::count(metrics.begin(), metrics.end(), '\n') == 100);
}

TEST_CASE("a checked run has the same bits, and ends at the first number that is not finite",
          "[core][train][quick]") {
  const tests::TemporaryFolder plain("plain"), checked("checked"), wild("wild"), broken("broken");
  RunSetup setup = tests::tiny_setup();
  setup.check = true;
  run_tiny(plain.path);
  run(tiny_config(), tests::sum_words(), checked.path, setup);
  REQUIRE(result_bits(checked.path) == result_bits(plain.path));

  RunConfig config = tiny_config();
  config.lr = 1e3, config.weight_decay = 1, config.warmup = 0;  // weights grow a thousandfold a step
  const std::string overflow = message_of([&] { run(config, tests::sum_words(), wild.path, setup); });
  INFO(overflow);
  REQUIRE(contains(overflow, "train: step 1"));
  REQUIRE(contains(overflow, "wanted finite numbers"));

  const auto make = setup.make_model;
  setup.make_model = [&](const std::string& id, std::int64_t vocabulary, std::int64_t labels,
                         const Rng& rng) {
    auto model = make(id, vocabulary, labels, rng);
    model->parameters()[3].value.mutable_data_ptr<float>()[1] = NAN;
    return model;
  };
  REQUIRE(message_of([&] { run(tiny_config(), tests::sum_words(), broken.path, setup); }) ==
          "train: step 1: head.bias holds nan at place 1 of [3], wanted finite numbers");
}

TEST_CASE("a resumed run ends with the bits of one that was never interrupted", "[core][train][quick]") {
  const tests::TemporaryFolder whole("whole"), broken("broken");
  const RunResult wanted = run_tiny(whole.path);
  for (const std::int64_t step : {3, 7, 20, 21, 22, 38}) run_until(broken.path, step);
  // Rows of steps behind the checkpoint and a torn line, as a killed writer leaves them.
  append_line(broken.path / "metrics.jsonl", "{\"step\":36,\"los");
  std::int64_t steps = 0;
  const RunResult got = run_tiny(broken.path, tiny_config(), [&](std::int64_t, double) { ++steps; });
  REQUIRE(steps == 40 - 35);
  REQUIRE(result_bits(broken.path) == result_bits(whole.path));
  REQUIRE(got.final_loss == wanted.final_loss);
  REQUIRE(got.scores[2].correct_by_position == wanted.scores[2].correct_by_position);
}

TEST_CASE("the same config gives the same bits twice, alone and beside other runs", "[core][train][quick]") {
  const tests::TemporaryFolder alone("alone"), beside("beside"), other("other");
  run_tiny(alone.path);
  RunConfig different = tiny_config();
  different.seed = 9;
  std::thread first([&] { run_tiny(beside.path); });
  std::thread second([&] { run_tiny(other.path, different); });
  first.join();
  second.join();
  REQUIRE(result_bits(alone.path) == result_bits(beside.path));
  REQUIRE(result_bits(alone.path) != result_bits(other.path));
}

TEST_CASE("a finished run is read back, not trained again", "[core][train][quick]") {
  const tests::TemporaryFolder folder("finished");
  const RunResult first = run_tiny(folder.path);
  const RunResult again = run_tiny(folder.path, tiny_config(), [](std::int64_t, double) { throw Killed(); });
  REQUIRE(again.train_seconds == 0);
  REQUIRE(again.final_loss == first.final_loss);
  REQUIRE(again.parameters == first.parameters);
  REQUIRE(again.scores[1].correct_by_position == first.scores[1].correct_by_position);
  REQUIRE(again.scores[1].last8() == first.scores[1].last8());
}

TEST_CASE("a run killed before its evaluation is not trained again", "[core][train][quick]") {
  const tests::TemporaryFolder whole("eval_whole"), broken("eval_broken");
  run_tiny(whole.path);
  run_until(broken.path, 40);
  run_tiny(broken.path, tiny_config(), [](std::int64_t, double) { throw Killed(); });
  REQUIRE(result_bits(broken.path) == result_bits(whole.path));
}

TEST_CASE("a stop request ends the run with a checkpoint of that step", "[core][train][quick]") {
  const tests::TemporaryFolder whole("stop_whole"), stopped("stop");
  run_tiny(whole.path);
  std::atomic<bool> stop = false;
  RunSetup setup = tests::tiny_setup();
  setup.stop = &stop;
  setup.on_step = [&](std::int64_t step, double) { stop = step == 9; };
  const std::string message =
      message_of([&] { run(tiny_config(), tests::sum_words(), stopped.path, setup); });
  REQUIRE(contains(message, "stopped after step 10 of 40"));
  run_tiny(stopped.path, tiny_config(), [](std::int64_t step, double) { REQUIRE(step > 10); });
  REQUIRE(result_bits(stopped.path) == result_bits(whole.path));
}

TEST_CASE("a folder with a run of another config is refused, naming the first field",
          "[core][train][quick]") {
  const tests::TemporaryFolder folder("other_config");
  run_until(folder.path, 10);
  const std::string before = read_file(folder.path / "checkpoint.safetensors");
  RunConfig other = tiny_config();
  other.lr = 0.5;
  other.clip = 2;
  const std::string message = message_of([&] { run_tiny(folder.path, other); });
  REQUIRE(contains(message, "lr = 0.004, wanted 0.5"));
  REQUIRE(read_file(folder.path / "checkpoint.safetensors") == before);
}

TEST_CASE("two runs cannot meet in one folder", "[core][train][quick]") {
  const tests::TemporaryFolder folder("two");
  std::string message;
  RunSetup setup = tests::tiny_setup();
  setup.on_step = [&](std::int64_t step, double) {
    if (step == 5) message = message_of([&] { run_tiny(folder.path); });
  };
  run(tiny_config(), tests::sum_words(), folder.path, setup);
  REQUIRE(contains(message, "is in use by another run"));
}

TEST_CASE("a damaged checkpoint is one sentence that names file and cure", "[core][train][quick]") {
  const tests::TemporaryFolder folder("damaged");
  run_until(folder.path, 10);
  const auto path = folder.path / "checkpoint.safetensors";
  const std::string good = read_file(path);
  const std::string cut = good.substr(0, good.size() / 2);
  std::string renamed = good;
  renamed.replace(renamed.find("m.emb.weight"), 12, "m.emb.wiight");
  for (const std::string& bad : {cut, renamed, std::string("nonsense"), std::string()}) {
    write_file(path, bad);
    const std::string message = message_of([&] { run_tiny(folder.path); });
    CAPTURE(message);
    REQUIRE(contains(message, path.string()));
    REQUIRE(contains(message, "delete that file"));
    REQUIRE(read_file(path) == bad);
  }
  write_file(path, good);
  run_tiny(folder.path);
}

TEST_CASE("a config value out of range is refused with field, value and range", "[core][train][quick]") {
  const tests::TemporaryFolder folder("range");
  const auto refused = [&](auto change) {
    RunConfig config = tiny_config();
    change(config);
    return message_of([&] { run_tiny(folder.path / "never", config); });
  };
  REQUIRE(contains(refused([](RunConfig& c) { c.steps = -1; }), "steps = -1 is out of range, wanted 0 to"));
  REQUIRE(contains(refused([](RunConfig& c) { c.beta1 = 1.5; }), "beta1 = 1.5 is out of range"));
  REQUIRE(contains(refused([](RunConfig& c) { c.lr = std::numeric_limits<double>::quiet_NaN(); }), "lr"));
  REQUIRE(contains(refused([](RunConfig& c) { c.eval_lengths = {8, -2}; }), "eval_lengths = -2"));
  REQUIRE(contains(refused([](RunConfig& c) { c.device = "tpu"; }), "wanted cpu or cuda"));
  REQUIRE_FALSE(std::filesystem::exists(folder.path / "never"));
}

TEST_CASE("empty batches, empty words and no steps are runs like others", "[core][train][quick]") {
  const tests::TemporaryFolder folder("empty");
  const auto works = [&](const char* name, auto change) {
    RunConfig config = tiny_config();
    change(config);
    run_tiny(folder.path / name, config);
    return std::filesystem::exists(folder.path / name / "done");
  };
  REQUIRE(works("batch", [](RunConfig& c) { c.batch = 0; }));
  REQUIRE(works("length", [](RunConfig& c) { c.length = 0; }));
  REQUIRE(works("steps", [](RunConfig& c) { c.steps = 0; }));
  REQUIRE(works("strings", [](RunConfig& c) { c.eval_strings = 0; }));
}

TEST_CASE("a folder that cannot be written is one sentence", "[core][train][quick]") {
  const tests::TemporaryFolder folder("no_write");
  write_file(folder.path / "file", "in the way");
  const std::string message = message_of([&] { run_tiny(folder.path / "file" / "run"); });
  REQUIRE(contains(message, "cannot create folder"));
}

TEST_CASE("a full disk ends the run with one sentence and leaves the last checkpoint whole",
          "[core][train][quick]") {
  const tests::TemporaryFolder whole("disk_whole"), folder("disk");
  run_tiny(whole.path);
  run_until(folder.path, 10);
  const std::string before = read_file(folder.path / "checkpoint.safetensors");
  // A limit on the size of files stands for the full disk.
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{before.size() - 100, limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = message_of([&] { run_tiny(folder.path); });
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, handler);
  REQUIRE(contains(message, "cannot write"));
  REQUIRE(read_file(folder.path / "checkpoint.safetensors") == before);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path))
    REQUIRE_FALSE(contains(entry.path().filename().string(), ".tmp"));
  run_tiny(folder.path);
  REQUIRE(result_bits(folder.path) == result_bits(whole.path));
}

}  // namespace
