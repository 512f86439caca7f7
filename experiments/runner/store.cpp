#include "experiments/runner/store.h"

#include <sqlite3.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/ids.h"
#include "core/base/json.h"

namespace anser::runner {
namespace {

constexpr int kBusyMilliseconds = 60'000;  // how long a writer waits for another

constexpr const char* kSchema = R"(
create table if not exists results (
  run text not null, task text, model text, c text, d_model integer, n_layers integer, head_size integer,
  num_parameters integer, state_size integer, lr real, weight_decay real, batch integer, train_len integer, seed integer,
  step integer, tokens_seen integer, train_loss real, test_len integer not null, strings integer, accuracy real,
  last8 real, whole real, last8_correct integer, last8_total integer, whole_correct integer, wall_seconds real,
  git_sha text, dirty integer, torch text, device text, processor text, kernel_target text, finished text, folder text,
  primary key (run, test_len)))";

/// Column name and value; null, text, integer, truth or real.
using Row = std::vector<std::pair<const char*, Json>>;

void check(int code, sqlite3* database, const std::filesystem::path& path) {
  require(code == SQLITE_OK || code == SQLITE_DONE, "Store", "{}: {}", path.string(),
          database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code));
}

void bind(sqlite3_stmt* statement, int index, const Json& value) {
  if (value.is_null())
    sqlite3_bind_null(statement, index);
  else if (value.is_string())
    sqlite3_bind_text(statement, index, value.get_ref<const std::string&>().c_str(), -1, SQLITE_TRANSIENT);
  else if (value.is_number_float())
    sqlite3_bind_double(statement, index, value.get<double>());
  else
    sqlite3_bind_int64(statement, index, value.is_boolean() ? value.get<bool>() : value.get<std::int64_t>());
}

std::string insert_statement(const Row& row) {
  std::string names, marks;
  for (const auto& [name, value] : row) {
    names += (names.empty() ? "" : ", ") + std::string(name);
    marks += marks.empty() ? "?" : ", ?";
  }
  return "insert or replace into results (" + names + ") values (" + marks + ")";
}

void insert(sqlite3* database, const std::filesystem::path& path, const Row& row) {
  sqlite3_stmt* raw = nullptr;
  check(sqlite3_prepare_v2(database, insert_statement(row).c_str(), -1, &raw, nullptr), database, path);
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(raw, sqlite3_finalize);
  for (std::size_t i = 0; i < row.size(); ++i) bind(raw, static_cast<int>(i) + 1, row[i].second);
  check(sqlite3_step(raw), database, path);
}

/// Integer parameter of a model id, null where the id does not say.
Json size_of(const Id& id, const char* key) {
  return id.has(key) ? Json(std::stoll(id.get(key, ""))) : Json();
}

/// Numbers that an RWKV-7 model carries from token to token: per layer H N^2 = D N and two shifts of D.
Json state_size(const Id& id) {
  const Json layers = size_of(id, "L"), width = size_of(id, "D"), head = size_of(id, "N");
  if (id.name != "rwkv7" || layers.is_null() || width.is_null() || head.is_null()) return {};
  return layers.get<std::int64_t>() * width.get<std::int64_t>() * (head.get<std::int64_t>() + 2);
}

Row row_of(const Json& manifest, const Json& evaluation, const Json& score,
           const std::filesystem::path& folder) {
  const Json& config = manifest.at("config");
  const Id model = parse_id(manifest.at("model").get<std::string>());
  return {{"run", manifest.at("config_hash")},
          {"task", config.at("task")},
          {"model", manifest.at("model")},
          {"c", manifest.at("c")},
          {"d_model", size_of(model, "D")},
          {"n_layers", size_of(model, "L")},
          {"head_size", size_of(model, "N")},
          {"num_parameters", evaluation.at("parameters")},
          {"state_size", state_size(model)},
          {"lr", config.at("lr")},
          {"weight_decay", config.at("weight_decay")},
          {"batch", config.at("batch")},
          {"train_len", config.at("length")},
          {"seed", config.at("seed")},
          {"step", config.at("steps")},
          {"tokens_seen", evaluation.at("tokens_seen")},
          {"train_loss", evaluation.at("final_loss")},
          {"test_len", score.at("length")},
          {"strings", score.at("strings")},
          {"accuracy", score.at("accuracy")},
          {"last8", score.at("last8")},
          {"whole", score.at("whole")},
          {"last8_correct", score.at("last8_correct")},
          {"last8_total", score.at("last8_total")},
          {"whole_correct", score.at("whole_correct")},
          {"wall_seconds", manifest.at("train_seconds")},
          {"git_sha", manifest.at("commit")},
          {"dirty", manifest.at("dirty")},
          {"torch", manifest.at("libtorch")},
          {"device", manifest.at("device")},
          {"processor", manifest.at("processor")},
          {"kernel_target", manifest.at("kernel_target")},
          {"finished", manifest.at("finished")},
          {"folder", folder.string()}};
}

std::vector<Row> rows_of(const std::filesystem::path& folder) {
  require(std::filesystem::exists(folder / "done"), "Store", "{} holds no finished run", folder.string());
  const Json manifest = read_json(folder / "manifest.json");
  const Json evaluation = read_json(folder / "evaluation.json");
  try {
    std::vector<Row> rows;
    for (const Json& score : evaluation.at("scores"))
      rows.push_back(row_of(manifest, evaluation, score, folder));
    return rows;
  } catch (const Json::exception& error) {
    fail("Store", "{} is not the folder of a run: {}", folder.string(), error.what());
  }
}

}  // namespace

Store::Store(const std::filesystem::path& path) : path_(path) {
  const int code = sqlite3_open(path.c_str(), &database_);
  try {
    check(code, database_, path_);
    sqlite3_busy_timeout(database_, kBusyMilliseconds);
    check(sqlite3_exec(database_, kSchema, nullptr, nullptr, nullptr), database_, path_);
  } catch (...) {
    sqlite3_close(database_);
    throw;
  }
}

Store::~Store() {
  sqlite3_close(database_);
}

void Store::add_run(const std::filesystem::path& run_folder) {
  const std::vector<Row> rows = rows_of(run_folder);
  check(sqlite3_exec(database_, "begin immediate", nullptr, nullptr, nullptr), database_, path_);
  try {
    for (const Row& row : rows) insert(database_, path_, row);
    check(sqlite3_exec(database_, "commit", nullptr, nullptr, nullptr), database_, path_);
  } catch (...) {
    sqlite3_exec(database_, "rollback", nullptr, nullptr, nullptr);
    throw;
  }
}

}  // namespace anser::runner
