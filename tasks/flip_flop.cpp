#include "tasks/flip_flop.h"

#include <algorithm>

#include "core/base/error.h"
#include "tasks/hardness.h"
#include "tasks/machine_rule.h"
#include "tasks/machine_task.h"
#include "tasks/mode_parameter.h"
#include "tasks/word_law_task.h"

namespace anser::tasks {
namespace {

using automata::Letter;
using automata::State;

const std::vector<Supervision> kModes = {Supervision::tagging, Supervision::final};

constexpr std::uint32_t kMillion = 1'000'000;

/// A decimal in 0..1 as millionths.
std::uint32_t parse_probability(const std::string& text, const Id& id) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string whole = text.substr(0, point);
  std::string fraction = point < text.size() ? text.substr(point + 1) : "";
  const auto digits = [](const std::string& s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  const bool well_formed = (whole == "0" || whole == "1") && fraction.size() <= 6 && digits(fraction) &&
                           (point == text.size() || !fraction.empty());
  fraction.resize(6, '0');
  const std::uint32_t millionths =
      well_formed ? static_cast<std::uint32_t>((whole == "1" ? 1'000'000 : 0) + std::stoi(fraction)) : 0;
  require(well_formed && millionths <= kMillion, print_id(id),
          "p={} is not a decimal from 0 to 1 with at most six digits after the point", text);
  return millionths;
}

/// 0.8, not 0.800000.
std::string print_probability(std::uint32_t millionths) {
  if (millionths % kMillion == 0) return fmt::format("{}", millionths / kMillion);
  std::string text = fmt::format("0.{:06}", millionths);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

/// Tokens of the flip-flop language.
enum FlipFlopToken : std::int32_t { kWrite, kRead, kIgnore, kZero, kOne };

/// States: 0 before all; 1 after w; 2 + b, 4 + b, 6 + b with b in memory: between pairs, after r, after i; 8
/// broken.
State next_in_language(State q, Letter s) {
  constexpr State kBroken = 8;
  const bool bit = s >= kZero;
  if (q == kBroken || bit == (q == 0 || q == 2 || q == 3)) return kBroken;
  const State memory = q % 2;
  switch (s) {
    case kWrite:
      return 1;
    case kRead:
      return q == 0 ? kBroken : 4 + memory;
    case kIgnore:
      return q == 0 ? kBroken : 6 + memory;
    default:
      if (q == 1) return 2 + (s - kZero);
      return q >= 6 || s - kZero == memory ? 2 + memory : kBroken;
  }
}

automata::Moore flip_flop_language() {
  return build_machine({.num_states = 9,
                        .start = 0,
                        .letters = {"w", "r", "i", "0", "1"},
                        .labels = {"0", "1", "none"},
                        .next = next_in_language,
                        .label = [](State q) { return q == 4 || q == 5 ? q - 4 : 2; }});
}

WordLawTask::Law flip_flop_law(std::uint32_t ignored) {
  return [ignored](Rng& rng, std::span<std::int32_t> input) {
    std::int32_t memory = 0;
    for (std::size_t t = 0; t + 1 < input.size(); t += 2) {
      const bool first = t == 0, last = t + 2 == input.size();
      const bool ignore = rng.below(kMillion) < ignored;
      const bool write = rng.below(2) == 0;
      const auto bit = static_cast<std::int32_t>(rng.below(2));
      input[t] = first ? kWrite : last ? kRead : ignore ? kIgnore : write ? kWrite : kRead;
      if (input[t] == kWrite) memory = bit;
      input[t + 1] = kZero + (input[t] == kRead ? memory : bit);
    }
  };
}

}  // namespace

std::unique_ptr<Task> make_flipflop_monoid(const Id& id) {
  id.require_known({"mode"});
  const Supervision mode = mode_of(id, Supervision::tagging, kModes);
  automata::Moore machine = build_machine({.num_states = 2,
                                           .start = 0,
                                           .letters = {"noop", "set", "reset"},
                                           .labels = {"0", "1"},
                                           .next = [](State q, Letter s) { return s == 0 ? q : 2 - s; },
                                           .label = [](State q) { return q; }});
  TaskFacts facts;
  facts.id = fmt::format("flipflop_monoid[mode={}]", supervision_name(mode));
  facts.title = "one bit of memory: set, reset or left alone";
  facts.hardness = hardness_of(machine);
  facts.token_set = "noop, set, reset";
  facts.citation = "Krohn and Rhodes 1965";
  facts.source = "the transition monoid U2";
  facts.fidelity = Fidelity::inspired;
  facts.supervision = mode;
  facts.modes = kModes;
  facts.chance = 0.5;
  return std::make_unique<MachineTask>(std::move(facts), std::move(machine));
}

std::unique_ptr<Task> make_flipflop_semiautomaton(const Id& id) {
  id.require_known({"n", "mode"});
  const auto n = static_cast<State>(id.get_int("n", 2, 1, 1024));
  const Supervision mode = mode_of(id, Supervision::tagging, kModes);
  std::vector<std::string> letters = {"read"}, labels = {"0"};
  for (State i = 1; i <= n; ++i) {
    letters.push_back(fmt::format("write {}", i));
    labels.push_back(fmt::format("{}", i));
  }
  automata::Moore machine = build_machine({.num_states = n + 1,
                                           .start = 0,
                                           .letters = letters,
                                           .labels = labels,
                                           .next = [](State q, Letter s) { return s == 0 ? q : s; },
                                           .label = [](State q) { return q; }});
  TaskFacts facts;
  facts.id = fmt::format("flipflop_semiautomaton[n={},mode={}]", n, supervision_name(mode));
  facts.title = fmt::format("the letter written last, of {}, or 0", n);
  facts.hardness = hardness_of(machine);
  facts.token_set = fmt::format("read, write 1 to {}; half of them write", n);
  facts.citation = "Liu, Ash, Goel, Krishnamurthy and Zhang 2023a";
  facts.source = "synthseq/automata, automata.py";
  facts.supervision = mode;
  facts.modes = kModes;
  facts.train_lengths = 100;
  facts.test_lengths = {1, 500};
  facts.chance = 1.0 / n;  // state 0 is left for ever
  const auto law = [n](Rng& rng, std::span<std::int32_t> input) {
    for (std::int32_t& token : input)
      token = rng.below(2) == 0 ? 0 : 1 + static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(n)));
  };
  return std::make_unique<WordLawTask>(std::move(facts), std::move(machine), law, scored_in(mode));
}

std::unique_ptr<Task> make_flipflop_language(const Id& id) {
  id.require_known({"p"});
  const std::uint32_t ignored = parse_probability(id.get("p", "0.8"), id);
  automata::Moore machine = flip_flop_language();
  TaskFacts facts;
  facts.id = fmt::format("flipflop_language[p={}]", print_probability(ignored));
  facts.title = "the bit written last, asked at every read";
  facts.hardness = hardness_of(machine);
  facts.token_set = "instructions w, r, i and bits 0, 1, in turn";
  facts.citation = "Liu, Ash, Goel, Krishnamurthy and Zhang 2023b";
  facts.source = "section 3 of the paper";
  facts.supervision = Supervision::tagging;
  facts.modes = {Supervision::tagging};
  facts.lengths = {.least = 4, .step = 2};
  facts.train_lengths = 512;
  facts.test_lengths = 512;
  facts.chance = 0.5;
  const auto scored = [](std::span<const std::int32_t> input, std::size_t t) { return input[t] == kRead; };
  return std::make_unique<WordLawTask>(std::move(facts), std::move(machine), flip_flop_law(ignored), scored);
}

}  // namespace anser::tasks
