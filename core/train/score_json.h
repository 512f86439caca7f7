// Scores and results as JSON: evaluation.json of a run.
#pragma once

#include "core/base/json.h"
#include "core/train/run.h"

namespace anser::train {

/// Counts and the rates that follow from them.
Json score_to_json(const LengthScore& score);

/// The counts of the above. InputError naming `where` and the key.
LengthScore score_from_json(const Json& object, std::string_view where);

/// evaluation.json: parameters, tokens_seen, final_loss (null: not a number), scores. No times.
Json result_to_json(const RunResult& result);
RunResult result_from_json(const Json& object, std::string_view where);

}  // namespace anser::train
