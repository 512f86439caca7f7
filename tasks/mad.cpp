#include "tasks/mad.h"

#include "core/base/error.h"
#include "tasks/distinct_draws.h"
#include "tasks/mad_fuzzy_recall.h"
#include "tasks/mad_sequence.h"
#include "tasks/real_parameter.h"

namespace anser::tasks {
namespace {

using Tokens = std::vector<std::int32_t>;

std::int32_t one_of(Rng& rng, std::size_t count) {
  return static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(count)));
}

/// In-context and noisy recall: keys 0.., then values, then noise.
class MadRecall : public Task {
 public:
  MadRecall(TaskFacts facts, int keys, int values, int noise, double p)
      : Task(std::move(facts)), keys_(keys), values_(values), noise_(noise), p_(p) {}

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override {
    MadSequence sequence(input, target, facts().supervision == Supervision::language_model);
    Tokens value_of(static_cast<std::size_t>(keys_), -1);
    Tokens seen;
    const std::size_t pairs = (input.size() + 1) / 2;
    const auto surely_a_pair = static_cast<std::size_t>(one_of(rng, pairs - 1));
    for (std::size_t i = 0; i + 1 < pairs; ++i) {
      if (p_ > 0 && i != surely_a_pair && rng.uniform() < p_) {
        for (int j = 0; j < 2; ++j)
          sequence.put(keys_ + values_ + one_of(rng, static_cast<std::size_t>(noise_)), false);
        continue;
      }
      const std::int32_t key = one_of(rng, static_cast<std::size_t>(keys_));
      auto& value = value_of[static_cast<std::size_t>(key)];
      const bool known = value >= 0;
      if (!known) {
        value = keys_ + one_of(rng, static_cast<std::size_t>(values_));
        seen.push_back(key);
      }
      sequence.put(key, false);
      sequence.put(value, known);
    }
    const std::int32_t asked = seen[static_cast<std::size_t>(one_of(rng, seen.size()))];
    sequence.put(asked, false);
    sequence.put(value_of[static_cast<std::size_t>(asked)], true);
  }

 private:
  int keys_;
  int values_;
  int noise_;
  double p_;
};

/// V-2 tokens to copy, V-2 the blank, V-1 the copy token.
class SelectiveCopying : public Task {
 public:
  SelectiveCopying(TaskFacts facts, int vocabulary, int copies)
      : Task(std::move(facts)), vocabulary_(vocabulary), copies_(static_cast<std::size_t>(copies)) {}

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override {
    const std::size_t blanks = input.size() - 2 * copies_ - 1;
    std::vector<std::size_t> blanks_before(copies_);
    for (std::size_t i = 0; i < blanks; ++i) ++blanks_before[static_cast<std::size_t>(one_of(rng, copies_))];
    std::fill(input.begin(), input.end(), vocabulary_ - 2);
    const std::size_t answers = input.size() - copies_;
    std::size_t t = 0;
    for (std::size_t i = 0; i < copies_; ++i) {
      t += blanks_before[i];
      input[t++] = target[answers + i] = one_of(rng, static_cast<std::size_t>(vocabulary_ - 2));
    }
    input[answers - 1] = vocabulary_ - 1;
  }

 private:
  int vocabulary_;
  std::size_t copies_;
};

/// V-1 the compression token, V + i the request for symbol i.
class Compression : public Task {
 public:
  Compression(TaskFacts facts, int vocabulary, int symbols)
      : Task(std::move(facts)), vocabulary_(vocabulary), symbols_(static_cast<std::size_t>(symbols)) {}

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override {
    for (std::size_t t = 0; t < symbols_; ++t)
      input[t] = one_of(rng, static_cast<std::size_t>(vocabulary_ - 1));
    input[symbols_] = vocabulary_ - 1;
    for (std::size_t t = symbols_ + 1; t < input.size(); ++t) {
      const std::int32_t place = one_of(rng, symbols_);
      input[t] = vocabulary_ + place;
      target[t] = input[static_cast<std::size_t>(place)];
    }
  }

 private:
  int vocabulary_;
  std::size_t symbols_;
};

/// Keys 0.., values behind them, V-1 the place of the answer.
class Memorization : public Task {
 public:
  Memorization(TaskFacts facts, int vocabulary)
      : Task(std::move(facts)),
        ask_(vocabulary - 1),
        value_of_(static_cast<std::size_t>((vocabulary - 1) / 2)) {
    Rng rng = Rng(12345).split("mad memorization").split(static_cast<std::uint64_t>(vocabulary));
    const auto keys = static_cast<std::int32_t>(value_of_.size());
    draw_distinct(rng, keys, vocabulary - 1 - keys, value_of_);
  }

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override {
    for (std::size_t t = 0; t + 1 < input.size(); t += 2) {
      input[t] = one_of(rng, value_of_.size());
      input[t + 1] = ask_;
      target[t + 1] = value_of_[static_cast<std::size_t>(input[t])];
    }
  }

 private:
  std::int32_t ask_;
  Tokens value_of_;  // [keys]
};

TaskFacts mad_facts(const char* source) {
  TaskFacts facts;
  facts.citation =
      "Poli et al. 2024, Mechanistic Design and Scaling of Hybrid Architectures (arXiv 2403.17844)";
  facts.source = fmt::format("athms/mad-lab, mad/data/instances.py, {}", source);
  facts.fidelity = Fidelity::port;
  return facts;
}

void add_tokens(TaskFacts& facts, const char* prefix, int count) {
  for (int i = 0; i < count; ++i) facts.token_names.push_back(fmt::format("{}{}", prefix, i));
}

std::unique_ptr<Task> make_recall(const Id& id, bool noisy) {
  id.require_known(noisy ? std::vector<std::string>{"task", "V", "noise", "p", "mode"}
                         : std::vector<std::string>{"task", "V", "mode"});
  const int V = static_cast<int>(id.get_int("V", noisy ? 32 : 16, 2, 1 << 20));
  const int noise = noisy ? static_cast<int>(id.get_int("noise", 16, 1, V)) : 0;
  const double p = noisy ? get_real(id, "p", 0.2, 0, 0.99) : 0;
  const int keys = (V - noise) / 2, values = V - noise - keys;
  require(keys >= 1, print_id(id), "V={} leaves {} tokens for keys and values; wanted at least 2", V,
          V - noise);
  const Supervision mode = recall_mode(id);
  TaskFacts facts = mad_facts("generate_in_context_recall_instance (multi_query)");
  facts.id = noisy
                 ? fmt::format("mad[task=noisy_recall,V={},noise={},p={}{}]", V, noise, p, mode_suffix(mode))
                 : fmt::format("mad[task=in_context_recall,V={}{}]", V, mode_suffix(mode));
  facts.title = noisy ? "recall of values by keys among noise" : "recall of values by keys";
  facts.hardness = fmt::format(
      "associative recall: regular for fixed V, with at least ({} + 1)^{} states; attention looks the key up",
      values, keys);
  facts.token_set = noisy ? "keys, values, noise" : "keys, values";
  facts.supervision = mode;
  facts.modes = {Supervision::tagging, Supervision::language_model};
  add_tokens(facts, "k", keys);
  add_tokens(facts, "v", values);
  add_tokens(facts, "n", noise);
  facts.label_names = facts.token_names;
  facts.lengths = {3, 2};
  facts.train_lengths = facts.test_lengths = 127;
  facts.chance =
      mode == Supervision::tagging
          ? 1.0 / values
          : std::max((1 - p) / 2 / keys, noise > 0 ? p / noise : 0);  // values are no fewer than keys
  return std::make_unique<MadRecall>(std::move(facts), keys, values, noise, p);
}

std::unique_ptr<Task> make_in_context_recall(const Id& id) {
  return make_recall(id, false);
}

std::unique_ptr<Task> make_noisy_recall(const Id& id) {
  return make_recall(id, true);
}

std::unique_ptr<Task> make_selective_copying(const Id& id) {
  id.require_known({"task", "V", "copy"});
  const int V = static_cast<int>(id.get_int("V", 16, 3, 1 << 20));
  const int copies = static_cast<int>(id.get_int("copy", 16, 1, 1 << 20));
  TaskFacts facts = mad_facts("generate_copying_instance (selective)");
  facts.id = fmt::format("mad[task=selective_copying,V={},copy={}]", V, copies);
  facts.title = fmt::format("copy {} tokens strewn among blanks", copies);
  facts.hardness = fmt::format(
      "not state tracking but memory: regular for fixed sizes, with at least {}^{} states; in TC0 (counting "
      "finds "
      "the i-th token)",
      V - 2, copies);
  facts.token_set = "tokens, blank, copy token";
  add_tokens(facts, "t", V - 2);
  facts.token_names.insert(facts.token_names.end(), {"_", "copy"});
  facts.label_names.assign(facts.token_names.begin(), facts.token_names.end() - 2);
  facts.special_tokens = {{"_", "blank; asks for the next token behind the copy token"},
                          {"copy", "answers begin"}};
  facts.lengths = {2 * copies + 2, 1};
  facts.train_lengths = facts.test_lengths = facts.lengths.at_least(256);
  facts.chance = 1.0 / (V - 2);
  return std::make_unique<SelectiveCopying>(std::move(facts), V, copies);
}

std::unique_ptr<Task> make_compression(const Id& id) {
  id.require_known({"task", "V", "symbols"});
  const int V = static_cast<int>(id.get_int("V", 16, 2, 1 << 20));
  const int symbols = static_cast<int>(id.get_int("symbols", 31, 1, 1 << 20));
  TaskFacts facts = mad_facts("generate_compression_instance (decoded in one go there)");
  facts.fidelity = Fidelity::inspired;
  facts.id = fmt::format("mad[task=compression,V={},symbols={}]", V, symbols);
  facts.title = fmt::format("keep {} symbols and answer any of them by its place", symbols);
  facts.hardness = fmt::format(
      "not state tracking but memory: regular for fixed sizes, with at least {}^{} states; in AC0 (indexing)",
      V - 1, symbols);
  facts.token_set = "symbols, compression token, requests";
  add_tokens(facts, "s", V - 1);
  facts.label_names = facts.token_names;
  facts.token_names.push_back("c");
  add_tokens(facts, "?", symbols);
  facts.special_tokens = {{"c", "the symbols have ended"}};
  for (int i = 0; i < symbols; ++i)
    facts.special_tokens.push_back({fmt::format("?{}", i), fmt::format("asks for symbol {}", i)});
  facts.lengths = {symbols + 2, 1};
  facts.train_lengths = facts.test_lengths = 2 * symbols + 2;
  facts.chance = 1.0 / (V - 1);
  return std::make_unique<Compression>(std::move(facts), V, symbols);
}

std::unique_ptr<Task> make_memorization(const Id& id) {
  id.require_known({"task", "V"});
  const int V = static_cast<int>(id.get_int("V", 256, 3, 1 << 20));
  const int keys = (V - 1) / 2;
  TaskFacts facts = mad_facts("generate_memorization_instance");
  facts.id = fmt::format("mad[task=memorization,V={}]", V);
  facts.title = fmt::format("a fixed map of {} keys, to be learnt by heart", keys);
  facts.hardness = "definite, so star-free and in AC0: the answer depends on the last two tokens alone";
  facts.token_set = "keys, values (never read), ?";
  add_tokens(facts, "k", keys);
  add_tokens(facts, "v", V - 1 - keys);
  facts.token_names.push_back("?");
  facts.label_names = facts.token_names;
  facts.special_tokens = {{"?", "asks for the value of the key before"}};
  facts.lengths = {2, 2};
  facts.train_lengths = facts.test_lengths = 32;
  facts.chance = 1.0 / keys;  // keys are uniform and their values differ
  return std::make_unique<Memorization>(std::move(facts), V);
}

struct Member {
  const char* name;
  std::unique_ptr<Task> (*make)(const Id& id);
};

constexpr Member kMembers[] = {
    {"in_context_recall", make_in_context_recall},
    {"fuzzy_recall", make_mad_fuzzy_recall},
    {"noisy_recall", make_noisy_recall},
    {"selective_copying", make_selective_copying},
    {"compression", make_compression},
    {"memorization", make_memorization},
};

}  // namespace

std::unique_ptr<Task> make_mad(const Id& id) {
  const std::string name = id.get("task", "in_context_recall");
  std::vector<std::string> names;
  for (const auto& member : kMembers) {
    if (name == member.name) return member.make(id);
    names.push_back(member.name);
  }
  fail(print_id(id), "unknown task \"{}\"{}", name, suggest(name, names));
}

}  // namespace anser::tasks
