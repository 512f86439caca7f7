// What ptxas says of the CUDA kernels of this build: registers, spills and shared memory of each kernel and
// architecture, as one table, and no spills where speed is asked for.
#include <cxxabi.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <regex>
#include <tuple>

#include "kernels/cuda/launch_size.h"
#include "tests/support/catch.h"

namespace anser::tests {
namespace {

struct KernelReport {
  std::string name, architecture;            // "chunk_forward_kernel<64, true>", "sm_80"
  int registers = 0, stack = 0, spills = 0;  // spills: bytes stored and loaded

  /// First template argument: lanes or N.
  int size() const { return std::atoi(name.c_str() + name.find('<') + 1); }
  bool chunked() const { return name.rfind("chunk_", 0) == 0; }
  bool backward() const { return name.find("backward") != std::string::npos; }
  bool optimiser() const { return name.rfind("adamw_", 0) == 0; }
  bool hot() const {
    return optimiser() ? true
           : chunked() ? size() <= 64
                       : size() <= 8 && name.find("float") != std::string::npos;
  }
};

std::string demangled(const std::string& name) {
  int failed = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &failed), std::free);
  std::smatch kernel;
  const std::string full = failed == 0 ? text.get() : name;
  return std::regex_search(full, kernel, std::regex(R"(\w+_kernel(<[^>]*>)?)")) ? kernel.str() : full;
}

void read_report(const std::filesystem::path& file, std::vector<KernelReport>& reports) {
  static const std::regex kEntry(R"(entry function '(\S+)' for '(\S+)')");
  static const std::regex kSpill(
      R"((\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads)");
  static const std::regex kUsed(R"(Used (\d+) registers)");
  std::ifstream in(file);
  KernelReport kernel;
  for (std::string line; std::getline(in, line);) {
    std::smatch found;
    if (std::regex_search(line, found, kEntry)) kernel = {demangled(found[1]), found[2]};
    if (std::regex_search(line, found, kSpill))
      kernel.stack = std::stoi(found[1]), kernel.spills += std::stoi(found[2]) + std::stoi(found[3]);
    if (!std::regex_search(line, found, kUsed) || kernel.name.empty()) continue;
    kernel.registers = std::stoi(found[1]);
    reports.push_back(kernel);
    kernel = {};
  }
}

std::vector<KernelReport> read_reports() {
  std::vector<KernelReport> reports;
  for (const auto& entry : std::filesystem::directory_iterator(ANSER_PTXAS_REPORTS))
    if (entry.path().extension() == ".ptxas") read_report(entry.path(), reports);
  std::sort(reports.begin(), reports.end(), [](const KernelReport& x, const KernelReport& y) {
    return std::tie(x.architecture, x.name) < std::tie(y.architecture, y.name);
  });
  return reports;
}

/// Largest shared memory of a block of the kernel.
std::int64_t block_memory(const KernelReport& kernel) {
  using namespace kernels::cuda;
  if (kernel.optimiser()) {
    AdamWPlan plan;
    plan.size = 1;
    return adamw_update_size(plan).block_memory;
  }
  const std::int64_t n = kernel.size();
  if (kernel.chunked()) return chunk_launch_size({1, 16, 1, n, n}, kernel.backward()).block_memory;
  const std::size_t bytes = kernel.name.find("double") != std::string::npos ? 8 : 4;
  std::int64_t most = 0;
  for (std::int64_t values = 8; values <= 128; values += 8)
    most = std::max(most,
                    sequential_launch_size({1, 16, 1, n * 8, values}, bytes, kernel.backward()).block_memory);
  return most;
}

void write_table(const std::vector<KernelReport>& reports) {
  std::FILE* const out = std::fopen(ANSER_PTXAS_TABLE, "w");
  REQUIRE(out != nullptr);
  std::fprintf(out, "%-8s %-62s %9s %11s %11s %13s\n", "chip", "kernel", "registers", "stack bytes",
               "spill bytes", "shared bytes");
  for (const KernelReport& k : reports)
    std::fprintf(out, "%-8s %-62s %9d %11d %11d %13lld\n", k.architecture.c_str(), k.name.c_str(),
                 k.registers, k.stack, k.spills, static_cast<long long>(block_memory(k)));
  std::fclose(out);
}

TEST_CASE("the hot CUDA kernels spill no registers on sm_80 and sm_90a", "[kernels][quick]") {
  if (!std::filesystem::exists(ANSER_PTXAS_REPORTS)) {
    WARN("skipped: no build folder " << ANSER_PTXAS_REPORTS);
    return;
  }
  const std::vector<KernelReport> reports = read_reports();
  write_table(reports);
  std::map<std::string, int> hot;
  for (const KernelReport& k : reports) {
    if (!k.hot() || (k.architecture != "sm_80" && k.architecture != "sm_90a")) continue;
    ++hot[k.architecture];
    CAPTURE(k.architecture, k.name, k.registers, k.stack);
    CHECK(k.spills == 0);
    CHECK(k.stack == 0);
  }
  CHECK_FALSE(reports.empty());
  // N = 16, 32, 64 with and without low-rank part and P = 1, 2, 4, 8, forward and backward; the optimiser's
  // two.
  for (const auto& [architecture, kernels] : hot) CHECK(kernels == 22);
}

}  // namespace
}  // namespace anser::tests
