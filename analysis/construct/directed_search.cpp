#include "analysis/construct/directed_search.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/amax.h>

#include <algorithm>
#include <compare>

#include "analysis/construct/letter_steps.h"

namespace anser::construct {
namespace {

/// How far a state is from home, head by head by its largest entry. Heads farther away than half of home's
/// largest entry are lost; the more the better, then the farthest of the others.
struct Distance {
  std::int64_t lost = 0;
  double farthest = 0;
  auto operator<=>(const Distance&) const = default;
};

Distance distance(const at::Tensor& wkv, const at::Tensor& home) {
  Distance result;
  if (!home.defined()) return result;
  const at::Tensor away = at::amax(at::abs(wkv - home), {1, 2}).contiguous();  // [H]
  const at::Tensor size = at::amax(at::abs(home), {1, 2}).contiguous();
  for (std::int64_t h = 0; h < away.numel(); ++h) {
    const double here = away.const_data_ptr<float>()[h];
    if (2 * here > size.const_data_ptr<float>()[h])
      ++result.lost;
    else
      result.farthest = std::max(result.farthest, here);
  }
  return result;
}

}  // namespace

std::int64_t answered_label(std::span<const float> logits) {
  const auto best =
      static_cast<std::int64_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
  return margin(logits, best) > 0 ? best : -1;
}

DirectedResult search(const DirectedSearch& plan, const std::function<void(std::int64_t)>& on_letter) {
  const automata::Moore& target = plan.target;
  const std::int64_t letters = target.num_letters;
  const std::vector<std::span<const std::int64_t>> words(plan.letters.begin(), plan.letters.end());
  at::Tensor wkv = plan.start;
  automata::State state = target.start;
  DirectedResult result;
  std::vector<automata::Letter> word;
  std::vector<std::int64_t> last_use(static_cast<std::size_t>(letters), -1);
  for (; result.searched < plan.length; ++result.searched) {
    if (on_letter) on_letter(result.searched);
    const auto answer = read_letters(plan.model, words, wkv.expand({letters, -1, -1, -1}).contiguous());
    automata::Letter best = 0;
    Distance farthest{-1, 0};
    for (automata::Letter s = 0; s < letters; ++s) {
      const automata::State next = target.step(state, s);
      const std::int64_t wanted = target.label[static_cast<std::size_t>(next)];
      if (!(margin(logits_row(answer, s), wanted) > 0)) {
        word.push_back(s);
        result.failing_word = FailingWord{std::move(word), {}, wanted, answered_label(logits_row(answer, s))};
        ++result.searched;
        return result;
      }
      const Distance away = distance(answer.wkv[s], plan.homes[static_cast<std::size_t>(next)]);
      if (away > farthest || (away == farthest && last_use[s] < last_use[best])) {
        farthest = away;
        best = s;
      }
    }
    word.push_back(best);
    last_use[best] = result.searched;
    wkv = answer.wkv.narrow(0, best, 1).contiguous();
    state = target.step(state, best);
  }
  return result;
}

}  // namespace anser::construct
