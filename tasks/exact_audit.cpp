#include "tasks/exact_audit.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "automata/minimize.h"
#include "automata/random_walk.h"
#include "core/base/error.h"
#include "tasks/group_word_problem.h"
#include "tasks/window_predictor.h"

namespace anser::tasks {
namespace {

using automata::Moore;
using automata::StateDistribution;

constexpr int kJudged = kJudgedPositions;

/// Distributions of the state after 0, 1, .. letters; once a step changes nothing they stay.
class Walk {
 public:
  Walk(const Moore& machine, int length) {
    after_.push_back(automata::distribution_after(machine, 0));
    for (int t = 0; t < length; ++t) {
      StateDistribution next = automata::step(machine, after_.back());
      const bool settled = std::equal(next.begin(), next.end(), after_.back().begin(),
                                      [](double a, double b) { return std::fabs(a - b) <= 1e-16; });
      if (settled) return;
      after_.push_back(std::move(next));
    }
  }
  const StateDistribution& after(int t) const {
    return after_[std::min(static_cast<std::size_t>(t), after_.size() - 1)];
  }

 private:
  std::vector<StateDistribution> after_;
};

double largest(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}

/// Mean of `at(t)` over the judged positions t of a word of length T.
double judged_mean(int length, const std::function<double(int)>& at) {
  const int count = std::min(kJudged, length);
  double sum = 0;
  for (int t = length - count + 1; t <= length; ++t) sum += at(t);
  return sum / count;
}

/// Best label for every residue t mod m among the judged positions (m = 1: the constant).
double residue_accuracy(const Moore& machine, const Walk& walk, int length, int m) {
  const int count = std::min(kJudged, length);
  double sum = 0;
  for (int residue = 0; residue < m; ++residue) {
    std::vector<double> mass(static_cast<std::size_t>(machine.num_labels), 0.0);
    for (int t = length - count + 1; t <= length; ++t) {
      if (t % m != residue) continue;
      const auto labels = automata::label_distribution(machine, walk.after(t));
      for (std::size_t i = 0; i < labels.size(); ++i) mass[i] += labels[i];
    }
    sum += largest(mass);
  }
  return sum / count;
}

/// Accuracy of the best guess when a class of the state is told.
double class_accuracy(const StateDistribution& p, const std::vector<std::int32_t>& class_of) {
  std::vector<double> best(static_cast<std::size_t>(*std::max_element(class_of.begin(), class_of.end())) + 1,
                           0.0);
  for (std::size_t q = 0; q < p.size(); ++q) {
    double& value = best[static_cast<std::size_t>(class_of[q])];
    value = std::max(value, p[q]);
  }
  double sum = 0;
  for (const double value : best) sum += value;
  return sum;
}

/// The order in which letters stand never matters.
bool letters_commute(const Moore& machine) {
  for (automata::State q = 0; q < machine.num_states; ++q)
    for (automata::Letter a = 0; a < machine.num_letters; ++a)
      for (automata::Letter b = 0; b < a; ++b)
        if (machine.step(machine.step(q, a), b) != machine.step(machine.step(q, b), a)) return false;
  return true;
}

/// The machine that also counts, modulo p, every letter from `first` to `last`; its states are q * counts +
/// residues.
Moore counting_machine(const Moore& machine, automata::Letter first, automata::Letter last, int p) {
  int counts = 1;
  for (automata::Letter s = first; s <= last; ++s) counts *= p;
  Moore product = machine;
  product.num_states = machine.num_states * counts;
  product.start = machine.start * counts;
  product.next.clear();
  product.label.clear();
  for (automata::State q = 0; q < machine.num_states; ++q)
    for (int residues = 0; residues < counts; ++residues) {
      product.label.push_back(machine.label[static_cast<std::size_t>(q)]);
      for (automata::Letter s = 0, place = 1; s < machine.num_letters; ++s) {
        int counted = residues;
        if (s >= first && s <= last) {
          const int digit = residues / place % p;
          counted += (digit + 1 == p ? -digit : 1) * place;
          place *= p;
        }
        product.next.push_back(machine.step(q, s) * counts + counted);
      }
    }
  return product;
}

/// Accuracy over the judged positions of the best guess that knows those counts modulo p.
double counts_accuracy(const Moore& machine, automata::Letter first, automata::Letter last, int p,
                       int length) {
  const Moore product = counting_machine(machine, first, last, p);
  const auto counts = static_cast<std::size_t>(product.num_states / machine.num_states);
  const auto labels = static_cast<std::size_t>(machine.num_labels);
  const Walk walk(product, length);
  return judged_mean(length, [&](int t) {
    std::vector<double> mass(counts * labels, 0.0);
    const auto& state = walk.after(t);
    for (std::size_t i = 0; i < state.size(); ++i)
      mass[i % counts * labels + static_cast<std::size_t>(product.label[i])] += state[i];
    double sum = 0;
    for (std::size_t c = 0; c < counts; ++c)
      sum += *std::max_element(mass.begin() + static_cast<std::ptrdiff_t>(c * labels),
                               mass.begin() + static_cast<std::ptrdiff_t>((c + 1) * labels));
    return sum;
  });
}

/// What every shortcut needs, and the list that grows.
class Auditor {
 public:
  Auditor(const Task& task, const std::vector<int>& lengths, const AuditOptions& options)
      : task_(task),
        lengths_(lengths),
        options_(options),
        machine_(task.machine().num_states == task.machine().num_labels ? task.machine()
                                                                        : automata::minimize(task.machine())),
        longest_(*std::max_element(lengths.begin(), lengths.end())),
        walk_(machine_, longest_) {}

  std::vector<Shortcut> run() {
    audit_windows();
    std::vector<Shortcut> result;
    for (const int length : lengths_) {
      add_exact(result, "constant", length, residue_accuracy(machine_, walk_, length, 1));
      add_exact(result, "answer only (position)", length, judged_mean(length, [&](int t) {
                  return largest(automata::label_distribution(machine_, walk_.after(t)));
                }));
      for (int m = 2; m <= 12; ++m)
        add_exact(result, fmt::format("length mod {}", m), length,
                  residue_accuracy(machine_, walk_, length, m));
      for (const Shortcut& window : windows_)
        if (window.length == length) result.push_back(window);
      if (const auto* group = as_group(task_))
        add_group_classes(result, group->group(), length);
      else
        add_letter_counts(result, length);
    }
    return result;
  }

 private:
  void add_exact(std::vector<Shortcut>& list, std::string name, int length, double accuracy) const {
    list.push_back(
        {.name = std::move(name), .length = length, .accuracy = accuracy, .low = accuracy, .high = accuracy});
  }

  /// Windows w = 1, 2, 3, 4, 8, 16, .. <= T/2 for every length T, in one growing pass.
  void audit_windows() {
    WindowPredictor predictor(machine_, options_.samples, Rng(options_.seed).split("shortcut audit"));
    for (int w = 1; w <= longest_ / 2; ++w) {
      predictor.grow();
      if (w > 4 && (w & (w - 1)) != 0) continue;
      for (const int length : lengths_) {
        if (w > length / 2) continue;
        const double accuracy =
            judged_mean(length, [&](int t) { return t <= w ? 1.0 : predictor.accuracy(walk_.after(t - w)); });
        const std::string name = fmt::format("last {} token{}", w, w == 1 ? "" : "s");
        if (predictor.exact())
          add_exact(windows_, name, length, accuracy);
        else
          windows_.push_back(estimated_shortcut(name, length, accuracy, options_.samples));
      }
    }
  }

  void add_group_classes(std::vector<Shortcut>& list, const automata::PermutationGroup& group,
                         int length) const {
    const auto classes = group.abelian_classes();
    const auto order = *std::max_element(classes.begin(), classes.end()) + 1;
    add_exact(list, fmt::format("letter counts (abelianisation of order {})", order), length,
              judged_mean(length, [&](int t) { return class_accuracy(walk_.after(t), classes); }));
    std::vector<std::int32_t> odd;
    for (automata::Element i = 0; i < group.order(); ++i) odd.push_back(group.sign(i) < 0 ? 1 : 0);
    if (std::find(odd.begin(), odd.end(), 1) == odd.end()) return;
    add_exact(list, "sign", length,
              judged_mean(length, [&](int t) { return class_accuracy(walk_.after(t), odd); }));
  }

  void add_letter_counts(std::vector<Shortcut>& list, int length) const {
    if (letters_commute(machine_)) return add_exact(list, "letter counts", length, 1.0);
    const automata::Letter last = machine_.num_letters - 1;
    for (const int p : {2, 3, 5}) {
      if (machine_.num_states * std::pow(p, machine_.num_letters) <= 1 << 14) {
        add_exact(list, fmt::format("letter counts mod {}", p), length,
                  counts_accuracy(machine_, 0, last, p, length));
        continue;
      }
      double best = 0;
      for (automata::Letter s = 0; s <= last; ++s)
        best = std::max(best, counts_accuracy(machine_, s, s, p, length));
      add_exact(list, fmt::format("count of one letter mod {}", p), length, best);
    }
  }

  const Task& task_;
  const std::vector<int>& lengths_;
  const AuditOptions& options_;
  Moore machine_;
  int longest_;
  Walk walk_;
  std::vector<Shortcut> windows_;
};

}  // namespace

std::vector<Shortcut> exact_shortcuts(const Task& task, const std::vector<int>& lengths,
                                      const AuditOptions& options) {
  return Auditor(task, lengths, options).run();
}

std::vector<double> window_floor(const Task& task, int window, int length, const AuditOptions& options) {
  require(window >= 0, "tasks::window_floor", "window must be at least 0, got {}", window);
  require(length >= 0, "tasks::window_floor", "length must be at least 0, got {}", length);
  const Moore& machine = task.machine();
  const Walk walk(machine, length);
  WindowPredictor predictor(machine, options.samples, Rng(options.seed).split("window floor"));
  for (int w = 0; w < std::min(window, length); ++w) predictor.grow();
  std::vector<double> floor;
  for (int t = 1; t <= length; ++t)
    floor.push_back(t <= window ? 1.0 : predictor.accuracy(walk.after(t - window)));
  return floor;
}

}  // namespace anser::tasks
