#include "tasks/reversal.h"

#include <algorithm>

#include "core/base/error.h"

namespace anser::tasks {
namespace {

constexpr std::int32_t kComma = 10, kEnd = 11;
constexpr int kMostDigits = 1'000'000;

class Reversal : public Task {
 public:
  /// hi = 0: as many as fit.
  Reversal(TaskFacts facts, int lo, int hi) : Task(std::move(facts)), lo_(lo), hi_(hi) {}

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override {
    const int hi = hi_ > 0 ? hi_ : static_cast<int>((input.size() - 1) / 2);
    const auto n = static_cast<std::size_t>(lo_) + rng.below(static_cast<std::uint32_t>(hi - lo_ + 1));
    std::fill(input.begin(), input.end(), kEnd);
    for (std::size_t i = 0; i < n; ++i) {
      const bool leading = i == 0 && n > 1;
      const auto digit = static_cast<std::int32_t>(leading ? 1 + rng.below(9) : rng.below(10));
      input[i] = input[2 * n - i] = digit;
    }
    input[n] = kComma;
    const std::size_t first = facts().supervision == Supervision::tagging ? n : 0;
    for (std::size_t t = first; t <= 2 * n; ++t) target[t] = t < 2 * n ? input[t + 1] : kEnd;
  }

 private:
  int lo_;
  int hi_;
};

/// Share of the most frequent target among all that are scored, n uniform in lo..hi.
double exact_chance(int lo, int hi, bool everywhere) {
  double scored = 0, end = 0, comma = 0, zero = 0, other = 0;
  for (int n = lo; n <= hi; ++n) {
    // Besides the leading digit, uniform over 1..9 where n > 1, n - 1 digits of the answer (and as many of
    // the number itself) are uniform over 0..9.
    const double uniform = (everywhere ? 2.0 : 1.0) * (n - 1) / 10;
    scored += everywhere ? 2 * n + 1 : n + 1;
    end += 1;
    comma += everywhere ? 1 : 0;
    zero += uniform + (n == 1 ? 0.1 : 0);
    other += uniform + (n == 1 ? 0.1 : 1.0 / 9);
  }
  return std::max({end, comma, zero, other}) / scored;
}

}  // namespace

std::unique_ptr<Task> make_reversal(const Id& id) {
  id.require_known({"digits", "mode"});
  const std::string digits = id.get("digits", "1..60");
  const bool any = digits == "any";
  const LengthLaw law = any ? LengthLaw{1, 0} : parse_length_law(digits);
  require(any || (law.lo >= 1 && law.hi <= kMostDigits), print_id(id), "digits={} is not in 1..{}", digits,
          kMostDigits);
  const Supervision mode = parse_supervision(id.get("mode", "tagging"));
  require(mode == Supervision::tagging || mode == Supervision::language_model, print_id(id),
          "reversal has no mode {}; wanted tagging or lm", supervision_name(mode));
  const bool everywhere = mode == Supervision::language_model;
  TaskFacts facts;
  facts.id =
      fmt::format("reversal[digits={}{}]", any ? "any" : print_length_law(law), everywhere ? ",mode=lm" : "");
  facts.title = any ? "reversal of decimal numbers"
                    : fmt::format("reversal of numbers of {} digits", print_length_law(law));
  facts.hardness =
      "not a finite-state function: a state of S bits holds at most S / log2(10) digits; in TC0 (attention "
      "by "
      "position)";
  facts.token_set = "digits, comma, end";
  facts.citation = "Bo Peng, RWKV-LM 2026";
  facts.source = "BlinkDL/RWKV-LM, RWKV-v8/251105_reverse_run.py";
  facts.fidelity = Fidelity::port;
  facts.supervision = mode;
  facts.modes = {Supervision::tagging, Supervision::language_model};
  for (int d = 0; d < 10; ++d) facts.token_names.push_back(fmt::format("{}", d));
  facts.token_names.insert(facts.token_names.end(), {",", "#"});
  facts.label_names = facts.token_names;
  facts.special_tokens = {{",", "the answer begins"}, {"#", "the answer has ended; filler"}};
  facts.lengths = {any ? 3 : 2 * law.hi + 1, 1};
  facts.train_lengths = any ? LengthLaw{3, 64} : LengthLaw(2 * law.hi + 8);  // 128 for 1..60, as the demo
  facts.test_lengths = any ? LengthLaw{65, 256} : facts.train_lengths;
  facts.chance = any ? 0.1 : exact_chance(law.lo, law.hi, everywhere);
  return std::make_unique<Reversal>(std::move(facts), law.lo, law.hi);
}

}  // namespace anser::tasks
