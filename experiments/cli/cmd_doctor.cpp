// anser doctor: versions, devices, the kernel against its definition, the random numbers: what to paste into
// an issue.

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <vector>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/rng.h"
#include "core/base/thread_pool.h"
#include "core/base/version.h"
#include "core/ops/torch_version.h"
#include "experiments/cli/commands.h"
#include "kernels/wkv7.h"

namespace anser::cli {
namespace {

/// Largest |x - y| / |y|_2 * sqrt(n): deviation of the fast kernel from the double definition on random
/// inputs.
struct KernelCheck {
  double error = 0;
  double nanoseconds_per_token_head = 0;
};

KernelCheck check_kernel() {
  const kernels::Wkv7Shape shape{.batch = 2, .time = 100, .heads = 2, .size = 64};
  const std::size_t n = 2 * 100 * 2 * 64;
  Rng rng = Rng(0).split("doctor");
  std::vector<std::vector<double>> in(6, std::vector<double>(n));
  std::vector<std::vector<float>> in32(6, std::vector<float>(n));
  for (std::size_t x = 0; x < 6; ++x)
    for (std::size_t i = 0; i < n; ++i)
      in[x][i] = in32[x][i] = static_cast<float>(rng.normal() * (x >= 4 ? 0.1 : 1));
  std::vector<double> y(n);
  std::vector<float> y32(n);
  const auto start = std::chrono::steady_clock::now();
  const kernels::Status fast =
      kernels::cpu::wkv7_forward(shape, kernels::Decay::logit,
                                 {in32[0].data(), in32[1].data(), in32[2].data(), in32[3].data(),
                                  in32[4].data(), in32[5].data(), nullptr},
                                 y32.data(), nullptr, nullptr);
  const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
  const kernels::Status exact = kernels::reference::wkv7_forward<double>(
      shape, kernels::Decay::logit,
      {in[0].data(), in[1].data(), in[2].data(), in[3].data(), in[4].data(), in[5].data(), nullptr}, y.data(),
      nullptr);
  ANSER_ASSERT(fast.ok() && exact.ok());
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < n; ++i) {
    difference += (y32[i] - y[i]) * (y32[i] - y[i]);
    norm += y[i] * y[i];
  }
  return {std::sqrt(difference / norm), spent.count() / (2 * 100 * 2)};
}

/// Which CUDA kernel the rule chooses on this machine's first device, for each type and head size.
Json chosen_kernels() {
  Json chosen = Json::object();
  if (kernels::cuda::device_count() == 0) return chosen;
  for (const bool bf16 : {false, true})
    for (const std::int64_t n : {16, 32, 64, 128}) {
      const auto kernel = kernels::cuda::choose_kernel({1, 512, 1, n, n}, {}, bf16);
      chosen[fmt::format("{} N{} T512", bf16 ? "bf16" : "fp32", n)] = kernels::cuda::kernel_name(kernel);
    }
  return chosen;
}

Json examine() {
  const BuildInfo& build = build_info();
  const KernelCheck kernel = check_kernel();
  Rng rng(42);
  return {{"anser", build.version},
          {"commit", build.commit + (build.dirty ? " (with uncommitted changes)" : "")},
          {"compiler", build.compiler},
          {"libtorch", ops::torch_version()},
          {"processor", processor_name()},
          {"cores", available_cores()},
          {"memory_gib",
           sysconf(_SC_PHYS_PAGES) / 1024.0 / 1024.0 / 1024.0 * static_cast<double>(sysconf(_SC_PAGE_SIZE))},
          {"cuda_built", kernels::cuda::built()},
          {"cuda_devices", kernels::cuda::device_count()},
          {"cuda_kernel_rule", kernels::cuda::kernel_rule()},
          {"cuda_kernels", chosen_kernels()},
          {"wkv7_kernel", fmt::format("cpu {}", kernels::cpu::wkv7_target())},
          {"wkv7_error", kernel.error},
          {"wkv7_error_wanted", 2e-6},
          {"wkv7_ns_per_token_head", kernel.nanoseconds_per_token_head},
          {"rng_42", fmt::format("{:016x}", rng.next_u64())}};
}

void report(bool json, int& exit_code) {
  const Json facts = examine();
  const bool healthy = facts.at("wkv7_error").get<double>() <= facts.at("wkv7_error_wanted").get<double>();
  exit_code = healthy ? kExitDone : kExitVerdictFalse;
  if (json) {
    fmt::print("{}\n", facts.dump());
    return;
  }
  for (const auto& [key, value] : facts.items())
    fmt::print("{:<24} {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
  fmt::print("{}\n",
             healthy ? "all well" : "the WKV-7 kernel is off its definition: please report this output");
}

}  // namespace

void add_doctor_command(CLI::App& app, int& exit_code) {
  auto* verb =
      app.add_subcommand("doctor", "Versions, devices and self-test; paste its output into an issue");
  auto json = std::make_shared<bool>(false);
  verb->add_flag("--json", *json, "one JSON object");
  verb->footer("Example: anser doctor");
  verb->callback([json, &exit_code] { report(*json, exit_code); });
}

}  // namespace anser::cli
