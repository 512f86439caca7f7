#include "tasks/language_task.h"

#include <algorithm>

#include "automata/near_miss.h"
#include "core/base/error.h"
#include "tasks/hardness.h"
#include "tasks/label_shares.h"
#include "tasks/language_lengths.h"
#include "tasks/mode_parameter.h"
#include "tasks/next_set_machine.h"

namespace anser::tasks {
namespace {

using automata::Side;

constexpr int kTries = 100;

bool balanced(Supervision mode) {
  return mode == Supervision::final || mode == Supervision::tagging;
}

automata::Moore machine_for(const automata::Dfa& dfa, Supervision mode) {
  return mode == Supervision::next_set ? next_set_machine(dfa) : automata::to_moore(dfa);
}

LengthRule length_rule(const automata::Dfa& dfa, const LanguageTaskOptions& options, const std::string& id) {
  const auto rule = lengths_of_language(dfa, options.least_length);
  if (rule) return *rule;
  require(balanced(options.mode), "tasks::LanguageTask",
          "{}: the language is finite, so it has no accepted words of the lengths that mode={} needs", id,
          supervision_name(options.mode));
  return {.least = options.least_length, .step = 1};
}

/// What follows from language and mode, but for chance.
TaskFacts complete(TaskFacts facts, const automata::Dfa& dfa, const LanguageTaskOptions& options) {
  facts.supervision = options.mode;
  if (facts.modes.size() <= 1) facts.modes = language_modes();
  facts.lengths = length_rule(dfa, options, facts.id);
  if (facts.hardness.empty()) facts.hardness = hardness_of(automata::to_moore(dfa));
  if (facts.token_set.empty()) facts.token_set = fmt::format("letters {}", fmt::join(dfa.letter_names, ", "));
  if (options.mode == Supervision::language_model) {
    facts.label_names = dfa.letter_names;
    facts.label_names.push_back("end");
  }
  return facts;
}

struct Sides {
  int length = 0;
  bool accepted = false;
  bool rejected = false;
};

/// The length at which chance is stated.
Sides chance_sides(const automata::Dfa& dfa, const LengthRule& rule, bool both) {
  const int first = rule.at_least(kChanceLength);
  LengthSets sets(dfa);
  Sides at_first;
  for (int length = 0; length < first + 4096; ++length, sets.advance()) {
    if (length < first || !rule.allows(length)) continue;
    const Sides sides{length, sets.has(Side::accepted), sets.has(Side::rejected)};
    if (!both || (sides.accepted && sides.rejected)) return sides;
    if (length == first) at_first = sides;
  }
  return at_first;
}

double greatest(const std::vector<double>& shares) {
  return *std::max_element(shares.begin(), shares.end());
}

double chance_at(const automata::Dfa& dfa, Supervision mode, const Sides& sides) {
  if (mode == Supervision::language_model) return greatest(successor_shares(dfa, sides.length));
  const automata::Moore machine = machine_for(dfa, mode);
  if (mode == Supervision::next_set)
    return greatest(label_shares(dfa, machine, Side::accepted, sides.length));
  if (mode == Supervision::final) return sides.accepted && sides.rejected ? 0.5 : 1.0;
  std::vector<double> mean(2, 0.0);
  for (const Side side : {Side::accepted, Side::rejected}) {
    if (side == Side::accepted ? !sides.accepted : !sides.rejected) continue;
    const auto shares = label_shares(dfa, machine, side, sides.length);
    for (std::size_t i = 0; i < 2; ++i) mean[i] += shares[i] / (sides.accepted && sides.rejected ? 2 : 1);
  }
  return greatest(mean);
}

}  // namespace

std::string_view negatives_name(Negatives negatives) {
  switch (negatives) {
    case Negatives::uniform:
      return "uniform";
    case Negatives::flare:
      return "flare";
    case Negatives::near_miss:
      return "near-miss";
  }
  return "";
}

Negatives parse_negatives(std::string_view name) {
  for (const Negatives n : {Negatives::uniform, Negatives::flare, Negatives::near_miss})
    if (name == negatives_name(n)) return n;
  fail("tasks::parse_negatives", "unknown negatives \"{}\"{}", name,
       suggest(name, {"uniform", "flare", "near-miss"}));
}

const std::vector<Supervision>& language_modes() {
  static const std::vector<Supervision> modes = {Supervision::final, Supervision::tagging,
                                                 Supervision::next_set, Supervision::language_model};
  return modes;
}

LanguageTaskOptions parse_language_options(const Id& id, LanguageTaskOptions defaults,
                                           const std::vector<Supervision>& modes) {
  LanguageTaskOptions options = defaults;
  options.mode = mode_of(id, defaults.mode, modes);
  if (options.mode != Supervision::final) options.negatives = Negatives::uniform;
  if (!id.has("negatives")) return options;
  require(options.mode == Supervision::final, print_id(id),
          "negatives= goes with mode=final, not with mode={}", supervision_name(options.mode));
  options.negatives = parse_negatives(id.get("negatives", ""));
  return options;
}

void append_language_options(Id& id, const LanguageTaskOptions& options) {
  id.parameters.emplace_back("mode", supervision_name(options.mode));
  if (options.mode == Supervision::final)
    id.parameters.emplace_back("negatives", negatives_name(options.negatives));
}

LanguageTask::Prepared LanguageTask::prepare(TaskFacts facts, const automata::Dfa& dfa,
                                             const LanguageTaskOptions& options) {
  automata::check(dfa);
  require(options.mode != Supervision::tagging || options.negatives == Negatives::uniform,
          "tasks::LanguageTask", "{}: tagging goes with uniform negatives: chance is not exact otherwise",
          facts.id);
  facts = complete(std::move(facts), dfa, options);
  const Sides sides = chance_sides(dfa, facts.lengths, balanced(options.mode));
  facts.chance = chance_at(dfa, options.mode, sides);
  return {std::move(facts), sides.length};
}

LanguageTask::LanguageTask(TaskFacts facts, const automata::Dfa& dfa, const LanguageTaskOptions& options)
    : LanguageTask(prepare(std::move(facts), dfa, options), dfa, options) {}

LanguageTask::LanguageTask(Prepared prepared, const automata::Dfa& dfa, const LanguageTaskOptions& options)
    : Task(std::move(prepared.facts), machine_for(dfa, options.mode)),
      dfa_(dfa),
      options_(options),
      chance_length_(prepared.chance_length),
      words_(dfa) {}

void LanguageTask::draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const {
  draw_word(rng, input);
  if (options_.mode == Supervision::language_model) {
    for (std::size_t t = 0; t + 1 < input.size(); ++t) target[t] = input[t + 1];
    if (!input.empty()) target.back() = dfa_.num_letters;
    return;
  }
  const automata::Moore& m = machine();
  automata::State q = m.start;
  for (std::size_t t = 0; t < input.size(); ++t) {
    q = m.step(q, input[t]);
    if (options_.mode != Supervision::final || t + 1 == input.size())
      target[t] = m.label[static_cast<std::size_t>(q)];
  }
}

void LanguageTask::draw_word(Rng& rng, std::span<std::int32_t> word) const {
  const bool accepted = !balanced(options_.mode) || rng.below(2) == 1;
  const bool done = accepted ? draw_accepted(rng, word) || draw_rejected(rng, word)
                             : draw_rejected(rng, word) || draw_accepted(rng, word);
  ANSER_ASSERT(done);
}

bool LanguageTask::draw_accepted(Rng& rng, std::span<std::int32_t> word) const {
  if (!words_.has_length(Side::accepted, word.size())) return false;
  for (int i = 0; i < kTries; ++i) {
    words_.sample(Side::accepted, rng, word);
    if (!options_.near_positives || !automata::crossing_edits(dfa_, word).empty()) break;
  }
  return true;
}

bool LanguageTask::draw_rejected(Rng& rng, std::span<std::int32_t> word) const {
  if (!words_.has_length(Side::rejected, word.size())) return false;
  if (options_.negatives == Negatives::flare && try_flare(rng, word)) return true;
  if (options_.negatives == Negatives::near_miss && try_near_miss(rng, word)) return true;
  words_.sample(Side::rejected, rng, word);
  return true;
}

bool LanguageTask::try_flare(Rng& rng, std::span<std::int32_t> word) const {
  const auto letters = static_cast<std::uint32_t>(dfa_.num_letters);
  const auto length = static_cast<std::int64_t>(word.size());
  const bool may_perturb = letters > 1 && length > 0 && words_.has_length(Side::accepted, word.size());
  for (int i = 0; i < kTries; ++i) {
    if (may_perturb && rng.below(2) == 1) {
      words_.sample(Side::accepted, rng, word);
      const auto edited = automata::perturb(
          word, {.num_letters = dfa_.num_letters, .min_length = length, .max_length = length}, rng);
      std::copy(edited.begin(), edited.end(), word.begin());
    } else {
      for (std::int32_t& letter : word) letter = static_cast<std::int32_t>(rng.below(letters));
    }
    if (!automata::accepts(dfa_, word)) return true;
  }
  return false;
}

bool LanguageTask::try_near_miss(Rng& rng, std::span<std::int32_t> word) const {
  using Kind = automata::Edit::Kind;
  // Which edit makes a word of the length from an accepted one of length + 1 - kind.
  constexpr Kind kKinds[] = {Kind::remove, Kind::substitute, Kind::insert};
  for (int i = 0; i < kTries; ++i) {
    const std::uint32_t kind = rng.below(3);
    const std::size_t length = word.size() + 1 - kind;
    if ((word.empty() && kind == 2) || !words_.has_length(Side::accepted, length)) continue;
    std::vector<std::int32_t> near(length);
    words_.sample(Side::accepted, rng, near);
    auto edits = automata::crossing_edits(dfa_, near);
    std::erase_if(edits, [&](const automata::Edit& edit) { return edit.kind != kKinds[kind]; });
    if (edits.empty()) continue;
    const auto edited =
        automata::apply_edit(edits[rng.below(static_cast<std::uint32_t>(edits.size()))], near);
    std::copy(edited.begin(), edited.end(), word.begin());
    return true;
  }
  return false;
}

}  // namespace anser::tasks
