#include "tests/analysis/synthetic_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/rng.h"

namespace anser::report {
namespace {

constexpr double kChance = 1.0 / 120;

/// Accuracy at position t of a model that is right on short prefixes and decays with rate `decay` from `from`
/// on to `floor`.
double invented_accuracy(std::int64_t t, double from, double decay, double floor) {
  const double beyond = std::max(0.0, static_cast<double>(t) - from);
  return floor + (1 - floor) * std::exp(-decay * beyond);
}

double rounded(double value, double places = 1e4) {
  return std::round(value * places) / places;
}

LengthRow invented_row(std::int64_t length, double from, double decay, double floor) {
  LengthRow row{.length = length, .strings = 1000, .by_position = {}};
  for (std::int64_t t = 1; t <= length; ++t)
    row.by_position.push_back(rounded(invented_accuracy(t, from, decay, floor), 1e3));
  double sum = 0, last = 0;
  for (std::int64_t t = 0; t < length; ++t) {
    sum += row.by_position[static_cast<std::size_t>(t)];
    if (t >= length - 8) last += row.by_position[static_cast<std::size_t>(t)];
  }
  row.mean = rounded(sum / static_cast<double>(length));
  row.last8 = rounded(last / static_cast<double>(std::min<std::int64_t>(8, length)));
  row.whole = rounded(std::pow(row.last8, 1 + static_cast<double>(length) / 64), 1e3);
  return row;
}

struct Shape {
  double from, decay, floor;
};

ArchitectureReport invented_architecture(ArchitectureReport base, const Shape& shape, int seeds,
                                         const std::vector<std::int64_t>& lengths) {
  Rng rng(7);
  for (int seed = 1; seed <= seeds; ++seed) {
    Rng stream = rng.split(base.name).split(static_cast<std::uint64_t>(seed));
    const double decay = shape.decay * (0.3 + 1.6 * stream.uniform());
    SeedRun run{.seed = seed, .lengths = {}, .tokens_seen = 3072000};
    for (const auto length : lengths) {
      run.lengths.push_back(
          invented_row(length, shape.from * (0.7 + 0.6 * stream.uniform()), decay, shape.floor));
      if (run.lengths.back().last8 >= 0.99) run.longest_length = length;
    }
    run.seconds = rounded(58 + 10 * stream.uniform(), 10);
    run.final_loss = rounded(decay + 0.002);
    base.runs.push_back(run);
  }
  return base;
}

std::vector<double> invented_floor(int window, std::int64_t length) {
  std::vector<double> curve;
  for (std::int64_t t = 1; t <= length; ++t)
    curve.push_back(t <= window ? 1
                                : rounded(kChance + 0.9 * std::exp(-0.35 * static_cast<double>(t - window))));
  return curve;
}

LetterTransition invented_letter(const std::string& name, int head, int sign, bool trained, Rng& rng) {
  LetterTransition letter{.letter = name,
                          .head = head,
                          .permutation_sign = sign,
                          .determinant_sign = sign,
                          .agreeing = trained ? 240 : 1,
                          .contexts = trained ? 256 : 1,
                          .eigenvalues = {},
                          .nearest_step = sign < 0 ? "reflection" : "identity"};
  for (int i = 0; i < (trained ? 31 : 7); ++i)
    letter.eigenvalues.push_back(trained ? rounded(1 - 0.12 * rng.uniform()) : 1);
  letter.eigenvalues.push_back(sign < 0 ? (trained ? rounded(-0.85 - 0.12 * rng.uniform()) : -1) : 0.98);
  letter.residual = trained ? rounded(0.06 + 0.1 * rng.uniform()) : 0;
  return letter;
}

SpectrumReport invented_spectrum(const std::string& title, bool trained, int heads) {
  static const std::vector<std::string> kLetters = {"e",     "(4 5)", "(3 4)", "(3 5)", "(2 3)", "(2 4)",
                                                    "(2 5)", "(1 2)", "(1 3)", "(1 4)", "(1 5)"};
  SpectrumReport spectrum{.title = title, .model = "", .c = "2", .trained = trained, .letters = {}};
  Rng rng(3);
  for (const auto& name : kLetters)
    for (int head = 0; head < heads; ++head)
      spectrum.letters.push_back(invented_letter(name, head, name == "e" ? 1 : -1, trained, rng));
  return spectrum;
}

void add_frame(ClaimReport& report) {
  report.id = "s5_state_tracking";
  report.title = "Composing permutations of five elements";
  report.statement =
      "One layer of RWKV-7 with transition multiplier c = 2 or c = 1 + w tracks products of transpositions "
      "in S5 far "
      "beyond its training length; with c = 1, or with a Transformer of the same size, it does not.";
  report.preset = "quick";
  report.task = "s5[tokens=swaps+id]";
  report.token_set = "identity + 10 transpositions";
  report.complexity =
      "After every token the model names the product of all permutations so far, one of 120. The word "
      "problem of S5 is "
      "NC1-complete (Barrington 1989): a model that solves it at all lengths is beyond TC0, unless TC0 = "
      "NC1.";
  report.chance = kChance;
  report.chance_text = "1/120";
  report.task_facts = {{"task", report.task},
                       {"group", "S5, order 120"},
                       {"class", "NC1-complete (Barrington 1989)"},
                       {"tokens", "11: identity and the 10 transpositions"},
                       {"labels", "120"},
                       {"chance", "1/120 = 0.83 %"},
                       {"train and test streams", "separate by label, every sample a function of its index"}};
  report.construction.facts = {{"mode", "letters"},
                               {"c", "2"},
                               {"model", "rwkv7[L=1,D=8,N=8,c=2]"},
                               {"code", "dyadic, doubled"},
                               {"checkpoint", "construction.safetensors"}};
  report.construction.checks = {{"fp32", 100000, 0, 0.9}, {"bf16 inputs, fp32 state", 100000, 0, 1.1}};
  report.construction.proofs = {{"fp32", "PROVED", 120, 0, "equal to S5", 0.21, ""},
                                {"bf16 inputs, fp32 state", "PROVED", 120, 0, "equal to S5", 0.22, ""}};
  report.command = "./anser claim run s5_state_tracking --preset quick";
  report.provenance = {{"config", "3f9c0d2a77b1e604"},
                       {"anser", "0.1.0, commit 72b7ccb0f1aa"},
                       {"compiler", "g++ 12.2.0"},
                       {"LibTorch", "2.9.0 (CPU)"},
                       {"device", "an invented processor, 2 cores, kernel AVX-512"},
                       {"duration", "11 min 40 s"}};
}

void add_audit(ClaimReport& report) {
  for (const std::int64_t length : {32, 128})
    for (const char* name : {"constant", "length mod m, m = 2..12", "last 1 token", "last 4 tokens",
                             "last 16 tokens", "sign", "letter counts"}) {
      const bool sign = std::string_view(name) == "sign" || std::string_view(name) == "letter counts";
      const double accuracy = sign ? 2 * kChance : kChance + 1e-5;
      report.audit.push_back({name, length, accuracy, accuracy, accuracy, true, false});
    }
  report.audit_verdict = "no shortcut above chance + 2 %";
}

}  // namespace

ClaimReport synthetic_report() {
  ClaimReport report;
  add_frame(report);
  add_audit(report);
  const std::vector<std::int64_t> lengths = {8, 16, 32, 64, 128, 256, 512};
  const auto architecture = [&](const char* name, const char* title, const char* label, const char* model,
                                const char* c, std::int64_t parameters, const Shape& shape) {
    ArchitectureReport base{.name = name,
                            .title = title,
                            .label = label,
                            .model = model,
                            .c = c,
                            .task = report.task,
                            .parameters = parameters,
                            .lr = 4e-3,
                            .runs = {}};
    return invented_architecture(base, shape, 5, lengths);
  };
  report.architectures = {
      architecture("rwkv7_c2", "RWKV-7, c = 2", "c = 2", "rwkv7[L=1,D=64,N=32,c=2,ranks=16]", "2", 66424,
                   {128, 4e-5, kChance}),
      architecture("rwkv7_c1w", "RWKV-7, c = 1 + w", "c = 1 + w", "rwkv7[L=1,D=64,N=32,c=1+w,ranks=16]",
                   "1+w", 66424, {40, 6e-4, kChance}),
      architecture("rwkv7_c1", "RWKV-7, c = 1", "c = 1", "rwkv7[L=1,D=64,N=32,c=1,ranks=16]", "1", 66424,
                   {5, 0.16, kChance}),
      architecture("transformer", "Transformer, 2 layers", "Transformer",
                   "transformer[L=2,D=48,H=3,positions=rope,mlp=gelu,hidden=192]", "", 62544,
                   {8, 0.09, kChance})};
  report.architectures[2].wanted_accuracy = 0.2;
  report.architectures[2].wanted_length = 32;
  ArchitectureReport control = architecture(
      "transformer_contains_aa", "Transformer, 2 layers, on \"contains aa\" (star-free)", "control",
      "transformer[L=2,D=48,H=3,positions=rope,mlp=gelu,hidden=192]", "", 56976, {600, 1e-5, 0.5});
  control.control = true;
  control.task = "contains[word=aa,letters=7]";
  control.wanted_accuracy = 0.99;
  control.wanted_length = 32;
  report.architectures.push_back(control);
  report.floors = {{"last 4 tokens", invented_floor(4, 512)}, {"last 16 tokens", invented_floor(16, 512)}};
  report.spectra = {invented_spectrum("RWKV-7, c = 2, trained (seed 1)", true, 2),
                    invented_spectrum("Construction", false, 1)};
  report.lines = {{"the construction makes no error (fp32)", "0 errors", "0 in 100,000 tokens", true, ""},
                  {"the construction makes no error (bf16 inputs, fp32 state)", "0 errors",
                   "0 in 100,000 tokens", true, ""},
                  {"the construction is proved for all lengths (fp32)", "PROVED, 120 states",
                   "PROVED, 120 states", true, ""},
                  {"the construction is proved for all lengths (bf16 inputs, fp32 state)",
                   "PROVED, 120 states", "PROVED, 120 states", true, ""},
                  {"c = 2 reaches 95 % at 4x the training length", "at least 4 of 5 seeds", "5 of 5 seeds",
                   true, "last 8 positions at length 128: 99.6, 99.9, 99.7, 99.9, 99.8 %"},
                  {"c = 1 + w reaches 95 % at 4x the training length", "at least 4 of 5 seeds",
                   "3 of 5 seeds", false, "last 8 positions at length 128: 96.1, 93.9, 97.0, 95.2, 91.3 %"},
                  {"c = 1 in one layer stays below 20 % at the training length", "0 of 5 seeds",
                   "0 of 5 seeds", true, ""},
                  {"the Transformer does not reach 95 % at 4x the training length", "0 of 5 seeds",
                   "0 of 5 seeds", true, ""},
                  {"the Transformer learns the star-free control at 1x", "at least 4 of 5 seeds",
                   "5 of 5 seeds", true, ""},
                  {"no shortcut beats chance by 2 %", "at most 2.83 %", "1.67 % (sign)", true, ""},
                  {"parameter counts lie within 10 % of each other", "at most 10 %", "6.2 %", true, ""}};
  return report;
}

ClaimReport small_report() {
  ClaimReport report;
  add_frame(report);
  report.train_length = 8;
  report.judged_length = 16;
  report.audit = {{"last 4 tokens", 8, 0.25, 0.25, 0.25, true, true},
                  {"<all> & \"more\"", 8, 0.01, 0.005, 0.02}};
  ArchitectureReport base{.name = "good",
                          .title = "RWKV-7, c = 2",
                          .label = "c = 2",
                          .model = "rwkv7[L=1,c=2]",
                          .c = "2",
                          .task = report.task,
                          .parameters = 66424,
                          .lr = 4e-3,
                          .runs = {}};
  report.architectures.push_back(invented_architecture(base, {100, 1e-4, kChance}, 2, {8, 16}));
  base.name = "bad", base.title = base.label = "Transformer", base.c = "";
  report.architectures.push_back(invented_architecture(base, {4, 0.2, kChance}, 2, {8, 16}));
  report.floors = {{"last 4 tokens", invented_floor(4, 16)}};
  report.lines = {{"c = 2 reaches 95 %", "2 of 2 seeds", "2 of 2 seeds", true, ""},
                  {"a line with <tags> & quotes", "\"yes\"", "no", false, "it's false"}};
  return report;
}

}  // namespace anser::report
