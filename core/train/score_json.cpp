#include "core/train/score_json.h"

#include <cmath>
#include <limits>

#include "core/base/error.h"

namespace anser::train {

namespace {

std::vector<std::int64_t> counts_from_json(const Json& object, const char* key, std::string_view where) {
  const auto counts = object.find(key);
  require(counts != object.end() && counts->is_array(), where, "the key \"{}\" is missing", key);
  std::vector<std::int64_t> result;
  for (const Json& count : *counts) {
    require(count.is_number_integer(), where, "{} holds {}, wanted a count", key, count.dump());
    result.push_back(count.get<std::int64_t>());
  }
  return result;
}

}  // namespace

Json score_to_json(const LengthScore& score) {
  return {{"length", score.length},
          {"strings", score.strings},
          {"accuracy", score.accuracy()},
          {"last8", score.last8()},
          {"whole", score.whole()},
          {"last8_correct", score.last8_correct},
          {"last8_total", score.last8_total},
          {"whole_correct", score.whole_correct},
          {"correct_by_position", score.correct_by_position},
          {"scored_by_position", score.scored_by_position}};
}

LengthScore score_from_json(const Json& object, std::string_view where) {
  LengthScore score;
  score.length = json_get<std::int64_t>(object, "length", where);
  score.strings = json_get<std::int64_t>(object, "strings", where);
  score.last8_correct = json_get<std::int64_t>(object, "last8_correct", where);
  score.last8_total = json_get<std::int64_t>(object, "last8_total", where);
  score.whole_correct = json_get<std::int64_t>(object, "whole_correct", where);
  score.correct_by_position = counts_from_json(object, "correct_by_position", where);
  // Files of earlier versions scored every position.
  score.scored_by_position.assign(score.correct_by_position.size(), score.strings);
  if (object.contains("scored_by_position"))
    score.scored_by_position = counts_from_json(object, "scored_by_position", where);
  return score;
}

Json result_to_json(const RunResult& result) {
  Json scores = Json::array();
  for (const LengthScore& score : result.scores) scores.push_back(score_to_json(score));
  return {{"parameters", result.parameters},
          {"tokens_seen", result.tokens_seen},
          {"final_loss", result.final_loss},
          {"scores", scores}};
}

RunResult result_from_json(const Json& object, std::string_view where) {
  RunResult result;
  result.parameters = json_get<std::int64_t>(object, "parameters", where);
  result.tokens_seen = json_get<std::int64_t>(object, "tokens_seen", where);
  const bool known = object.contains("final_loss") && object["final_loss"].is_number();
  result.final_loss = known ? object["final_loss"].get<double>() : std::numeric_limits<double>::quiet_NaN();
  require(object.contains("scores") && object["scores"].is_array(), where, "the key \"scores\" is missing");
  for (const Json& score : object["scores"]) result.scores.push_back(score_from_json(score, where));
  return result;
}

}  // namespace anser::train
