#include "experiments/runner/claim.h"

#include <algorithm>
#include <cstdlib>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/ids.h"

namespace anser::runner {
namespace {

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

/// Refuses keys that the reader below would ignore.
void require_keys(const Json& object, const std::vector<std::string>& known, const std::string& where) {
  for (const std::string& key : keys_of(object))
    require(std::find(known.begin(), known.end(), key) != known.end(), where, "unknown key \"{}\"{}", key,
            suggest(key, known));
}

/// The run fields of `from` (recipe, preset or architecture), leaving out the keys that mean something else
/// there.
void apply(train::RunConfig& run, const Json& from, const std::vector<std::string>& other_keys,
           const std::string& where) {
  Json fields = Json::object();
  for (const auto& [key, value] : from.items())
    if (std::find(other_keys.begin(), other_keys.end(), key) == other_keys.end()) fields[key] = value;
  set_fields(run.fields(), fields, where);
}

Architecture read_architecture(const Json& entry, const Json& suite, const Json& preset, bool control,
                               const std::string& where) {
  Architecture a;
  a.name = json_get<std::string>(entry, "name", where);
  a.title = json_get<std::string>(entry, "title", where);
  a.control = control;
  a.run.task = suite.at("task").get<std::string>();
  apply(a.run, suite.value("recipe", Json::object()), {}, where + " [recipe]");
  apply(a.run, preset, {"seeds"}, where + " [preset]");
  apply(a.run, entry, {"name", "title"}, where + " " + a.name);
  return a;
}

AcceptLine read_line(const Json& entry, const std::string& where) {
  AcceptLine line;
  set_fields(line.fields(), entry, where);
  require(!line.name.empty() && !line.kind.empty(), where, "every line needs a name and a kind");
  return line;
}

}  // namespace

std::vector<Field> AcceptLine::fields() {
  return {{"name", &name, "sentence that could be false"},
          {"kind", &kind, "how it is judged"},
          {"precision", &precision, "fp32 or bf16"},
          {"architecture", &architecture, "name in suite.toml"},
          {"states", &states, "bit-distinct states", 0, 1e9},
          {"length", &length, "evaluation length", 1, 1e9},
          {"accuracy", &accuracy, "accuracy of the last 8 positions", 0, 1},
          {"at_least", &at_least, "fraction of the seeds", 0, 1},
          {"at_most", &at_most, "fraction of the seeds", 0, 1},
          {"margin", &margin, "allowed distance", 0, 1}};
}

std::filesystem::path claims_folder() {
  const char* home = std::getenv("ANSER_HOME");
  return std::filesystem::path(home != nullptr ? home : ANSER_SOURCE_DIR) / "experiments" / "claims";
}

std::vector<std::string> known_claims() {
  std::vector<std::string> ids;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(claims_folder(), error))
    if (std::filesystem::exists(entry.path() / "suite.toml")) ids.push_back(entry.path().filename().string());
  require(!error, "claims", "cannot read {}; set ANSER_HOME to the folder that holds experiments/claims",
          claims_folder().string());
  std::sort(ids.begin(), ids.end());
  return ids;
}

Claim load_claim(const std::string& id, const std::string& preset) {
  const std::vector<std::string> known = known_claims();
  require(std::find(known.begin(), known.end(), id) != known.end(), "anser claim", "unknown claim \"{}\"{}",
          id, suggest(id, known));
  const std::filesystem::path folder = claims_folder() / id;
  const std::string where = "claims/" + id + "/suite.toml";
  const Json suite = read_toml((folder / "suite.toml").string());
  require_keys(suite,
               {"title", "statement", "task", "construction", "recipe", "architecture", "control", "preset"},
               where);
  const Json presets = suite.value("preset", Json::object());
  require(presets.contains(preset), "anser claim", "unknown preset \"{}\"{}", preset,
          suggest(preset, keys_of(presets)));

  Claim claim;
  claim.id = id;
  claim.preset = preset;
  claim.title = json_get<std::string>(suite, "title", where);
  claim.statement = json_get<std::string>(suite, "statement", where);
  claim.task = json_get<std::string>(suite, "task", where);
  const Json construction = suite.value("construction", Json::object());
  require_keys(construction, {"mode", "tokens", "precisions"}, where + " [construction]");
  claim.mode = json_get<std::string>(construction, "mode", where);
  claim.construction_tokens = json_get<std::int64_t>(construction, "tokens", where);
  claim.precisions = construction.value("precisions", std::vector<std::string>{});
  claim.seeds = presets.at(preset).value("seeds", std::vector<std::int64_t>{});
  require(claim.seeds.size() >= 1, where, "[preset.{}] lists no seeds", preset);
  for (const auto& [table, control] : {std::pair{"architecture", false}, std::pair{"control", true}})
    for (const Json& entry : suite.value(table, Json::array()))
      claim.architectures.push_back(read_architecture(entry, suite, presets.at(preset), control, where));
  const Json accept = read_toml((folder / "accept.toml").string());
  for (const Json& entry : accept.value("line", Json::array()))
    claim.accept.push_back(read_line(entry, "claims/" + id + "/accept.toml"));
  Json resolved = {suite, preset, accept};
  for (Architecture& a : claim.architectures) resolved.push_back(fields_to_json(a.run.fields()));
  claim.hash = short_hash(resolved.dump());
  return claim;
}

}  // namespace anser::runner
