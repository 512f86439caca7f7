#include "experiments/runner/claim_spectra.h"

#include <fmt/format.h>

#include "analysis/certify/spectrum.h"
#include "core/base/ids.h"
#include "experiments/runner/claim_construction.h"
#include "experiments/runner/claim_training.h"

namespace anser::runner {
namespace {

report::SpectrumReport spectrum_of(const std::filesystem::path& checkpoint, const tasks::Task& task) {
  const TensorFile file = read_safetensors(checkpoint);
  report::SpectrumReport out;
  const certify::SpectrumSummary summary =
      certify::letter_spectra(file, checkpoint.string(), task, certify::SpectrumOptions{});
  for (const certify::LetterSpectrum& s : summary.letters)
    out.letters.push_back({.letter = s.letter,
                           .head = s.head,
                           .permutation_sign = s.permutation_sign,
                           .determinant_sign = s.determinant_sign,
                           .agreeing = s.agreeing,
                           .contexts = s.contexts,
                           .eigenvalues = s.eigenvalues,
                           .nearest_step = std::string(certify::step_name(s.nearest)),
                           .residual = s.residual});
  return out;
}

/// The first head alone where all heads hold the same transitions, as in the construction.
void keep_first_head(report::SpectrumReport& spectrum) {
  std::erase_if(spectrum.letters, [](const report::LetterTransition& l) { return l.head != 0; });
}

}  // namespace

void compare_transitions(const Claim& claim, const tasks::Task& task, const std::filesystem::path& folder,
                         report::ClaimReport& data) {
  data.spectra.clear();
  report::SpectrumReport built = spectrum_of(folder / kConstructionFile, task);
  keep_first_head(built);
  built.title = "construction";
  built.model = kConstructionFile;
  built.c = "2";
  data.spectra.push_back(std::move(built));
  for (const Architecture& a : claim.architectures) {
    const Id id = parse_id(a.run.model);
    if (a.control || id.name != "rwkv7") continue;
    const std::int64_t seed = claim.seeds.front();
    report::SpectrumReport trained =
        spectrum_of(training_folder(folder, a, seed) / "model.safetensors", task);
    trained.title = fmt::format("{}, seed {}", a.title, seed);
    trained.model = a.run.model;
    trained.c = id.get("c", "1");
    trained.trained = true;
    data.spectra.push_back(std::move(trained));
  }
}

}  // namespace anser::runner
