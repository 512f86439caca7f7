// From an automaton to elementary steps: what a one-layer RWKV-7 has to do, before any weight exists
// (docs/math/construction.md sections 1 to 3).
//
// One head row psi of n places is acted on from the right by one step a token:
//
//     identity            psi
//     swap(x, y)          places x and y change contents
//     merge(x -> y)       psi = e_x becomes e_y, every other e_q stays: two tokens, merge_first and
//     merge_second,
//                         one on each half of the doubled code
//
// Permutation tracking (S_n, A_n and their products on at most 11 points): psi_0 = (1, 2, .., n), so psi_t is
// the one-line notation of x_1 x_2 .. x_t. State tracking (everything else, at most 64 states): psi =
// e_state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/construct/letter_table.h"
#include "automata/factorise.h"
#include "automata/moore.h"
#include "tasks/task.h"

namespace anser::construct {

enum class Mode : std::uint8_t {
  letters,
  microsteps
};                                                      // one token a letter, or tokens of its own per letter
enum class Code : std::uint8_t { doubled, single };     // kappa_hat entries +-1/2, or (1, -1)/sqrt(2)
enum class ReadOut : std::uint8_t { sign, threshold };  // sign of a combination, or against 1/2

/// InputError with the nearest known name otherwise.
Mode parse_mode(std::string_view name);
Code parse_code(std::string_view name);
ReadOut parse_read_out(std::string_view name);
std::string_view mode_name(Mode mode);
std::string_view code_name(Code code);
std::string_view read_out_name(ReadOut read_out);

struct CompileOptions {
  Mode mode = Mode::letters;
  Code code = Code::doubled;
  ReadOut read_out = ReadOut::sign;
  std::string sabotage;  // a letter (name, or id) that shall act as another one; empty: none
};

struct Step {
  enum class Kind : std::uint8_t { identity, swap, merge_first, merge_second };
  Kind kind = Kind::identity;
  automata::State x = 0;
  automata::State y = 0;  // merges: x goes to y
};

/// What one head asks of psi: its sign of  sum_p read[p] psi[p] - threshold/2,  with psi_0 = code.
struct HeadPlan {
  std::vector<int> code;
  std::vector<int> read;
  bool threshold = false;
};

struct StepProgram {
  automata::State points = 0;  // n >= 2
  Code code = Code::doubled;
  std::vector<Step> tokens;  // [tokens]; BOS is the id after the last
  LetterTable letters;
  std::vector<HeadPlan> heads;
  std::vector<std::vector<int>> signature;  // [labels][heads]: +-1, the heads' signs at that label
  std::vector<std::string> label_names;
  std::string tracks;  // "one-line notation of the product", "state"
};

/// InputError when the machine is too large, when a letter needs more than one step in letters mode (naming
/// it and the number of steps), or when the single code meets a merge.
StepProgram plan_task(const tasks::Task& task, const CompileOptions& options);
StepProgram plan_machine(const automata::Moore& machine, const CompileOptions& options);

}  // namespace anser::construct
