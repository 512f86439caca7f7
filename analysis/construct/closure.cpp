#include "analysis/construct/closure.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/max.h>
#include <ATen/ops/round.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "analysis/construct/bit_store.h"
#include "analysis/construct/directed_search.h"
#include "analysis/construct/letter_steps.h"
#include "automata/minimize.h"
#include "core/base/error.h"

namespace anser::construct {
namespace {

constexpr std::int64_t kRowsAtOnce = 2048;
constexpr std::int64_t kNumbersAtOnce = 1 << 23;  // of WKV states in one batch
constexpr std::uint32_t kRoot = std::numeric_limits<std::uint32_t>::max();

/// A reached pair, and the letter that led to it from its parent.
struct Node {
  std::uint32_t bits = 0;
  automata::State target = 0;
  std::uint32_t parent = kRoot;
  automata::Letter letter = 0;
};

/// Entries rounded to 1/64 of the largest, so that the drift a home already holds does not count.
at::Tensor snapped(const at::Tensor& home) {
  const double unit = at::abs(home).max().item<double>() / 64;
  return unit > 0 ? at::round(home / unit) * unit : home;
}

class Search {
 public:
  Search(const OneLayer& model, const automata::Moore& target, const ClosureOptions& options,
         std::string_view where)
      : model_(model),
        target_(target),
        options_(options),
        letters_(match_letters(model, target, where)),
        store_(model.heads(), model.head_size()) {
    result_.target_states = target.num_states;
    result_.margin = std::numeric_limits<double>::infinity();
  }

  Closure run() {
    begin();
    while (next_ < nodes_.size() && !result_.failing_word && boundary_count_ <= options_.max_states) expand();
    result_.states = boundary_count_;
    result_.micro_states = static_cast<std::int64_t>(store_.size());
    if (result_.failing_word) {
      result_.verdict = Verdict::refuted;
    } else if (boundary_count_ <= options_.max_states) {
      result_.verdict = Verdict::proved;
      result_.quotient_equal =
          nodes_.size() == static_cast<std::size_t>(boundary_count_) && boundary_count_ == target_.num_states;
    } else {
      search_on();
    }
    if (result_.failing_word)
      for (const automata::Letter s : result_.failing_word->letters)
        result_.failing_word->names.push_back(target_.letter_names[static_cast<std::size_t>(s)]);
    return std::move(result_);
  }

 private:
  std::int64_t state_numbers() const { return model_.heads() * model_.head_size() * model_.head_size(); }

  /// The state after BOS and the answer to the empty word; without a BOS there is no such answer.
  void begin() {
    start_ = model_.fresh();
    if (const auto bos = model_.letters().bos) {
      const auto answer = model_.step(std::vector{*bos}, start_);
      start_ = answer.wkv;
      check(logits_row(answer, 0), target_.start, kRoot, std::nullopt);
    }
    visit(start_.const_data_ptr<float>(), target_.start, kRoot, 0);
  }

  /// Compares an answer with the target's; on a mismatch keeps the failing word.
  void check(std::span<const float> logits, automata::State state, std::uint32_t parent,
             std::optional<automata::Letter> letter) {
    const std::int64_t wanted = target_.label[static_cast<std::size_t>(state)];
    const double here = margin(logits, wanted);
    if (here > 0) {
      result_.margin = std::min(result_.margin, here);
      return;
    }
    FailingWord word{path_to(parent), {}, wanted, answered_label(logits)};
    if (letter) word.letters.push_back(*letter);
    result_.failing_word = std::move(word);
  }

  std::vector<automata::Letter> path_to(std::uint32_t node) const {
    std::vector<automata::Letter> path;
    for (; node != kRoot && nodes_[node].parent != kRoot; node = nodes_[node].parent)
      path.push_back(nodes_[node].letter);
    std::reverse(path.begin(), path.end());
    return path;
  }

  void visit(const float* wkv, automata::State target, std::uint32_t parent, automata::Letter letter) {
    const std::uint32_t bits = store_.insert(wkv);
    if (bits >= at_boundary_.size()) at_boundary_.resize(bits + 1, false);
    if (!at_boundary_[bits]) {
      at_boundary_[bits] = true;
      ++boundary_count_;
    }
    const std::uint64_t pair = std::uint64_t(bits) << 32 | static_cast<std::uint32_t>(target);
    if (known_.emplace(pair, static_cast<std::uint32_t>(nodes_.size())).second)
      nodes_.push_back({bits, target, parent, letter});
  }

  /// Every letter from the next few nodes, taken in the order of the search.
  void expand() {
    const std::int64_t letters = target_.num_letters, size = state_numbers();
    const std::int64_t rows_at_once = std::max(letters, std::min(kRowsAtOnce, kNumbersAtOnce / size));
    const auto nodes =
        std::min<std::int64_t>(rows_at_once / letters, static_cast<std::int64_t>(nodes_.size() - next_));
    at::Tensor wkv =
        at::empty({nodes * letters, model_.heads(), model_.head_size(), model_.head_size()}, at::kFloat);
    float* numbers = wkv.mutable_data_ptr<float>();
    std::vector<std::span<const std::int64_t>> words;
    for (std::int64_t i = 0; i < nodes; ++i)
      for (automata::Letter s = 0; s < letters; ++s) {
        store_.load(nodes_[next_ + static_cast<std::size_t>(i)].bits, numbers + (i * letters + s) * size);
        words.push_back(letters_[static_cast<std::size_t>(s)]);
      }
    const auto answer = read_letters(model_, words, wkv, [&](const at::Tensor& inside) {
      for (std::int64_t row = 0; row < inside.size(0); ++row)
        store_.insert(inside.const_data_ptr<float>() + row * size);
    });
    for (std::int64_t row = 0; row < nodes * letters && !result_.failing_word; ++row) {
      const auto parent = static_cast<std::uint32_t>(next_ + static_cast<std::size_t>(row / letters));
      const auto letter = static_cast<automata::Letter>(row % letters);
      const automata::State state = target_.step(nodes_[parent].target, letter);
      check(logits_row(answer, row), state, parent, letter);
      visit(answer.wkv.const_data_ptr<float>() + row * size, state, parent, letter);
    }
    next_ += static_cast<std::size_t>(nodes);
    if (options_.on_progress) options_.on_progress(boundary_count_, 0);
  }

  void search_on() {
    if (options_.search_length <= 0) return;
    DirectedSearch plan{model_, target_, letters_, {}, start_, options_.search_length};
    plan.homes.resize(static_cast<std::size_t>(target_.num_states));
    for (const Node& node : nodes_) {
      at::Tensor& home = plan.homes[static_cast<std::size_t>(node.target)];
      if (home.defined()) continue;
      home = at::empty({model_.heads(), model_.head_size(), model_.head_size()}, at::kFloat);
      store_.load(node.bits, home.mutable_data_ptr<float>());
      home = snapped(home);
    }
    DirectedResult found = search(plan, [&](std::int64_t searched) {
      if (options_.on_progress) options_.on_progress(boundary_count_, searched);
    });
    result_.searched = found.searched;
    result_.failing_word = std::move(found.failing_word);
  }

  const OneLayer& model_;
  const automata::Moore& target_;
  const ClosureOptions& options_;
  const std::vector<std::vector<std::int64_t>> letters_;
  StateStore store_;
  std::vector<Node> nodes_;
  std::unordered_map<std::uint64_t, std::uint32_t> known_;
  std::vector<bool> at_boundary_;
  std::int64_t boundary_count_ = 0;
  std::size_t next_ = 0;
  at::Tensor start_;
  Closure result_;
};

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  if (verdict == Verdict::proved) return "PROVED";
  return verdict == Verdict::refuted ? "REFUTED" : "UNDECIDED";
}

Closure prove(const TensorFile& file, std::string_view where, const automata::Moore& target,
              const ClosureOptions& options) {
  const automata::Moore minimal = automata::minimize(target);
  const OneLayer model(file, where, options.precision);
  return Search(model, minimal, options, where).run();
}

Json closure_json(const Closure& closure, const automata::Moore& target) {
  Json json{{"verdict", verdict_name(closure.verdict)},
            {"states", closure.states},
            {"micro_states", closure.micro_states},
            {"target_states", closure.target_states},
            {"quotient_equal", closure.quotient_equal},
            {"margin", closure.margin},
            {"searched", closure.searched}};
  if (!closure.failing_word) return json;
  const FailingWord& word = *closure.failing_word;
  const auto label = [&](std::int64_t id) {
    return id < 0 ? Json(nullptr) : Json(target.label_names[static_cast<std::size_t>(id)]);
  };
  json["failing_word"] = {{"letters", word.names},
                          {"ids", word.letters},
                          {"length", word.letters.size()},
                          {"wanted", word.wanted},
                          {"wanted_label", label(word.wanted)},
                          {"got", word.got < 0 ? Json(nullptr) : Json(word.got)},
                          {"got_label", label(word.got)}};
  return json;
}

}  // namespace anser::construct
