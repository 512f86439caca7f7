#include "analysis/construct/compile.h"

#include <algorithm>
#include <numeric>

#include "analysis/construct/layer_weights.h"
#include "analysis/construct/one_layer.h"
#include "core/base/error.h"

namespace anser::construct {
namespace {

/// One token on psi: psi - 2 (psi . kappa_hat) (kappa_hat . a), kappa_hat with entries +-1/2.
void apply_step(const Step& step, automata::State n, std::vector<double>& psi) {
  if (step.kind == Step::Kind::identity) return;
  if (step.kind == Step::Kind::swap) {
    for (std::size_t half = 0; half < psi.size(); half += static_cast<std::size_t>(n))
      std::swap(psi[half + step.x], psi[half + step.y]);
    return;
  }
  const bool first = step.kind == Step::Kind::merge_first;
  const double moved = first ? psi[step.x] - psi[step.y] + psi[n + step.x] + psi[n + step.y]
                             : psi[step.x] + psi[step.y] + psi[n + step.x] - psi[n + step.y];
  const automata::State half = first ? 0 : n;
  psi[half + step.x] -= moved / 2;
  psi[half + step.y] += moved / 2;
}

/// Reads BOS and every token once and compares row 0 of each used head's state with its code.
void check_through_model(const TensorFile& file, const StepProgram& program, nn::Precision precision) {
  const OneLayer model(file, "construct::compile", precision);
  at::Tensor wkv = model.step(std::vector{*program.letters.bos}, model.fresh()).wkv;
  const std::int64_t N = model.head_size();
  std::vector<std::int64_t> word;
  for (std::int64_t token = 0; token <= static_cast<std::int64_t>(program.tokens.size()); ++token) {
    for (std::size_t h = 0; h < program.heads.size(); ++h) {
      const std::vector<double> psi = run_steps(program, program.heads[h].code, word);
      const float* row = wkv.const_data_ptr<float>() + static_cast<std::int64_t>(h) * N * N;
      for (std::size_t j = 0; j < psi.size(); ++j) ANSER_ASSERT(double(row[j]) == kWriteScale * psi[j]);
    }
    if (token == static_cast<std::int64_t>(program.tokens.size())) return;
    word.push_back(token);
    wkv = model.step(std::vector{token}, wkv).wkv;
  }
}

std::string exactness_of(const CompileOptions& options) {
  if (options.code == Code::single)
    return "not exact: kappa_hat = (1, -1)/sqrt(2) is rounded, the state drifts with the length of the word";
  return "exact in fp32 and in bf16 with fp32 state: every number of the recurrence is dyadic, nothing is "
         "rounded";
}

Json construction_json(const StepProgram& program, const CompileOptions& options) {
  Json json{{"mode", mode_name(options.mode)},
            {"code", code_name(options.code)},
            {"readout", read_out_name(options.read_out)},
            {"tracks", program.tracks},
            {"places", program.points},
            {"write_scale", kWriteScale}};
  if (!options.sabotage.empty()) json["sabotage"] = options.sabotage;
  return json;
}

std::int64_t count_numbers(const TensorFile& file) {
  std::int64_t count = 0;
  for (const auto& [name, data] : file.tensors)
    count += static_cast<std::int64_t>(data.bytes.size() / tensor_type_size(data.type));
  return count;
}

Compiled compile(const StepProgram& program, const CompileOptions& options) {
  Compiled compiled;
  LayerSizes sizes;
  compiled.file = write_layer(program, sizes);
  auto& metadata = compiled.file.metadata;
  write_letter_table(program.letters, metadata);
  metadata["construction"] = construction_json(program, options).dump();
  metadata["labels"] = Json(program.label_names).dump();
  metadata["format"] = "anser compiled automaton 1";
  if (program.code == Code::doubled)
    for (const auto precision : {nn::Precision::fp32, nn::Precision::bf16})
      check_through_model(compiled.file, program, precision);
  compiled.options = options;
  compiled.width = sizes.width;
  compiled.heads = sizes.heads;
  compiled.head_size = sizes.head_size;
  compiled.used_heads = static_cast<std::int64_t>(program.heads.size());
  compiled.tokens = static_cast<std::int64_t>(program.tokens.size());
  compiled.labels = static_cast<std::int64_t>(program.signature.size());
  compiled.parameters = count_numbers(compiled.file);
  compiled.places = program.points;
  compiled.tracks = program.tracks;
  compiled.letters = program.letters.names;
  for (const auto& tokens : program.letters.tokens)
    compiled.steps.push_back(static_cast<std::int64_t>(tokens.size()));
  compiled.exactness = exactness_of(options);
  return compiled;
}

}  // namespace

std::vector<double> run_steps(const StepProgram& program, const std::vector<int>& code,
                              std::span<const std::int64_t> word) {
  std::vector<double> psi(code.begin(), code.end());
  if (program.code == Code::doubled) psi.insert(psi.end(), code.begin(), code.end());
  for (const std::int64_t token : word)
    apply_step(program.tokens[static_cast<std::size_t>(token)], program.points, psi);
  return psi;
}

Compiled compile_task(const tasks::Task& task, const CompileOptions& options) {
  Compiled compiled = compile(plan_task(task, options), options);
  compiled.name = task.facts().id;
  compiled.file.metadata["task"] = compiled.name;
  return compiled;
}

Compiled compile_dfa(const automata::Dfa& dfa, const CompileOptions& options) {
  automata::check(dfa);
  Compiled compiled = compile(plan_machine(automata::to_moore(dfa), options), options);
  compiled.name = "dfa";
  compiled.file.metadata["language"] = automata::print_dfa(dfa);
  return compiled;
}

Json compiled_json(const Compiled& c) {
  Json letters = Json::object();
  for (std::size_t i = 0; i < c.letters.size(); ++i) letters[c.letters[i]] = c.steps[i];
  return {{"language", c.name},
          {"mode", mode_name(c.options.mode)},
          {"code", code_name(c.options.code)},
          {"readout", read_out_name(c.options.read_out)},
          {"tracks", c.tracks},
          {"places", c.places},
          {"c", 2},
          {"layers", 1},
          {"width", c.width},
          {"heads", c.heads},
          {"used_heads", c.used_heads},
          {"head_size", c.head_size},
          {"tokens", c.tokens},
          {"bos", c.tokens},
          {"labels", c.labels},
          {"parameters", c.parameters},
          {"steps", letters},
          {"most_steps", c.steps.empty() ? 0 : *std::max_element(c.steps.begin(), c.steps.end())},
          {"exactness", c.exactness}};
}

}  // namespace anser::construct
