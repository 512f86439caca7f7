#include "tasks/mqar.h"

#include <cmath>

#include "core/base/error.h"
#include "tasks/distinct_draws.h"
#include "tasks/power_law_slots.h"
#include "tasks/real_parameter.h"

namespace anser::tasks {
namespace {

using Tokens = std::vector<std::int32_t>;

/// Tokens first..first+count-1 of one kind.
struct Range {
  std::int32_t first = 0;
  std::int32_t count = 0;
};

void fill_uniform(Rng& rng, int vocabulary, std::span<std::int32_t> tokens) {
  for (auto& token : tokens)
    token = static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(vocabulary)));
}

/// The plain rule and, with updates, the forgetting one.
class Mqar : public Task {
 public:
  Mqar(TaskFacts facts, int vocabulary, int pairs, int updates, double a)
      : Task(std::move(facts)), vocabulary_(vocabulary), pairs_(pairs), updates_(updates), slots_(a) {}

  static Range keys(int vocabulary) { return {1, vocabulary / 2 - 1}; }
  static Range values(int vocabulary) { return {vocabulary / 2, vocabulary - vocabulary / 2}; }

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override {
    const auto [first_key, num_keys] = keys(vocabulary_);
    const auto [first_value, num_values] = values(vocabulary_);
    const auto pairs = static_cast<std::size_t>(pairs_);
    Tokens key(pairs), value(pairs), slot(pairs);
    draw_distinct(rng, first_key, num_keys, key);
    draw_distinct(rng, first_value, num_values, value);
    std::size_t t = 0;
    for (std::size_t i = 0; i < pairs; ++i) {
      input[t++] = key[i];
      input[t++] = value[i];
    }
    Tokens again(static_cast<std::size_t>(updates_));
    draw_distinct(rng, 0, pairs_, again);
    for (const auto i : again) {
      auto& bound = value[static_cast<std::size_t>(i)];
      const auto other =
          first_value + static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(num_values - 1)));
      bound = other + (other >= bound ? 1 : 0);
      input[t++] = key[static_cast<std::size_t>(i)];
      input[t++] = bound;
    }
    fill_uniform(rng, vocabulary_, input.subspan(t));
    slots_.draw(rng, static_cast<std::int64_t>(input.size() - t) / 2, slot);
    for (std::size_t i = 0; i < pairs; ++i) {
      const std::size_t place = t + 2 * static_cast<std::size_t>(slot[i]);
      input[place] = key[i];
      target[place] = value[i];
    }
  }

 private:
  int vocabulary_;
  int pairs_;
  int updates_;
  PowerLawSlots slots_;
};

class CompositionalMqar : public Task {
 public:
  CompositionalMqar(TaskFacts facts, int vocabulary, int side, double a)
      : Task(std::move(facts)), vocabulary_(vocabulary), side_(side), slots_(a) {}

  static Range first_keys(int vocabulary) { return {1, vocabulary / 3 - 1}; }
  static Range second_keys(int vocabulary) { return {vocabulary / 3, vocabulary / 3}; }
  static Range values(int vocabulary) { return {2 * (vocabulary / 3), vocabulary - 2 * (vocabulary / 3)}; }

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override {
    const auto side = static_cast<std::size_t>(side_), cells = side * side;
    Tokens first(side), second(side), value(cells), order(cells), slot(cells);
    draw_distinct(rng, first_keys(vocabulary_).first, first_keys(vocabulary_).count, first);
    draw_distinct(rng, second_keys(vocabulary_).first, second_keys(vocabulary_).count, second);
    draw_distinct(rng, values(vocabulary_).first, values(vocabulary_).count, value);
    draw_distinct(rng, 0, static_cast<std::int32_t>(cells), order);
    const auto first_of = [&](std::size_t i) { return first[static_cast<std::size_t>(order[i]) / side]; };
    const auto second_of = [&](std::size_t i) { return second[static_cast<std::size_t>(order[i]) % side]; };
    for (std::size_t i = 0; i < cells; ++i) {
      input[3 * i] = first_of(i);
      input[3 * i + 1] = second_of(i);
      input[3 * i + 2] = value[i];
    }
    fill_uniform(rng, vocabulary_, input.subspan(3 * cells));
    slots_.draw(rng, static_cast<std::int64_t>(input.size() - 3 * cells) / 3, slot);
    for (std::size_t i = 0; i < cells; ++i) {
      const std::size_t place = 3 * cells + 3 * static_cast<std::size_t>(slot[i]);
      input[place] = first_of(i);
      input[place + 1] = second_of(i);
      target[place + 1] = value[i];
    }
  }

 private:
  int vocabulary_;
  int side_;
  PowerLawSlots slots_;
};

/// Token k * H + v is the pair (k, v), token H * H + k the question for k; H keys and H values.
class StackedMqar : public Task {
 public:
  StackedMqar(TaskFacts facts, int half, int pairs) : Task(std::move(facts)), half_(half), pairs_(pairs) {}

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override {
    const auto pairs = static_cast<std::size_t>(pairs_);
    Tokens key(pairs), value(pairs), order(pairs);
    draw_distinct(rng, 0, half_, key);
    draw_distinct(rng, 0, half_, value);
    for (std::size_t begin = 0; begin < input.size(); begin += pairs) {
      draw_distinct(rng, 0, pairs_, order);
      const bool asked = begin + pairs == input.size();
      for (std::size_t j = 0; j < pairs; ++j) {
        const auto i = static_cast<std::size_t>(order[j]);
        input[begin + j] = asked ? half_ * half_ + key[i] : half_ * key[i] + value[i];
        if (asked) target[begin + j] = value[i];
      }
    }
  }

 private:
  int half_;
  int pairs_;
};

TaskFacts recall_facts(int values, int pairs) {
  TaskFacts facts;
  facts.hardness = fmt::format(
      "associative recall: regular for fixed V, but the automaton has more than {}^{} states; a recurrent "
      "state needs "
      "Omega(K log V) bits, attention looks the key up (Arora et al. 2024)",
      values - pairs + 1, pairs);
  facts.citation = "Arora, Eyuboglu et al. 2024, Zoology (arXiv 2312.04927)";
  facts.fidelity = Fidelity::port;
  facts.chance = 1.0 / values;  // each value is as likely as any other at every query
  return facts;
}

void name_tokens(TaskFacts& facts, Range range, const char* prefix) {
  facts.token_names.resize(
      std::max(facts.token_names.size(), static_cast<std::size_t>(range.first + range.count)), "0");
  for (std::int32_t i = range.first; i < range.first + range.count; ++i)
    facts.token_names[static_cast<std::size_t>(i)] = fmt::format("{}{}", prefix, i);
}

/// zoology's lengths for K pairs, 64 (K = 4), 128 (8), 256 (16 and more) where they fit; tests go on to four
/// times that, so that gaps grow.
void set_lengths(TaskFacts& facts, LengthRule rule, int pairs) {
  facts.lengths = rule;
  const int usual = rule.at_least(std::min(std::max(64, 16 * pairs), 256));
  facts.train_lengths = usual;
  facts.test_lengths = {usual, 4 * usual};
}

void require_room(const Id& id, const char* what, int wanted, std::int64_t present) {
  require(wanted <= present, print_id(id), "{} different {} are wanted and V gives {}; wanted a larger V",
          wanted, what, present);
}

struct Sizes {
  int vocabulary = 0;
  int pairs = 0;
  double a = 0;
};

std::unique_ptr<Task> make_plain(const Id& id, Sizes size, bool forgetting) {
  const auto [V, K, a] = size;
  require_room(id, "keys", K, Mqar::keys(V).count);
  require_room(id, "values", K, Mqar::values(V).count);
  const int updates = forgetting ? static_cast<int>(id.get_int("updates", std::max(1, K / 2), 1, K)) : 0;
  if (forgetting) require_room(id, "values", 2, Mqar::values(V).count);
  TaskFacts facts = recall_facts(Mqar::values(V).count, K);
  facts.id = forgetting ? fmt::format("mqar[variant=forgetting,V={},K={},updates={},a={}]", V, K, updates, a)
                        : fmt::format("mqar[V={},K={},a={}]", V, K, a);
  facts.title = forgetting ? fmt::format("recall of {} values, {} of them bound anew", K, updates)
                           : fmt::format("recall of {} values by their keys", K);
  facts.source = forgetting ? "HazyResearch/zoology, zoology/data/forgetting_mqar.py"
                            : "HazyResearch/zoology, zoology/data/multiquery_ar.py";
  facts.token_set = fmt::format("keys 1 to {}, values {} to {}, filler of all", V / 2 - 1, V / 2, V - 1);
  name_tokens(facts, Mqar::keys(V), "k");
  name_tokens(facts, Mqar::values(V), "v");
  facts.label_names = facts.token_names;
  set_lengths(facts, {4 * K + 2 * updates, 2}, K);
  return std::make_unique<Mqar>(std::move(facts), V, K, updates, a);
}

std::unique_ptr<Task> make_compositional(const Id& id, Sizes size) {
  const auto [V, K, a] = size;
  const int side = static_cast<int>(std::lround(std::sqrt(K)));
  require(side * side == K, print_id(id), "K={} is no square: pairs of keys form a full grid", K);
  require_room(id, "first keys", side, CompositionalMqar::first_keys(V).count);
  require_room(id, "values", K, CompositionalMqar::values(V).count);
  TaskFacts facts = recall_facts(CompositionalMqar::values(V).count, K);
  facts.id = fmt::format("mqar[variant=compositional,V={},K={},a={}]", V, K, a);
  facts.title = fmt::format("recall of {} values, each by two keys", K);
  facts.source = "HazyResearch/zoology, zoology/data/compositional_mqar.py";
  facts.token_set = "first keys, second keys, values: a third each";
  name_tokens(facts, CompositionalMqar::first_keys(V), "j");
  name_tokens(facts, CompositionalMqar::second_keys(V), "k");
  name_tokens(facts, CompositionalMqar::values(V), "v");
  facts.label_names = facts.token_names;
  set_lengths(facts, {6 * K, 2}, K);
  return std::make_unique<CompositionalMqar>(std::move(facts), V, side, a);
}

std::unique_ptr<Task> make_stacked(const Id& id, int V, int K) {
  require(V <= 512 && V % 2 == 0, print_id(id),
          "V={}: here a pair is one token, {} of them; wanted an even V up to 512", V,
          static_cast<std::int64_t>(V / 2) * (V / 2));
  const int half = V / 2;
  require_room(id, "keys", K, half);
  TaskFacts facts = recall_facts(half, K);
  facts.id = fmt::format("mqar[variant=stacked,V={},K={}]", V, K);
  facts.title = fmt::format("recall of {} values by their keys, a pair in one token", K);
  facts.source = "HazyResearch/zoology, zoology/data/stacked_mqar.py (sums of two vectors there)";
  facts.fidelity = Fidelity::inspired;
  facts.token_set = fmt::format("{} pairs and {} questions", half * half, half);
  for (int k = 0; k < half; ++k)
    for (int v = 0; v < half; ++v) facts.token_names.push_back(fmt::format("k{}=v{}", k, v));
  for (int k = 0; k < half; ++k) facts.token_names.push_back(fmt::format("k{}?", k));
  for (int v = 0; v < half; ++v) facts.label_names.push_back(fmt::format("v{}", v));
  facts.lengths = {2 * K, K};
  facts.train_lengths = facts.test_lengths = 2 * K;
  return std::make_unique<StackedMqar>(std::move(facts), half, K);
}

}  // namespace

std::unique_ptr<Task> make_mqar(const Id& id) {
  const std::string variant = id.get("variant", "plain");
  require(variant != "continuous", print_id(id),
          "the continuous variant feeds vectors and tasks here are tokens; variant=stacked is the nearest");
  const std::vector<std::string> variants = {"plain", "forgetting", "compositional", "stacked"};
  require(std::find(variants.begin(), variants.end(), variant) != variants.end(), print_id(id),
          "unknown variant \"{}\"{}", variant, suggest(variant, variants));
  std::vector<std::string> known = {"variant", "V", "K"};
  if (variant != "stacked") known.push_back("a");
  if (variant == "forgetting") known.push_back("updates");
  id.require_known(known);
  Sizes size;
  size.vocabulary = static_cast<int>(id.get_int("V", variant == "stacked" ? 64 : 8192, 6, 1 << 20));
  size.pairs = static_cast<int>(id.get_int("K", 4, 1, 1 << 16));
  if (variant == "stacked") return make_stacked(id, size.vocabulary, size.pairs);
  size.a = get_real(id, "a", 0.01, 0.0001, 10);
  if (variant == "compositional") return make_compositional(id, size);
  return make_plain(id, size, variant == "forgetting");
}

}  // namespace anser::tasks
