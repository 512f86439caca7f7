// The kernel of a run on CUDA: fixed by its config, written down, kept when the run goes on and when it is
// evaluated; on a pretended device (tests/support/pretend_device.h).
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/safetensors.h"
#include "core/train/manifest.h"
#include "tests/core/kept_work.h"
#include "tests/core/tiny_training.h"
#include "tests/support/catch.h"
#include "tests/support/pretend_device.h"
#include "tests/support/throws.h"

namespace {

using namespace anser;
using namespace anser::train;
using tests::message_of;
using tests::take_launches;

RunConfig cuda_config() {
  RunConfig config = tests::tiny_config();
  config.model = "rwkv7[L=1,D=16,N=8,c=2,ranks=8]";
  config.steps = 3;
  config.batch = 2;
  config.eval_lengths = {5, 20};
  config.eval_strings = 3;
  config.device = "cuda";
  return config;
}

RunResult run_words(const RunConfig& config, const std::filesystem::path& folder) {
  RunSetup setup;
  setup.make_graph = [] { return std::make_shared<tests::KeptWork>(); };
  return run(config, tests::sum_words(), folder, setup);
}

TEST_CASE("a run on CUDA fixes its kernel, writes it down and evaluates with it", "[core][train][quick]") {
  const tests::TemporaryFolder device("cuda_run"), host("cpu_run");
  take_launches();
  const RunResult got = run_words(cuda_config(), device.path);
  for (const auto& launch : take_launches())
    if (!tests::contains(launch.kernel, "adamw"))
      CHECK(tests::contains(launch.kernel, "sequential float"));  // a run computes in fp32
  RunConfig on_host = cuda_config();
  on_host.device = "cpu";
  const RunResult wanted = run_words(on_host, host.path);
  CHECK(std::abs(got.final_loss - wanted.final_loss) < 1e-4 * wanted.final_loss);
  const Json manifest = read_json(device.path / "manifest.json");
  CHECK(manifest.at("kernel") == "sequential");
  CHECK(manifest.at("config").at("kernel") == "auto");
  CHECK(recorded_kernel(device.path) == ops::CudaKernel::sequential);
  CHECK(read_safetensors((device.path / "model.safetensors").string()).metadata.at("kernel") == "sequential");
  CHECK(read_json(host.path / "manifest.json").at("kernel").is_null());
  CHECK(!recorded_kernel(host.path));
  CHECK(read_safetensors((host.path / "model.safetensors").string()).metadata.count("kernel") == 0);
}

TEST_CASE("a run that goes on keeps the kernel it began with", "[core][train][quick]") {
  const tests::TemporaryFolder folder("cuda_goes_on");
  run_words(cuda_config(), folder.path);
  std::filesystem::remove(folder.path / "done");
  Json manifest = read_json(folder.path / "manifest.json");
  manifest["kernel"] = "chunked";
  write_file(folder.path / "manifest.json", manifest.dump());
  const std::string message = message_of([&] { run_words(cuda_config(), folder.path); });
  CHECK(tests::contains(message, "kernel is 'chunked', wanted sequential"));  // this model is fp32
  manifest["kernel"] = "warped";
  write_file(folder.path / "manifest.json", manifest.dump());
  CHECK(tests::contains(message_of([&] { run_words(cuda_config(), folder.path); }),
                        "manifest.json: kernel is 'warped', wanted auto, sequential or chunked"));
}

TEST_CASE("a kernel that a run cannot have is refused before anything is written", "[core][train][quick]") {
  const tests::TemporaryFolder folder("cuda_refused");
  const auto refused = [&](const char* device, const char* kernel, const char* model = nullptr) {
    RunConfig config = cuda_config();
    config.device = device;
    config.kernel = kernel;
    if (model != nullptr) config.model = model;
    const std::string message = message_of([&] { run_words(config, folder.path / "never"); });
    CHECK_FALSE(std::filesystem::exists(folder.path / "never"));
    return message;
  };
  CHECK(refused("cpu", "sequential") ==
        "train::run: kernel is 'sequential', wanted auto on cpu: kernels of CUDA alone are named");
  CHECK(refused("cuda", "chunk") == "train::run: kernel is 'chunk', wanted auto, sequential or chunked");
  CHECK(refused("cuda", "chunked") ==
        "nn::Rwkv7Model: kernel is 'chunked', wanted sequential: the chunked kernel takes bf16 tokens");
  CHECK(tests::contains(refused("cuda", "chunked", "transformer[L=1,D=16,H=2]"), "has no recurrence"));
}

TEST_CASE("configs and manifests from before the field name the same runs", "[core][train][quick]") {
  RunConfig config = tests::tiny_config();
  Json before = fields_to_json(config.fields());
  before.erase("kernel");
  RunConfig named = config;
  named.kernel = "sequential";
  CHECK(fields_hash(config.fields()) == short_hash(before.dump()));
  CHECK(fields_hash(named.fields()) != fields_hash(config.fields()));

  const tests::TemporaryFolder folder("old_manifest");
  write_file(folder.path / "manifest.json", Json{{"config", before}}.dump());
  CHECK_NOTHROW(require_same_config(folder.path, config));
  CHECK(!recorded_kernel(folder.path));
  CHECK(tests::contains(message_of([&] { require_same_config(folder.path, named); }),
                        "holds a run with kernel = \"auto\", wanted \"sequential\""));
}

}  // namespace
