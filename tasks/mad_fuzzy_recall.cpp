#include "tasks/mad_fuzzy_recall.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "core/base/error.h"
#include "tasks/distinct_draws.h"
#include "tasks/mad_sequence.h"

namespace anser::tasks {
namespace {

constexpr int kLongestMotif = 8;

struct Motif {
  std::array<std::int32_t, kLongestMotif> token{};
  std::size_t size = 0;

  friend bool operator==(const Motif&, const Motif&) = default;
  std::span<const std::int32_t> tokens() const { return std::span(token).first(size); }
};

struct MotifHash {
  std::size_t operator()(const Motif& motif) const {
    std::size_t hash = motif.size;
    for (const auto token : motif.tokens())
      hash = hash * 0x9E3779B97F4A7C15U + static_cast<std::size_t>(token) + 1;
    return hash ^ (hash >> 29);
  }
};

class FuzzyRecall : public Task {
 public:
  FuzzyRecall(TaskFacts facts, int keys, int values, int motif)
      : Task(std::move(facts)), keys_(keys), values_(values), motif_(static_cast<std::size_t>(motif)) {}

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override {
    const bool training = facts().supervision == Supervision::language_model;
    struct Piece {
      Motif motif;
      bool asked = false;
    };
    std::vector<Piece> pieces;
    std::size_t length = 0;
    const auto put = [&](const Motif& motif, bool asked) {
      pieces.push_back({motif, asked});
      length += motif.size;
    };
    const Motif planted = draw_key(rng, training), answer = draw_value(rng);
    const std::size_t room = input.size() - (planted.size + answer.size) - 2 * motif_;
    const std::size_t place = rng.below(static_cast<std::uint32_t>(room));
    std::unordered_map<Motif, Motif, MotifHash> value_of;
    bool is_planted = false;
    while (length < room) {
      const bool plant = !is_planted && (length >= place || length + 2 * motif_ >= room);
      const Motif key = plant ? planted : draw_key(rng, training);
      is_planted = is_planted || key == planted;
      const auto known = value_of.find(key);
      const bool asked = known != value_of.end();
      const Motif value = asked ? known->second : key == planted ? answer : draw_value(rng);
      if (!asked) value_of.emplace(key, value);
      put(key, false);
      put(value, asked);
    }
    put(planted, false);
    put(answer, true);
    MadSequence sequence(input, target, training);
    for (std::size_t i = length; i < input.size() + 1; ++i) sequence.put(keys_ + values_, false);
    for (const auto& [motif, asked] : pieces)
      for (const auto token : motif.tokens()) sequence.put(token, asked);
  }

 private:
  Motif draw_motif(Rng& rng, int first, int count, std::size_t size) const {
    Motif motif;
    motif.size = size;
    draw_distinct(rng, first, count, std::span(motif.token).first(size));
    return motif;
  }
  Motif draw_key(Rng& rng, bool training) const {
    return draw_motif(rng, 0, keys_, training ? draw_size(rng) : motif_);
  }
  Motif draw_value(Rng& rng) const { return draw_motif(rng, keys_, values_, draw_size(rng)); }
  std::size_t draw_size(Rng& rng) const { return 1 + rng.below(static_cast<std::uint32_t>(motif_)); }

  int keys_;
  int values_;
  std::size_t motif_;
};

/// Expected share of key tokens in a long text of mode=lm, E[k / (k + v)]. Keys are (motif + 1) / 2 long on
/// average. Values keep their length within a text, so v is the mean, over key lengths, of the mean of as
/// many independent uniform lengths as there are keys of that length:
///     E[k / (k + v)]  =  integral over s >= 0 of  k exp(-k s) E[exp(-v s)]
double key_share(int keys, int motif) {
  const double k = (motif + 1) / 2.0;
  const auto integrand = [&](double s) {
    double product = k * std::exp(-k * s);
    double count = 1;
    for (int size = 1; size <= motif; ++size) {
      count *= keys - size + 1;
      double mean = 0;
      for (int length = 1; length <= motif; ++length)
        mean += std::expm1(-s * length / (motif * count)) / motif;
      product *= std::exp(count * std::log1p(mean));
    }
    return product;
  };
  // Simpson on 0..40, beyond which less than exp(-40) is left.
  constexpr int kSteps = 20'000;
  const double h = 40.0 / kSteps;
  double sum = integrand(0) + integrand(40);
  for (int i = 1; i < kSteps; ++i) sum += (i % 2 == 1 ? 4 : 2) * integrand(i * h);
  return sum * h / 3;
}

}  // namespace

std::unique_ptr<Task> make_mad_fuzzy_recall(const Id& id) {
  id.require_known({"task", "V", "motif", "mode"});
  const int V = static_cast<int>(id.get_int("V", 16, 3, 1 << 20));
  const int keys = (V - 1) / 2, values = V - 1 - keys;
  const int motif = static_cast<int>(id.get_int("motif", 3, 1, kLongestMotif));
  require(motif <= keys, print_id(id), "motif={} is more than the {} key tokens that V={} leaves", motif,
          keys, V);
  const Supervision mode = recall_mode(id);
  TaskFacts facts;
  facts.id = fmt::format("mad[task=fuzzy_recall,V={},motif={}{}]", V, motif, mode_suffix(mode));
  facts.title = fmt::format("recall of values by keys, both motifs of 1 to {} tokens", motif);
  facts.hardness =
      "associative recall by motifs: regular for fixed V, with a state for every map from keys to values; "
      "attention "
      "over a few neighbours looks the key up";
  facts.token_set = "key tokens, value tokens, padding";
  facts.citation =
      "Poli et al. 2024, Mechanistic Design and Scaling of Hybrid Architectures (arXiv 2403.17844)";
  facts.source =
      "athms/mad-lab, mad/data/instances.py, generate_fuzzy_in_context_recall_instance (multi_query)";
  facts.fidelity = Fidelity::port;
  facts.supervision = mode;
  facts.modes = {Supervision::tagging, Supervision::language_model};
  for (int i = 0; i < keys; ++i) facts.token_names.push_back(fmt::format("k{}", i));
  for (int i = 0; i < values; ++i) facts.token_names.push_back(fmt::format("v{}", i));
  facts.token_names.push_back("pad");
  facts.label_names = facts.token_names;
  facts.special_tokens = {{"pad", "filler in front"}};
  facts.lengths = {4 * motif + 1, 1};
  facts.train_lengths = facts.test_lengths = 128;
  const double share = mode == Supervision::language_model ? key_share(keys, motif) : 0;
  facts.chance = mode == Supervision::tagging ? 1.0 / values : std::max(share / keys, (1 - share) / values);
  return std::make_unique<FuzzyRecall>(std::move(facts), keys, values, motif);
}

}  // namespace anser::tasks
