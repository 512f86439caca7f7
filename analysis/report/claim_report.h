// What a claim's report is made of: plain data, filled by whoever ran the claim, kept as report.json beside
// the page, so that the page can be rebuilt at any time. Nothing here computes an outcome; verdicts come in
// as they were judged.
//
// Rates lie in [0, 1]. "last 8": mean accuracy of the last 8 positions; it is what the claim is judged on.
// Numbers that were not measured are NaN (null in JSON).
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/report/page.h"
#include "core/base/json.h"

namespace anser::report {

inline constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

/// A row of the shortcut audit, at one length, over the last 8 positions.
struct ShortcutRow {
  std::string name;  // "last 4 tokens"
  std::int64_t length = 0;
  double accuracy = 0;
  double low = 0, high = 0;  // 95 % interval where estimated
  bool exact = true;
  bool leaky = false;
};

/// The compiled checkpoint run through the ordinary model on random words.
struct CheckRow {
  std::string precision;  // "fp32", "bf16 inputs, fp32 state"
  std::int64_t tokens = 0;
  std::int64_t errors = 0;
  double seconds = kNotMeasured;
};

/// A proof over all lengths, or its failure.
struct ProofRow {
  std::string precision;
  std::string verdict;            // PROVED, REFUTED, UNDECIDED
  std::int64_t states = 0;        // bit-distinct recurrent states after BOS
  std::int64_t micro_states = 0;  // states met inside letters; 0 where letters are not expanded
  std::string quotient;           // "equal to S5"; may be empty
  double seconds = kNotMeasured;
  std::string witness;  // failing word; empty where proved
};

struct Construction {
  std::vector<KeyValue> facts;  // mode, c, layers, width, head size, code, parameters, checkpoint
  std::vector<CheckRow> checks;
  std::vector<ProofRow> proofs;
};

/// Scores at one length on the sealed stream.
struct LengthRow {
  std::int64_t length = 0;
  std::int64_t strings = 0;
  double mean = kNotMeasured;       // over all positions
  double last8 = kNotMeasured;      // over the last 8 positions
  double whole = kNotMeasured;      // strings without an error
  std::vector<double> by_position;  // [length], or empty where not kept
};

/// One training run.
struct SeedRun {
  std::int64_t seed = 0;
  std::vector<LengthRow> lengths;   // ascending
  std::int64_t longest_length = 0;  // largest evaluated length up to which last 8 >= 99 %; 0: none
  std::int64_t tokens_seen = 0;
  double seconds = kNotMeasured;
  double final_loss = kNotMeasured;
};

/// One architecture with all its seeds; `control`: trained on a task of its own, kept out of the comparison.
struct ArchitectureReport {
  std::string name;   // "rwkv7_c2"
  std::string title;  // "RWKV-7, c = 2"
  std::string label;  // short, for the ends of lines: "c = 2"; empty: title
  std::string model;  // canonical id
  std::string c;      // "2", "1+w", "1"; empty where there is none
  std::string task;   // canonical id of the task it was trained on
  std::string precision = "fp32";
  std::int64_t parameters = 0;
  double lr = kNotMeasured;
  bool control = false;
  double wanted_accuracy =
      kNotMeasured;                // success of a seed: last 8 >= this at `wanted_length`; NaN: claim's
  std::int64_t wanted_length = 0;  // 0: claim's
  std::vector<SeedRun> runs;
};

/// Best accuracy per position 1..n of a predictor that sees the newest letters only.
struct FloorCurve {
  std::string name;  // "last 4 tokens"
  std::vector<double> by_position;
};

/// The transition of one letter in one head.
struct LetterTransition {
  std::string letter;  // "(1 2)", "e"
  std::int64_t head = 0;
  int permutation_sign = 0;   // +1, -1
  int determinant_sign = 0;   // of the transition, in the majority of contexts; 0: vanishes
  std::int64_t agreeing = 0;  // contexts in which the signs agree
  std::int64_t contexts = 0;
  std::vector<double>
      eigenvalues;                 // real: diag(w) - c k^T (a k) is similar to a symmetric matrix where a > 0
  std::string nearest_step;        // "swap of two directions", "identity", "(1 2)"
  double residual = kNotMeasured;  // relative distance to it
};

/// Transitions of one model: the construction, or a trained one.
struct SpectrumReport {
  std::string title;  // "trained, seed 1", "construction"
  std::string model;
  std::string c;
  bool trained = false;
  std::vector<LetterTransition> letters;
};

struct ClaimReport {
  std::string id;  // "s5_state_tracking"
  std::string title;
  std::string statement;  // the claim in a sentence
  std::string preset;
  std::string status = "finished";
  // The range in which its statements hold; every summary sentence is built from it.
  std::string task;        // canonical id
  std::string token_set;   // "identity + 10 transpositions"
  std::string complexity;  // sentence on the class, may be empty
  std::int64_t train_length = 32;
  std::int64_t judged_length = 128;  // 4x
  double success_accuracy = 0.95;    // of the last 8 positions at judged_length
  double chance = kNotMeasured;
  std::string chance_text;  // "1/120"

  std::vector<KeyValue> task_facts;
  std::vector<ShortcutRow> audit;
  std::string audit_verdict;
  Construction construction;
  std::vector<ArchitectureReport> architectures;  // the compared ones, then controls
  std::vector<FloorCurve> floors;
  std::vector<SpectrumReport> spectra;
  std::vector<VerdictLine> lines;
  std::string command;               // that reproduces this report
  std::vector<KeyValue> provenance;  // config hash, commit, versions, device, duration, date
};

/// Every line holds, and there is at least one.
[[nodiscard]] bool holds(const ClaimReport& report);

/// The row of a run at a length, or nullptr.
[[nodiscard]] const LengthRow* find_length(const SeedRun& run, std::int64_t length);

/// Last-8 accuracy of every seed at a length; NaN where not measured. In the order of the runs.
[[nodiscard]] std::vector<double> last8_at(const ArchitectureReport& architecture, std::int64_t length);

/// Seeds whose last-8 accuracy at `length` is at least `accuracy`.
[[nodiscard]] std::int64_t count_reaching(const ArchitectureReport& architecture, std::int64_t length,
                                          double accuracy);

/// Mean of the last 8 positions of a floor at a length; NaN where the curve is shorter.
[[nodiscard]] double floor_last8(const FloorCurve& floor, std::int64_t length);

/// The whole report; keys are the members' names. NaN becomes null.
[[nodiscard]] Json to_json(const ClaimReport& report);

/// The inverse. Missing keys, unknown keys and wrong types are InputErrors naming `where` and the key's path.
[[nodiscard]] ClaimReport claim_report_from_json(const Json& json, std::string_view where);

/// The page, one offline HTML file.
[[nodiscard]] std::string claim_page(const ClaimReport& report);

/// The verdict lines as a table for the terminal or Markdown.
[[nodiscard]] Table verdict_table(const std::vector<VerdictLine>& lines);

/// {"lines":[{"name":..,"wanted":..,"got":..,"holds":true},..]}; a detail is added where there is one.
[[nodiscard]] Json verdict_json(const std::vector<VerdictLine>& lines);

}  // namespace anser::report
