// Certificate C13: a one-layer recurrent model answers like an automaton on every word of every length,
// proved by exhausting its reachable recurrent states (docs/math/construction.md section 6).
//
// Breadth-first search over pairs (bit pattern of the WKV state of all heads, state of the minimal target),
// from the state after BOS. Every step is the ordinary model's forward pass. At each letter boundary the
// label with the strictly largest logit must be the target's. If the search ends, all words are covered; the
// first mismatch is a failing word whose proper prefixes pass.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/construct/one_layer.h"
#include "automata/moore.h"
#include "core/base/json.h"

namespace anser::construct {

enum class Verdict : std::uint8_t { proved, refuted, undecided };
std::string_view verdict_name(Verdict verdict);  // "PROVED" "REFUTED" "UNDECIDED"

struct ClosureOptions {
  nn::Precision precision = nn::Precision::fp32;
  std::int64_t max_states = 50000;     // states at letter boundaries before the search gives up
  std::int64_t search_length = 10000;  // letters of the directed search that follows; 0: none
  /// Called now and then with the number of states so far, and with the letters of the directed search; may
  /// be empty.
  std::function<void(std::int64_t states, std::int64_t searched)> on_progress;
};

/// A word whose last answer is wrong and all earlier ones right. `got` is the label with the largest logit,
/// -1 where a logit is NaN or the largest is not unique.
struct FailingWord {
  std::vector<automata::Letter> letters;
  std::vector<std::string> names;
  std::int64_t wanted = 0;
  std::int64_t got = 0;
};

struct Closure {
  Verdict verdict = Verdict::undecided;
  std::int64_t states = 0;         // bit-distinct WKV states at letter boundaries after BOS
  std::int64_t micro_states = 0;   // the same at every token: those within letters too
  std::int64_t target_states = 0;  // of the minimal target
  bool quotient_equal = false;     // proved, and WKV states and target states correspond one to one
  double margin = 0;               // least distance of a right label's logit from the next one seen
  std::optional<FailingWord> failing_word;
  std::int64_t searched = 0;  // letters of the directed search
};

/// InputError when the model reads the token shift, has not one layer, or its letters or labels are not the
/// target's. At the cap the verdict is undecided and a directed search looks for a failing word.
Closure prove(const TensorFile& file, std::string_view where, const automata::Moore& target,
              const ClosureOptions& options);

/// {"verdict":"PROVED","states":120,...}; the failing word with letter names and ids, labels by name.
Json closure_json(const Closure& closure, const automata::Moore& target);

}  // namespace anser::construct
