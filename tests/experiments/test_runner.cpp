#include <sqlite3.h>

#include <thread>

#include "core/base/error.h"
#include "core/base/files.h"
#include "experiments/runner/grid.h"
#include "experiments/runner/store.h"
#include "experiments/runner/task_words.h"
#include "kernels/wkv7.h"
#include "tasks/task.h"
#include "tests/core/tiny_training.h"
#include "tests/support/catch.h"

namespace {

using namespace anser;
using namespace anser::runner;
using tests::TemporaryFolder;

train::RunConfig parity_config(std::int64_t seed, const char* model) {
  train::RunConfig config = tests::tiny_config();
  config.task = "parity";
  config.model = model;
  config.seed = seed;
  return config;
}

/// Two RWKV-7 and a Transformer, each in a folder of its own.
std::vector<GridRun> three_runs(const std::filesystem::path& folder) {
  const char* rwkv = "rwkv7[L=1,D=16,N=8,c=2,ranks=8]";
  return {{parity_config(1, rwkv), folder / "rwkv-seed1"},
          {parity_config(2, rwkv), folder / "rwkv-seed2"},
          {parity_config(1, "transformer[L=1,D=16,H=2]"), folder / "transformer-seed1"}};
}

/// First column of the first row of a query.
std::int64_t query(const std::filesystem::path& path, const std::string& sql) {
  sqlite3* database = nullptr;
  sqlite3_stmt* statement = nullptr;
  REQUIRE(sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
  const std::int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return value;
}

TEST_CASE("task words are the task's samples, sealed and trained words apart", "[experiments][quick]") {
  const auto task = tasks::make_task("s3");
  const train::WordSource words = task_words(*task);
  REQUIRE(words.vocabulary == task->facts().num_tokens);
  REQUIRE(words.labels == task->facts().num_labels);
  std::vector<std::int64_t> input(6 * 9), target(6 * 9), sealed_input(6 * 9);
  words.fill(false, 4, 10, 6, 9, input.data(), target.data());
  words.fill(true, 4, 10, 6, 9, sealed_input.data(), target.data());
  REQUIRE(input != sealed_input);
  words.fill(false, 4, 10, 6, 9, input.data(), target.data());
  std::vector<std::int32_t> letters(9), labels(9);
  task->sample(4, tasks::Split::train, 13, letters, labels);
  for (std::size_t t = 0; t < 9; ++t) {
    REQUIRE(input[3 * 9 + t] == letters[t]);
    REQUIRE(target[3 * 9 + t] == labels[t]);
  }
}

TEST_CASE("a grid's runs have the bits of the same runs alone, and are not trained twice",
          "[experiments][quick]") {
  const TemporaryFolder folder("grid"), alone("grid_alone");
  const auto runs = three_runs(folder.path);
  const GridOptions options{.threads = 3, .store = folder.path / "store.sqlite", .show_progress = false};
  const auto results = run_grid(runs, options);
  const auto one_by_one = run_grid(three_runs(alone.path), {.show_progress = false});
  for (std::size_t i = 0; i < runs.size(); ++i) {
    CAPTURE(i);
    const std::filesystem::path other = three_runs(alone.path)[i].folder;
    REQUIRE(tests::result_bits(runs[i].folder) == tests::result_bits(other));
    REQUIRE(results[i].final_loss == one_by_one[i].final_loss);
  }
  const auto again = run_grid(runs, options);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    REQUIRE(again[i].train_seconds == 0);
    REQUIRE(again[i].scores[1].correct_by_position == results[i].scores[1].correct_by_position);
  }
  const auto store = options.store;
  REQUIRE(query(store, "select count(*) from results") == 9);
  REQUIRE(query(store, "select count(distinct run) from results") == 3);
  REQUIRE(query(store, "select count(*) from results where c = '2' and d_model = 16 and state_size = 160") ==
          6);
  REQUIRE(query(store, "select whole_correct from results where seed = 2 and test_len = 5") ==
          results[1].scores[1].whole_correct);
}

TEST_CASE("several writers share one store", "[experiments][quick]") {
  const TemporaryFolder folder("writers");
  const auto runs = three_runs(folder.path);
  run_grid(runs, {.threads = 1, .show_progress = false});
  const auto path = folder.path / "store.sqlite";
  {
    std::vector<std::jthread> writers;
    for (const GridRun& run : runs)
      writers.emplace_back([&path, &run] {
        for (int i = 0; i < 5; ++i) Store(path).add_run(run.folder);
      });
  }
  REQUIRE(query(path, "select count(*) from results") == 9);
}

TEST_CASE("a store refuses unfinished runs and files that are no database", "[experiments][quick]") {
  const TemporaryFolder folder("refused");
  Store store(folder.path / "store.sqlite");
  REQUIRE_THROWS_AS(store.add_run(folder.path), InputError);
  write_file(folder.path / "text", std::string(5000, 'x'));
  REQUIRE_THROWS_AS(Store(folder.path / "text"), InputError);
  REQUIRE_THROWS_AS(Store(folder.path / "absent" / "store.sqlite"), InputError);
}

TEST_CASE("a grid on a device that is not there is refused before anything is written",
          "[experiments][quick]") {
  if (kernels::cuda::built() && kernels::cuda::device_count() > 0) return;
  const TemporaryFolder folder("device");
  auto runs = three_runs(folder.path);
  runs[0].config.device = "cuda";
  std::string message;
  try {
    run_grid({runs[0]}, {.show_progress = false});
  } catch (const InputError& error) {
    message = error.what();
  }
  REQUIRE(message.find("wanted a CUDA device") != std::string::npos);
  REQUIRE_FALSE(std::filesystem::exists(runs[0].folder));
}

}  // namespace
