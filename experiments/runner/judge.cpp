#include "experiments/runner/judge.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/ids.h"

namespace anser::runner {
namespace {

using report::ClaimReport;
using report::VerdictLine;

VerdictLine missing(const AcceptLine& line, const std::string& wanted) {
  return {.name = line.name, .wanted = wanted, .got = "not measured", .holds = false, .detail = ""};
}

VerdictLine judge_errors(const AcceptLine& line, const ClaimReport& data) {
  for (const report::CheckRow& row : data.construction.checks)
    if (row.precision == line.precision)
      return {.name = line.name,
              .wanted = "0 errors",
              .got = fmt::format("{} errors in {} tokens", row.errors, row.tokens),
              .holds = row.errors == 0 && row.tokens > 0,
              .detail = ""};
  return missing(line, "0 errors");
}

VerdictLine judge_proof(const AcceptLine& line, const ClaimReport& data) {
  const std::string wanted = fmt::format("PROVED, {} states", line.states);
  for (const report::ProofRow& row : data.construction.proofs)
    if (row.precision == line.precision)
      return {.name = line.name,
              .wanted = wanted,
              .got = fmt::format("{}, {} states", row.verdict, row.states),
              .holds = row.verdict == "PROVED" && row.states == line.states,
              .detail = row.quotient};
  return missing(line, wanted);
}

/// "99.8 %, 97.1 %, ...": the accuracies behind a count of seeds.
std::string print_rates(const std::vector<double>& rates) {
  std::string out;
  for (const double rate : rates) out += fmt::format("{}{:.1f} %", out.empty() ? "" : ", ", 100 * rate);
  return out;
}

VerdictLine judge_seeds(const AcceptLine& line, const ClaimReport& data) {
  require((line.at_least < 0) != (line.at_most < 0), "accept.toml", "\"{}\" wants either at_least or at_most",
          line.name);
  const bool lower = line.at_least >= 0;
  const double share = lower ? line.at_least : line.at_most;
  for (const report::ArchitectureReport& a : data.architectures) {
    if (a.name != line.architecture) continue;
    const std::vector<double> rates = report::last8_at(a, line.length);
    const auto n = static_cast<std::int64_t>(rates.size());
    const bool measured =
        n > 0 && std::none_of(rates.begin(), rates.end(), [](double r) { return std::isnan(r); });
    const auto bound = static_cast<std::int64_t>(lower ? std::ceil(share * static_cast<double>(n) - 1e-9)
                                                       : std::floor(share * static_cast<double>(n) + 1e-9));
    const std::int64_t reached = report::count_reaching(a, line.length, line.accuracy);
    return {.name = line.name,
            .wanted = fmt::format("{} {} of {} seeds >= {:g} % at length {}", lower ? "at least" : "at most",
                                  bound, n, 100 * line.accuracy, line.length),
            .got = fmt::format("{} of {}", reached, n),
            .holds = measured && (lower ? reached >= bound : reached <= bound),
            .detail = "last 8 positions: " + print_rates(rates)};
  }
  return missing(line, fmt::format("seeds of {}", line.architecture));
}

VerdictLine judge_audit(const AcceptLine& line, const ClaimReport& data) {
  const std::string wanted = fmt::format("best shortcut <= chance + {:g} %", 100 * line.margin);
  if (data.audit.empty()) return missing(line, wanted);
  const auto best = std::max_element(data.audit.begin(), data.audit.end(),
                                     [](const auto& a, const auto& b) { return a.low < b.low; });
  return {.name = line.name,
          .wanted = wanted,
          .got = fmt::format("{:.2f} % against chance {:.2f} %", 100 * best->accuracy, 100 * data.chance),
          .holds = best->low <= data.chance + line.margin,
          .detail = fmt::format("{} at length {}", best->name, best->length)};
}

VerdictLine judge_parameters(const AcceptLine& line, const ClaimReport& data) {
  const std::string wanted = fmt::format("within {:g} %", 100 * line.margin);
  std::int64_t smallest = 0, largest = 0;
  for (const report::ArchitectureReport& a : data.architectures) {
    if (a.control) continue;
    smallest = smallest == 0 ? a.parameters : std::min(smallest, a.parameters);
    largest = std::max(largest, a.parameters);
  }
  if (largest == 0) return missing(line, wanted);
  const double distance = static_cast<double>(largest - smallest) / static_cast<double>(largest);
  return {.name = line.name,
          .wanted = wanted,
          .got = fmt::format("{:.1f} %", 100 * distance),
          .holds = distance <= line.margin,
          .detail = fmt::format("{} to {} parameters", smallest, largest)};
}

}  // namespace

std::vector<VerdictLine> judge(const std::vector<AcceptLine>& lines, const ClaimReport& data) {
  using Judge = VerdictLine (*)(const AcceptLine&, const ClaimReport&);
  static const std::vector<std::pair<std::string, Judge>> kinds = {{"construction_errors", judge_errors},
                                                                   {"proved", judge_proof},
                                                                   {"seeds_reaching", judge_seeds},
                                                                   {"audit", judge_audit},
                                                                   {"parameters", judge_parameters}};
  std::vector<VerdictLine> verdicts;
  for (const AcceptLine& line : lines) {
    const auto kind =
        std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == line.kind; });
    if (kind == kinds.end()) {
      std::vector<std::string> names;
      for (const auto& known : kinds) names.push_back(known.first);
      fail("accept.toml", "unknown kind \"{}\"{}", line.kind, suggest(line.kind, names));
    }
    verdicts.push_back(kind->second(line, data));
  }
  return verdicts;
}

}  // namespace anser::runner
