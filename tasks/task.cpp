#include "tasks/task.h"

#include <algorithm>
#include <charconv>

#include "core/base/error.h"
#include "core/base/ids.h"

namespace anser::tasks {
namespace {

constexpr int kLongest = 100'000'000;

int parse_length(std::string_view digits, std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  require(error == std::errc() && end == digits.data() + digits.size() && value >= 0 && value <= kLongest,
          "tasks::parse_length_law", "\"{}\" is no length law; wanted 64 or 3..40, from 0 to {}", text,
          kLongest);
  return value;
}

}  // namespace

std::string_view supervision_name(Supervision supervision) {
  switch (supervision) {
    case Supervision::tagging:
      return "tagging";
    case Supervision::final:
      return "final";
    case Supervision::next_set:
      return "next-set";
    case Supervision::language_model:
      return "lm";
  }
  return "";
}

Supervision parse_supervision(std::string_view name) {
  for (const Supervision s :
       {Supervision::tagging, Supervision::final, Supervision::next_set, Supervision::language_model})
    if (name == supervision_name(s)) return s;
  fail("tasks::parse_supervision", "unknown mode \"{}\"{}", name,
       suggest(name, {"tagging", "final", "next-set", "lm"}));
}

std::string_view fidelity_name(Fidelity fidelity) {
  switch (fidelity) {
    case Fidelity::paper_exact:
      return "paper-exact";
    case Fidelity::port:
      return "port";
    case Fidelity::inspired:
      return "inspired";
  }
  return "";
}

int LengthRule::at_least(int length) const {
  return length <= least ? least : least + (length - least + step - 1) / step * step;
}

std::string LengthRule::title() const {
  if (step == 1) return least == 0 ? "any" : fmt::format("from {}", least);
  if (step == 2 && least <= 2) return least == 1 ? "odd" : least == 0 ? "even" : "even, from 2";
  return fmt::format("{}, {}, {}, ...", least, least + step, least + 2 * step);
}

LengthLaw parse_length_law(std::string_view text) {
  const std::size_t dots = text.find("..");
  const int lo = parse_length(text.substr(0, dots), text);
  const int hi = dots == std::string_view::npos ? lo : parse_length(text.substr(dots + 2), text);
  require(lo <= hi, "tasks::parse_length_law", "\"{}\" begins above its end", text);
  return {lo, hi};
}

std::string print_length_law(const LengthLaw& law) {
  return law.lo == law.hi ? fmt::format("{}", law.lo) : fmt::format("{}..{}", law.lo, law.hi);
}

std::string_view split_name(Split split) {
  switch (split) {
    case Split::train:
      return "train";
    case Split::validation:
      return "validation";
    case Split::sealed:
      return "test";
  }
  return "";
}

Split parse_split(std::string_view name) {
  for (const Split split : {Split::train, Split::validation, Split::sealed})
    if (name == split_name(split)) return split;
  fail("tasks::parse_split", "unknown split \"{}\"{}", name, suggest(name, {"train", "validation", "test"}));
}

Task::Task(TaskFacts facts, std::optional<automata::Moore> machine)
    : facts_(std::move(facts)), machine_(std::move(machine)) {
  if (machine_) {
    automata::check(*machine_);
    if (facts_.token_names.empty()) facts_.token_names = machine_->letter_names;
    if (facts_.label_names.empty()) facts_.label_names = machine_->label_names;
  }
  facts_.num_tokens = static_cast<int>(facts_.token_names.size());
  facts_.num_labels = static_cast<int>(facts_.label_names.size());
}

const automata::Moore& Task::machine() const {
  require(machine_.has_value(), "tasks::Task::machine", "{} is not a regular language: it has no automaton",
          facts_.id);
  return *machine_;
}

Rng Task::stream(std::uint64_t seed, Split split, std::uint64_t index) const {
  return Rng(seed).split(facts_.id).split(split_name(split)).split(index);
}

void Task::sample(std::uint64_t seed, Split split, std::uint64_t index, std::span<std::int32_t> input,
                  std::span<std::int32_t> target) const {
  require(input.size() == target.size(), "tasks::Task::sample",
          "input has {} places and target {}, wanted the same", input.size(), target.size());
  require(facts_.lengths.allows(static_cast<std::int64_t>(input.size())), "tasks::Task::sample",
          "{} has no words of length {}; its lengths: {}", facts_.id, input.size(), facts_.lengths.title());
  std::fill(target.begin(), target.end(), kUnscored);
  draw(stream(seed, split, index), input, target);
}

Example Task::sample(std::uint64_t seed, Split split, std::uint64_t index, const LengthLaw& law) const {
  const LengthRule& rule = facts_.lengths;
  const int first = rule.at_least(law.lo);
  require(first <= law.hi, "tasks::Task::sample", "{} has no words of length {}; its lengths: {}", facts_.id,
          print_length_law(law), rule.title());
  const auto choices = static_cast<std::uint32_t>((law.hi - first) / rule.step + 1);
  int length = first;
  if (choices > 1)
    length += rule.step * static_cast<int>(stream(seed, split, index).split("length").below(choices));
  Example example;
  example.input.resize(static_cast<std::size_t>(length));
  example.target.resize(example.input.size());
  sample(seed, split, index, example.input, example.target);
  return example;
}

}  // namespace anser::tasks
