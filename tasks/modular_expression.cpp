#include "tasks/modular_expression.h"

#include "automata/minimize.h"
#include "tasks/machine_rule.h"

namespace anser::tasks {
namespace {

using automata::Letter;
using automata::State;

/// States: (a, p) after a digit, then (a, c) after an operator, then the values after `equals`, then the
/// sink.
class Evaluator {
 public:
  explicit Evaluator(const ExpressionRule& rule) : rule_(rule), m_(rule.modulus) {}

  State num_states() const { return sink() + 1; }
  State start() const { return after_operator(0, 1); }

  State next(State q, Letter s) const {
    const ExpressionLetters& letters = rule_.letters;
    if (s == letters.padding) return q;
    const bool digit = s >= letters.first_digit && s < letters.first_digit + m_;
    if (q >= m_ * m_ && q < 2 * m_ * m_) {
      const int a = (q - m_ * m_) / m_, c = q % m_;
      return digit ? after_digit(a, c * (s - letters.first_digit) % m_) : sink();
    }
    if (q >= m_ * m_ || digit) return sink();
    const int a = q / m_, p = q % m_;
    if (s == letters.plus) return after_operator((a + p) % m_, 1);
    if (s == letters.minus) return after_operator((a + p) % m_, m_ - 1);
    if (s == letters.times) return after_operator(a, p);
    return s == letters.equals ? 2 * m_ * m_ + (a + p) % m_ : sink();
  }

  std::int32_t label(State q) const {
    if (q < m_ * m_) return rule_.first_label + (q / m_ + q % m_) % m_;
    if (q >= 2 * m_ * m_ && q < sink()) return rule_.first_label + q - 2 * m_ * m_;
    return rule_.no_value;
  }

 private:
  State sink() const { return 2 * m_ * m_ + m_; }
  State after_operator(int a, int c) const { return m_ * m_ + a * m_ + c % m_; }
  State after_digit(int a, int p) const { return rule_.precedence ? a * m_ + p : (a + p) % m_; }

  const ExpressionRule& rule_;
  int m_;
};

}  // namespace

automata::Moore expression_machine(const ExpressionRule& rule) {
  const Evaluator evaluator(rule);
  return automata::minimize(build_machine({.num_states = evaluator.num_states(),
                                           .start = evaluator.start(),
                                           .letters = rule.letter_names,
                                           .labels = rule.label_names,
                                           .next = [&](State q, Letter s) { return evaluator.next(q, s); },
                                           .label = [&](State q) { return evaluator.label(q); }}));
}

}  // namespace anser::tasks
