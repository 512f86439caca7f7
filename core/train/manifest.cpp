#include "core/train/manifest.h"

#include <fmt/chrono.h>

#include <ctime>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/ids.h"
#include "core/base/json.h"
#include "core/base/version.h"
#include "core/ops/torch_version.h"
#include "kernels/wkv7.h"

namespace anser::train {
namespace {

std::string now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

/// The transition multiplier of an RWKV-7 model as its id writes it; null for other architectures.
Json multiplier(const std::string& model) {
  const Id id = parse_id(model);
  return id.name == "rwkv7" ? Json(id.get("c", "1")) : Json();
}

}  // namespace

void require_same_config(const std::filesystem::path& folder, RunConfig config) {
  const auto path = folder / "manifest.json";
  if (!std::filesystem::exists(path)) return;
  const Json manifest = read_json(path);
  require(manifest.is_object() && manifest.contains("config") && manifest["config"].is_object(),
          path.string(), "the key \"config\" is missing; this folder holds something else than a run");
  const Json& found = manifest["config"];
  for (const Field& field : config.fields()) {
    const Json seen = found.value(field.name, field.unwritten), value = field_value(field);
    require(seen == value, "train::run", "{} holds a run with {} = {}, wanted {}; choose another folder",
            folder.string(), field.name, seen.is_null() ? "nothing" : seen.dump(), value.dump());
  }
}

std::optional<ops::CudaKernel> recorded_kernel(const std::filesystem::path& folder) {
  const auto path = folder / "manifest.json";
  if (!std::filesystem::exists(path)) return std::nullopt;
  const Json manifest = read_json(path), kernel = manifest.value("kernel", Json());
  return kernel.is_string() ? ops::parse_kernel(path.string(), kernel.get<std::string>()) : std::nullopt;
}

void write_manifest(const std::filesystem::path& folder, RunConfig config, const nn::Model& model,
                    std::optional<ops::CudaKernel> kernel, std::int64_t step, const std::string& command) {
  const auto path = folder / "manifest.json";
  const BuildInfo& build = build_info();
  Json sessions = Json::array();
  if (std::filesystem::exists(path)) sessions = read_json(path).value("sessions", sessions);
  sessions.push_back(
      {{"started", now()}, {"from_step", step}, {"commit", build.commit}, {"command", command}});
  const Json manifest = {{"format", "anser-manifest-1"},
                         {"config", fields_to_json(config.fields())},
                         {"config_hash", fields_hash(config.fields())},
                         {"model", model.id()},
                         {"c", multiplier(model.id())},
                         {"parameters", nn::count_parameters(model)},
                         {"seeds", {{"initialisation", config.seed}, {"words", config.seed}}},
                         {"version", build.version},
                         {"commit", build.commit},
                         {"dirty", build.dirty},
                         {"compiler", build.compiler},
                         {"libtorch", ops::torch_version()},
                         {"processor", processor_name()},
                         {"kernel", kernel ? Json(ops::name_of(kernel)) : Json()},
                         {"kernel_target", kernels::cpu::wkv7_target()},
                         {"device", config.device},
                         {"sessions", sessions}};
  write_file(path, manifest.dump(2) + "\n");
}

void finish_manifest(const std::filesystem::path& folder, double train_seconds) {
  const auto path = folder / "manifest.json";
  Json manifest = read_json(path);
  manifest["finished"] = now();
  manifest["train_seconds"] = train_seconds;
  write_file(path, manifest.dump(2) + "\n");
}

}  // namespace anser::train
