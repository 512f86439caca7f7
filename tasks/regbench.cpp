#include "tasks/regbench.h"

#include <algorithm>

#include "core/base/error.h"
#include "tasks/distinct_draws.h"

namespace anser::tasks {
namespace {

constexpr int kLetters = 18;
constexpr std::int32_t kFiller = 0, kBar = 19;
constexpr int kMostEdges = 3;

/// Uniform in lo..hi.
int between(Rng& rng, int lo, int hi) {
  return lo + static_cast<int>(rng.below(static_cast<std::uint32_t>(hi - lo + 1)));
}

RandomPfa draw_pfa(Rng rng) {
  RandomPfa pfa;
  const int nodes = between(rng, 4, 12);
  std::vector<std::int32_t> alphabet(static_cast<std::size_t>(between(rng, 4, kLetters)));
  draw_distinct(rng, 0, kLetters, alphabet);
  pfa.nodes.resize(static_cast<std::size_t>(nodes));
  for (int node = 0; node < nodes; ++node) {
    const auto edges = static_cast<std::size_t>(between(rng, 1, kMostEdges));
    std::int32_t letter[kMostEdges], other[kMostEdges];
    draw_distinct(rng, 0, static_cast<std::int32_t>(alphabet.size()), std::span(letter).first(edges));
    draw_distinct(rng, 0, nodes - 1, std::span(other).first(edges));
    for (std::size_t e = 0; e < edges; ++e)
      pfa.nodes[static_cast<std::size_t>(node)].push_back(
          {alphabet[static_cast<std::size_t>(letter[e])], other[e] + (other[e] >= node ? 1 : 0)});
  }
  return pfa;
}

/// Number of the set {a}, {a, b} or {a, b, c} of letters a < b < c: by size, then in lexicographic order.
std::int32_t set_number(std::span<const int> set) {
  const auto pairs = [](int n) { return n * (n - 1) / 2; };
  const auto triples = [](int n) { return n * (n - 1) * (n - 2) / 6; };
  const auto pair_rank = [&](int n, int a, int b) { return pairs(n) - pairs(n - a) + b - a - 1; };
  if (set.size() == 1) return set[0];
  if (set.size() == 2) return kLetters + pair_rank(kLetters, set[0], set[1]);
  return kLetters + pairs(kLetters) + triples(kLetters) - triples(kLetters - set[0]) +
         pair_rank(kLetters - set[0] - 1, set[1] - set[0] - 1, set[2] - set[0] - 1);
}

std::int32_t legal_set(const std::vector<RandomPfa::Edge>& edges) {
  int letters[kMostEdges];
  for (std::size_t e = 0; e < edges.size(); ++e) letters[e] = edges[e].letter;
  std::sort(letters, letters + edges.size());
  return set_number(std::span<const int>(letters).first(edges.size()));
}

std::string letter_name(int letter) {
  return std::string(1, static_cast<char>('a' + letter));
}

std::vector<std::string> set_names() {
  std::vector<std::string> names;
  for (int a = 0; a < kLetters; ++a) names.push_back(letter_name(a));
  for (int a = 0; a < kLetters; ++a)
    for (int b = a + 1; b < kLetters; ++b) names.push_back(letter_name(a) + letter_name(b));
  for (int a = 0; a < kLetters; ++a)
    for (int b = a + 1; b < kLetters; ++b)
      for (int c = b + 1; c < kLetters; ++c)
        names.push_back(letter_name(a) + letter_name(b) + letter_name(c));
  return names;
}

/// Share of scored positions of mode=next-set at a node with one edge. Walks stay where edges are few, so it
/// is more than 1/3; it is the mean over 2^24 automata of the exact share in each (standard error 6e-5).
constexpr double kShareOfOneEdge = 0.34527;

}  // namespace

std::unique_ptr<Task> RegBench::make(const Id& id) {
  id.require_known({"mode"});
  const Supervision mode = parse_supervision(id.get("mode", "lm"));
  require(mode == Supervision::language_model || mode == Supervision::next_set, print_id(id),
          "regbench has no mode {}; wanted lm or next-set", supervision_name(mode));
  const bool sets = mode == Supervision::next_set;
  TaskFacts facts;
  facts.id = fmt::format("regbench[mode={}]", supervision_name(mode));
  facts.title = sets ? "letters that may follow in a text over an unknown automaton"
                     : "next letter of a text over an unknown automaton";
  facts.hardness =
      "in-context learning of an automaton of at most 12 states; each is in ACC0 (none of 300 drawn has a "
      "non-solvable group), finding it takes memory of its edges";
  facts.token_set = "letters a to r, |, filler";
  facts.citation = "Akyuerek et al. 2024, In-Context Language Learning (arXiv 2401.12973)";
  facts.source = "berlino/seq_icl, src/dataloaders/dfa.py";
  facts.fidelity = Fidelity::port;
  facts.supervision = mode;
  facts.modes = {Supervision::language_model, Supervision::next_set};
  facts.token_names.push_back(".");
  for (int a = 0; a < kLetters; ++a) facts.token_names.push_back(letter_name(a));
  facts.token_names.push_back("|");
  facts.label_names = sets ? set_names() : facts.token_names;
  facts.special_tokens = {{".", "filler behind the text"}, {"|", "a new string begins"}};
  facts.lengths = {1, 1};
  facts.train_lengths = facts.test_lengths = 19 * 49 + 18;  // the longest text
  // Letters are alike, so the most frequent of either kind is a single letter.
  facts.chance = sets ? kShareOfOneEdge / kLetters : 1.0 / kLetters;
  return std::unique_ptr<Task>(new RegBench(std::move(facts)));
}

RandomPfa RegBench::hidden_pfa(std::uint64_t seed, Split split, std::uint64_t index) const {
  return draw_pfa(Rng(seed).split(facts().id).split(split_name(split)).split(index).split("automaton"));
}

automata::Dfa RegBench::hidden_automaton(std::uint64_t seed, Split split, std::uint64_t index) const {
  const RandomPfa pfa = hidden_pfa(seed, split, index);
  automata::Dfa dfa;
  dfa.num_states = static_cast<automata::State>(pfa.nodes.size() + 1);
  dfa.num_letters = kLetters;
  const automata::State sink = dfa.num_states - 1;
  dfa.next.assign(static_cast<std::size_t>(dfa.num_states * kLetters), sink);
  dfa.accept.assign(static_cast<std::size_t>(dfa.num_states), 1);
  dfa.accept.back() = 0;
  for (std::size_t node = 0; node < pfa.nodes.size(); ++node)
    for (const auto& [letter, target] : pfa.nodes[node])
      dfa.next[node * kLetters + static_cast<std::size_t>(letter)] = target;
  for (int a = 0; a < kLetters; ++a) dfa.letter_names.push_back(letter_name(a));
  return dfa;
}

void RegBench::draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const {
  const RandomPfa pfa = draw_pfa(rng.split("automaton"));
  const bool sets = facts().supervision == Supervision::next_set;
  std::vector<std::int32_t> set_at;
  for (const auto& edges : pfa.nodes) set_at.push_back(legal_set(edges));
  std::size_t t = 0;
  const auto put = [&](std::int32_t token, std::size_t node) {
    if (t < input.size()) {
      input[t] = token;
      if (sets) target[t] = set_at[node];
    }
    if (!sets && token != kBar && t > 0 && t <= input.size()) target[t - 1] = token;
    ++t;
  };
  const int strings = between(rng, 10, 19);
  for (int i = 0; i < strings && t <= input.size(); ++i) {
    if (i > 0) put(kBar, 0);
    std::size_t node = 0;
    for (int left = between(rng, 1, 49); left > 0 && t <= input.size(); --left) {
      const auto& edges = pfa.nodes[node];
      const auto& edge = edges[rng.below(static_cast<std::uint32_t>(edges.size()))];
      node = static_cast<std::size_t>(edge.target);
      put(edge.letter + 1, node);
    }
  }
  for (; t < input.size(); ++t) input[t] = kFiller;
}

}  // namespace anser::tasks
