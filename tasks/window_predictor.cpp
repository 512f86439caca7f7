#include "tasks/window_predictor.h"

#include <algorithm>
#include <map>

#include "automata/transition_map.h"

namespace anser::tasks {
namespace {

constexpr std::size_t kMaxEntries = 1 << 20;  // of all maps together while they are enumerated

/// Letters permute the states and no two states share a label.
bool is_faithful(const automata::Moore& machine) {
  for (automata::Letter s = 0; s < machine.num_letters; ++s)
    if (automata::rank(automata::letter_map(machine, s)) != machine.num_states) return false;
  std::vector<std::int32_t> labels = machine.label;
  std::sort(labels.begin(), labels.end());
  return std::adjacent_find(labels.begin(), labels.end()) == labels.end();
}

}  // namespace

WindowPredictor::WindowPredictor(const automata::Moore& machine, std::int64_t samples, const Rng& rng)
    : machine_(&machine), samples_(samples), rng_(rng), faithful_(is_faithful(machine)) {
  if (!faithful_) maps_.push_back({.labels = machine.label, .weight = 1});
}

WindowPredictor::LabelMap WindowPredictor::put_in_front(automata::Letter letter,
                                                        const LabelMap& labels) const {
  LabelMap result(labels.size());
  for (automata::State q = 0; q < machine_->num_states; ++q)
    result[static_cast<std::size_t>(q)] = labels[static_cast<std::size_t>(machine_->step(q, letter))];
  return result;
}

void WindowPredictor::grow_exactly() {
  std::map<LabelMap, double> grown;
  for (const Weighted& map : maps_)
    for (automata::Letter s = 0; s < machine_->num_letters; ++s)
      grown[put_in_front(s, map.labels)] += map.weight / machine_->num_letters;
  maps_.clear();
  for (const auto& [labels, weight] : grown) maps_.push_back({.labels = labels, .weight = weight});
}

void WindowPredictor::draw_words() {
  std::vector<double> upto;
  double total = 0;
  for (const Weighted& map : maps_) upto.push_back(total += map.weight);
  std::vector<Weighted> drawn;
  for (std::int64_t i = 0; i < samples_; ++i) {
    const auto at = std::upper_bound(upto.begin(), upto.end(), rng_.uniform() * total) - upto.begin();
    drawn.push_back(maps_[std::min(static_cast<std::size_t>(at), maps_.size() - 1)]);
    drawn.back().weight = 1.0 / static_cast<double>(samples_);
  }
  maps_ = std::move(drawn);
  exact_ = false;
}

void WindowPredictor::grow() {
  if (faithful_) return;
  const std::size_t entries = maps_.size() * static_cast<std::size_t>(machine_->num_states);
  if (exact_ && entries > kMaxEntries / static_cast<std::size_t>(machine_->num_letters)) draw_words();
  if (exact_) return grow_exactly();
  for (Weighted& map : maps_) {
    const auto letter = rng_.below(static_cast<std::uint32_t>(machine_->num_letters));
    map.labels = put_in_front(static_cast<automata::Letter>(letter), map.labels);
  }
}

double WindowPredictor::accuracy(const automata::StateDistribution& before) const {
  if (faithful_) return *std::max_element(before.begin(), before.end());
  std::vector<double> mass(static_cast<std::size_t>(machine_->num_labels));
  double result = 0;
  for (const Weighted& map : maps_) {
    std::fill(mass.begin(), mass.end(), 0.0);
    for (std::size_t q = 0; q < before.size(); ++q)
      mass[static_cast<std::size_t>(map.labels[q])] += before[q];
    result += map.weight * *std::max_element(mass.begin(), mass.end());
  }
  return result;
}

}  // namespace anser::tasks
