#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/report/claim_report.h"
#include "analysis/report/claim_report_training.h"
#include "analysis/report/numbers.h"
#include "analysis/report/plot.h"

namespace anser::report {
namespace {

/// Shortest and longest evaluated length of all compared runs; 0, 0 where there is none.
std::pair<std::int64_t, std::int64_t> length_range(const ClaimReport& report) {
  std::int64_t low = 0, high = 0;
  for (const auto& architecture : report.architectures)
    for (const auto& run : architecture.runs)
      for (const auto& row : run.lengths) {
        low = low == 0 ? row.length : std::min(low, row.length);
        high = std::max(high, row.length);
      }
  return {low, high};
}

/// The range in which the trained models' statements hold.
std::string scope_text(const ClaimReport& report) {
  const auto [low, high] = length_range(report);
  std::vector<std::string> precisions;
  for (const auto& architecture : report.architectures)
    if (std::find(precisions.begin(), precisions.end(), architecture.precision) == precisions.end())
      precisions.push_back(architecture.precision);
  std::string text = fmt::format("Scope of what was trained: token set {}, training length {}",
                                 report.token_set, report.train_length);
  if (high > 0) text += fmt::format(", evaluated at lengths {} to {}", low, high);
  for (std::size_t i = 0; i < precisions.size(); ++i) text += (i == 0 ? ", " : " and ") + precisions[i];
  return text + "; c as named with each model.";
}

std::string check_text(const CheckRow& check) {
  return fmt::format("{} {} in {} tokens ({})", print_count(check.errors),
                     check.errors == 1 ? "error" : "errors", print_count(check.tokens), check.precision);
}

std::string proof_text(const ProofRow& proof) {
  return fmt::format("{}{} with {} states ({})", proof.verdict,
                     proof.verdict == "PROVED" ? " for all lengths" : "", print_count(proof.states),
                     proof.precision);
}

std::string construction_c(const ClaimReport& report) {
  for (const auto& [key, value] : report.construction.facts)
    if (key == "c") return value;
  return "";
}

std::vector<std::string> findings(const ClaimReport& report) {
  std::vector<std::string> list;
  std::string construction;
  for (const auto& check : report.construction.checks)
    construction += (construction.empty() ? "" : "; ") + check_text(check);
  for (const auto& proof : report.construction.proofs)
    construction += (construction.empty() ? "" : "; ") + proof_text(proof);
  if (!construction.empty()) {
    const std::string c = construction_c(report);
    list.push_back(fmt::format("Construction ({}{}): {}.", c.empty() ? "" : "c = " + c + ", ",
                               report.token_set, construction));
  }
  for (const auto& architecture : report.architectures)
    list.push_back(fmt::format("{}{}: {}.", architecture.control ? "Control, " : "", architecture.title,
                               success_sentence(report, architecture)));
  if (!report.audit_verdict.empty()) list.push_back(fmt::format("Shortcut audit: {}.", report.audit_verdict));
  list.push_back(scope_text(report));
  return list;
}

std::vector<Tile> headline_tiles(const ClaimReport& report) {
  std::vector<Tile> tiles;
  const auto& construction = report.construction;
  if (!construction.checks.empty()) {
    std::int64_t errors = 0, tokens = 0;
    for (const auto& check : construction.checks) errors += check.errors, tokens += check.tokens;
    tiles.push_back({fmt::format("{} {}", print_count(errors), errors == 1 ? "error" : "errors"),
                     fmt::format("construction, {} tokens", print_count(tokens)),
                     errors == 0 ? Tone::good : Tone::bad});
  }
  if (!construction.proofs.empty()) {
    const auto refuted = std::find_if(construction.proofs.begin(), construction.proofs.end(),
                                      [](const auto& proof) { return proof.verdict != "PROVED"; });
    const auto& shown = refuted == construction.proofs.end() ? construction.proofs.front() : *refuted;
    const bool proved = shown.verdict == "PROVED";
    tiles.push_back({shown.verdict,
                     proved ? fmt::format("construction, all lengths, {} states", print_count(shown.states))
                            : fmt::format("construction, {}", shown.precision),
                     proved ? Tone::good : Tone::bad});
  }
  for (const auto& architecture : report.architectures) {
    if (architecture.control) continue;
    const SuccessMark mark = success_mark(report, architecture);
    tiles.push_back({fmt::format("{} of {} seeds", count_reaching(architecture, mark.length, mark.accuracy),
                                 architecture.runs.size()),
                     fmt::format("{}: \u2265 {} at length {}",
                                 architecture.label.empty() ? architecture.title : architecture.label,
                                 print_percent(mark.accuracy, 0), mark.length),
                     Tone::neutral});
  }
  return tiles;
}

void add_summary(Page& page, const ClaimReport& report) {
  const auto kept =
      std::count_if(report.lines.begin(), report.lines.end(), [](const auto& l) { return l.holds; });
  const auto n = report.lines.size();
  std::string headline = "No line of the claim was judged";
  if (n > 0 && holds(report))
    headline = fmt::format("The claim holds: {} of {} lines", kept, n);
  else if (n > 0)
    headline = fmt::format("The claim does not hold: {} of {} lines are false",
                           static_cast<std::ptrdiff_t>(n) - kept, n);
  auto list = findings(report);
  for (const auto& line : report.lines)
    if (!line.holds)
      list.insert(list.begin(),
                  fmt::format("False: {} (wanted {}, got {}).", line.name, line.wanted, line.got));
  page.verdict(holds(report), headline, report.statement, list);
  page.tiles(headline_tiles(report));
}

void add_task(Page& page, const ClaimReport& report) {
  page.section("1. The task", "task");
  if (!report.complexity.empty()) page.paragraph(report.complexity);
  page.key_values(report.task_facts);
  if (report.audit.empty()) return;
  page.heading("Shortcut audit");
  page.paragraph(
      "How far a predictor gets that does not track the state: the best accuracy on the last 8 positions of "
      "any "
      "function of the part of the input named in the row.");
  Table table;
  table.columns = {{"shortcut sees"},
                   {"length", Align::right},
                   {"accuracy", Align::right},
                   {"95 % interval", Align::right},
                   {"verdict"}};
  for (const auto& row : report.audit)
    table.rows.push_back(
        {row.name, fmt::format("{}", row.length), print_percent(row.accuracy, 2),
         row.exact ? "exact"
                   : fmt::format("{} to {}", print_percent(row.low, 2, false), print_percent(row.high, 2)),
         row.leaky ? "\u2717 a shortcut" : "\u2713 none"});
  page.table(table);
  if (!report.audit_verdict.empty()) page.note(fmt::format("Verdict: {}.", report.audit_verdict));
}

void add_construction(Page& page, const ClaimReport& report) {
  page.section("2. Construction and proof", "construction");
  const auto& construction = report.construction;
  page.paragraph(
      "The automaton is compiled into the weights of a model, saved as an ordinary checkpoint, loaded back "
      "and run "
      "through the ordinary code. The proof then closes the set of reachable recurrent states bit for bit "
      "and compares "
      "its quotient with the automaton: a finite check that speaks for all lengths.");
  page.key_values(construction.facts);
  Table checks;
  checks.caption = "Random words through the ordinary model.";
  checks.columns = {
      {"precision"}, {"tokens", Align::right}, {"errors", Align::right}, {"seconds", Align::right}};
  for (const auto& row : construction.checks)
    checks.rows.push_back(
        {row.precision, print_count(row.tokens), print_count(row.errors), print_value(row.seconds)});
  if (!checks.rows.empty()) page.table(checks);
  Table proofs;
  proofs.caption = "Bit closure of the recurrent state.";
  proofs.columns = {{"precision"},
                    {"verdict"},
                    {"states", Align::right},
                    {"micro-states", Align::right},
                    {"quotient"},
                    {"seconds", Align::right},
                    {"failing word"}};
  for (const auto& row : construction.proofs)
    proofs.rows.push_back({row.precision, row.verdict, print_count(row.states),
                           row.micro_states == 0 ? kNoValue : print_count(row.micro_states),
                           row.quotient.empty() ? kNoValue : row.quotient, print_value(row.seconds),
                           row.witness.empty() ? "none" : row.witness});
  if (!proofs.rows.empty()) page.table(proofs);
}

bool several_heads(const SpectrumReport& spectrum) {
  return std::any_of(spectrum.letters.begin(), spectrum.letters.end(),
                     [](const auto& l) { return l.head != 0; });
}

std::string sign_text(int sign) {
  return sign > 0 ? "+" : sign < 0 ? "\u2212" : "0";
}

std::string spectrum_panel(const SpectrumReport& spectrum) {
  SpectrumPlot plot;
  plot.title = spectrum.title;
  plot.note = spectrum.c.empty() ? "" : "c = " + spectrum.c;
  const bool heads = several_heads(spectrum);
  for (const auto& letter : spectrum.letters)
    plot.rows.push_back({heads ? fmt::format("{}  head {}", letter.letter, letter.head) : letter.letter,
                         letter.permutation_sign < 0, letter.eigenvalues});
  return draw(plot);
}

Table transition_table(const SpectrumReport& spectrum) {
  Table table;
  table.caption =
      fmt::format("{}{}", spectrum.title, spectrum.c.empty() ? "" : fmt::format(" (c = {})", spectrum.c));
  table.columns = {{"letter"},
                   {"head", Align::right},
                   {"sign of permutation", Align::right},
                   {"sign of determinant", Align::right},
                   {"signs agree", Align::right},
                   {"smallest eigenvalue", Align::right},
                   {"nearest elementary step"},
                   {"residual", Align::right}};
  for (const auto& letter : spectrum.letters) {
    double smallest = kNotMeasured;
    for (const double value : letter.eigenvalues)
      if (std::isfinite(value) && !(smallest <= value)) smallest = value;
    table.rows.push_back({letter.letter, fmt::format("{}", letter.head), sign_text(letter.permutation_sign),
                          sign_text(letter.determinant_sign),
                          fmt::format("{} of {}", print_count(letter.agreeing), print_count(letter.contexts)),
                          print_value(smallest), letter.nearest_step.empty() ? kNoValue : letter.nearest_step,
                          print_value(letter.residual)});
  }
  return table;
}

void add_spectra(Page& page, const ClaimReport& report) {
  page.section("4. Trained and constructed transitions", "transitions");
  if (report.spectra.empty()) {
    page.paragraph("No transitions were measured.");
    return;
  }
  page.paragraph(
      "Each token multiplies the state by a transition matrix. The construction turns a transposition into a "
      "reflection: one eigenvalue of \u22121, determinant \u22121. With c = 1 no eigenvalue of a transition "
      "lies "
      "below 0.545 \u2212 1 = \u22120.455, since decays stay above 0.545.");
  Figure figure;
  for (const auto& spectrum : report.spectra) figure.panels.push_back(spectrum_panel(spectrum));
  SeriesStyle even = series_style(0), odd = series_style(1);
  odd.marker = Marker::diamond;
  figure.key = {{"letter is an even permutation", even, false}, {"letter is an odd permutation", odd, false}};
  figure.caption = "Eigenvalues of the transition of each letter; the interval from \u22121 to 1 is shaded.";
  page.figure(figure);
  for (const auto& spectrum : report.spectra) page.table(transition_table(spectrum));
}

void add_reproduction(Page& page, const ClaimReport& report) {
  page.section("How to reproduce", "reproduce");
  if (!report.command.empty()) page.code(report.command);
  page.paragraph(
      "The command sets everything up on first use. The same seeds give the same bits on the same type of "
      "machine; "
      "samples are functions of task, seed, split and index, so nothing has to be downloaded.");
}

}  // namespace

std::string claim_page(const ClaimReport& report) {
  Page page(report.title);
  page.kicker(
      fmt::format("anser claim {}{}", report.id, report.preset.empty() ? "" : ", preset " + report.preset));
  add_summary(page, report);
  add_task(page, report);
  add_construction(page, report);
  add_training(page, report);
  add_spectra(page, report);
  page.section("5. Verdict", "verdict");
  page.paragraph(
      "The lines were fixed before the run. A line that turns out false stays in the table as false.");
  page.verdict_table(report.lines);
  add_reproduction(page, report);
  page.footer(report.provenance);
  return page.finish();
}

}  // namespace anser::report
