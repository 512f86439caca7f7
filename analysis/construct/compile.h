// Automaton -> ordinary RWKV-7 checkpoint that recognises it (docs/math/construction.md).
//
//     plan (step_program.h)  ->  weights (layer_weights.h)  ->  metadata  ->  run once through the ordinary
//     model
//
// Metadata: "model", "c", "task" (a task id) or "language" (dfa.json text), "bos", "letters", "labels",
// "construction" (mode, code, readout, what is tracked, sabotage), "format".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/construct/step_program.h"
#include "automata/dfa.h"
#include "core/base/json.h"
#include "core/base/safetensors.h"

namespace anser::construct {

struct Compiled {
  TensorFile file;
  std::string name;  // task id, or "dfa"
  CompileOptions options;
  std::int64_t width = 0, heads = 0, used_heads = 0, head_size = 0;
  std::int64_t tokens = 0;  // without BOS
  std::int64_t labels = 0;
  std::int64_t parameters = 0;
  std::int64_t places = 0;  // of psi
  std::string tracks;
  std::vector<std::string> letters;
  std::vector<std::int64_t> steps;  // tokens of each letter
  std::string exactness;            // what is exact, in which arithmetic, in a sentence
};

/// InputError as in step_program.h. With the doubled code every token is run once through the ordinary model
/// in fp32 and bf16 and the state compared with its code bit for bit.
Compiled compile_task(const tasks::Task& task, const CompileOptions& options);
Compiled compile_dfa(const automata::Dfa& dfa, const CompileOptions& options);

/// Sizes, letters with their steps, exactness.
Json compiled_json(const Compiled& compiled);

/// psi after the program's tokens `word`, applied to `code`; the doubled code's two halves, or the single
/// code's one.
std::vector<double> run_steps(const StepProgram& program, const std::vector<int>& code,
                              std::span<const std::int64_t> word);

}  // namespace anser::construct
