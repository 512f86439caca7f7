// store.sqlite: one tidy row per run and evaluation length, for pandas, DuckDB or the sqlite3 shell.
//
//     sqlite3 store.sqlite 'select model, c, seed, test_len, last8 from results order by model, seed,
//     test_len'
//
// Table `results`, primary key (run, test_len). Columns carry the field's usual names: task, model, d_model,
// n_layers, head_size, num_parameters, state_size, c, lr, weight_decay, seed, step, test_len, accuracy (per
// position), last8, whole, ...
#pragma once

#include <filesystem>
#include <memory>

struct sqlite3;

namespace anser::runner {

class Store {
 public:
  /// Opens or creates the file. InputError naming it where SQLite refuses.
  explicit Store(const std::filesystem::path& path);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Adds the rows of a finished run, read from its manifest.json and evaluation.json; replaces earlier rows
  /// of the same run. One transaction; other processes may write at the same time. InputError when the run is
  /// not finished.
  void add_run(const std::filesystem::path& run_folder);

 private:
  std::filesystem::path path_;
  sqlite3* database_ = nullptr;
};

}  // namespace anser::runner
