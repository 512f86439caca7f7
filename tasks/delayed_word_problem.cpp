#include "tasks/delayed_word_problem.h"

#include <algorithm>
#include <array>
#include <map>

#include "core/base/error.h"

namespace anser::tasks {
namespace {

using automata::Element;
using automata::PermutationGroup;
using Delay = DelayedWordProblem::Delay;

constexpr const char* kWhere = "tasks::DelayedWordProblem";
constexpr std::array<const char*, 3> kKeys = {"repeat", "fill", "hard"};

/// Elements that are a product of n tokens, ascending.
std::vector<Element> products_of(const WordProblemRequest& request, int n) {
  std::vector<std::uint8_t> now(static_cast<std::size_t>(request.group.order()), 0);
  now[PermutationGroup::identity()] = 1;
  for (int i = 0; i < n; ++i) {
    std::vector<std::uint8_t> next(now.size(), 0);
    for (Element x = 0; x < request.group.order(); ++x)
      for (const Element token : request.tokens)
        if (now[static_cast<std::size_t>(x)] != 0)
          next[static_cast<std::size_t>(next_product(request, x, token))] = 1;
    now = std::move(next);
  }
  std::vector<Element> result;
  for (Element x = 0; x < request.group.order(); ++x)
    if (now[static_cast<std::size_t>(x)] != 0) result.push_back(x);
  return result;
}

std::string delay_title(Delay delay, int n) {
  switch (delay) {
    case Delay::repeat:
      return fmt::format("every token {} times, answered at the last", n);
    case Delay::fill:
      return fmt::format("every token followed by {} fill tokens, answered at the last", n - 1);
    case Delay::fill_product:
      return fmt::format("every token followed by {} fill tokens, answered from the last on", n - 1);
    case Delay::hard:
      break;
  }
  return fmt::format("products of {} tokens, each followed by {} identities and answered at the last", n,
                     n - 1);
}

/// A state of the automaton: where in its block the word stands and what it must remember.
struct Place {
  Element done = 0;  // product of the complete blocks; of all tokens so far where it is not asked before
  std::int32_t pending = 0;  // token id that counts at the end of the block
  int at = 0;                // tokens of the block read
  bool later = false;        // a block is complete
  auto operator<=>(const Place&) const = default;
};

/// The automaton over all words of token ids, found by breadth-first search from the empty word.
class MachineBuilder {
 public:
  MachineBuilder(const WordProblemRequest& request, Delay delay, int block,
                 const std::vector<Element>& effect)
      : delay_(delay), block_(block), letters_(effect.size()), fill_label_(request.group.order()) {
    for (Element x = 0; x < request.group.order(); ++x)
      for (const Element y : effect) products_.push_back(next_product(request, x, y));
    machine_.num_letters = static_cast<automata::Letter>(letters_);
    machine_.num_labels = request.group.order() + (delay == Delay::fill ? 1 : 0);
  }

  automata::Moore build() {
    number(Place{});
    for (std::size_t q = 0; q < places_.size(); ++q) {
      machine_.label.push_back(label(places_[q]));
      for (std::size_t s = 0; s < letters_; ++s)
        machine_.next.push_back(number(step(places_[q], static_cast<std::int32_t>(s))));
    }
    machine_.num_states = static_cast<automata::State>(places_.size());
    return std::move(machine_);
  }

 private:
  Place step(Place place, std::int32_t letter) const {
    const auto times = [this](Element x, std::int32_t s) {
      return products_[static_cast<std::size_t>(x) * letters_ + static_cast<std::size_t>(s)];
    };
    const bool begins = place.at == 0, ends = place.at + 1 == block_;
    place.at = ends ? 0 : place.at + 1;
    if (delay_ == Delay::repeat) {
      if (ends) place.done = times(place.done, letter);
    } else if (delay_ == Delay::fill) {
      if (begins) place.done = times(place.done, letter);
      place.later = place.later || ends;
    } else {
      if (begins) place.pending = letter;
      if (ends) place.done = times(place.done, place.pending);
      if (ends) place.pending = 0;
    }
    return place;
  }

  std::int32_t label(const Place& place) const {
    if (delay_ != Delay::fill || place.at == 0) return place.done;
    return place.later ? fill_label_ : PermutationGroup::identity();
  }

  automata::State number(const Place& place) {
    const auto [at, is_new] = numbers_.try_emplace(place, static_cast<automata::State>(places_.size()));
    if (is_new) places_.push_back(place);
    return at->second;
  }

  Delay delay_;
  int block_;
  std::size_t letters_;
  std::int32_t fill_label_;
  std::vector<Element> products_;  // [order * letters]
  std::map<Place, automata::State> numbers_;
  std::vector<Place> places_;
  automata::Moore machine_;
};

/// States of the automaton at most.
std::int64_t most_states(Delay delay, std::int64_t order, std::int64_t letters, int block) {
  if (delay == Delay::repeat) return order * block;
  if (delay == Delay::fill) return order * (2 * block - 1);
  return order * (1 + letters * (block - 1));
}

}  // namespace

struct DelayedWordProblem::Plan {
  WordProblemRequest request;
  Delay delay = Delay::repeat;
  int block = 2;
  std::vector<Element> effect;  // what a token id multiplies by; the identity for `fill`
};

bool DelayedWordProblem::is_asked(const Id& id) {
  return id.has("fill_labels") ||
         std::any_of(kKeys.begin(), kKeys.end(), [&](const char* key) { return id.has(key); });
}

DelayedWordProblem::Plan DelayedWordProblem::read(const Id& id) {
  Plan plan{.request = read_word_problem(id), .effect = {}};
  const auto asked = std::count_if(kKeys.begin(), kKeys.end(), [&](const char* key) { return id.has(key); });
  require(asked == 1, kWhere, "{}: wanted one of repeat=n, fill=n and hard=n, got {}", print_id(id), asked);
  const std::string labels = id.get("fill_labels", "fill");
  require(labels == "fill" || labels == "product", kWhere, "{}: unknown fill_labels \"{}\"{}", print_id(id),
          labels, suggest(labels, {"fill", "product"}));
  require(id.has("fill") || !id.has("fill_labels"), kWhere, "{}: fill_labels goes with fill=n", print_id(id));
  const std::string key = id.has("repeat") ? "repeat" : id.has("fill") ? "fill" : "hard";
  plan.block = static_cast<int>(id.get_int(key, 2, 2, 64));
  plan.delay = key == "repeat"    ? Delay::repeat
               : key == "hard"    ? Delay::hard
               : labels == "fill" ? Delay::fill
                                  : Delay::fill_product;
  plan.request.canonical.parameters.emplace_back(key, fmt::format("{}", plan.block));
  if (plan.delay == Delay::fill_product)
    plan.request.canonical.parameters.emplace_back("fill_labels", labels);
  finish_id(plan.request);
  plan.effect = plan.delay == Delay::hard ? products_of(plan.request, plan.block) : plan.request.tokens;
  if (plan.delay == Delay::hard && plan.effect.front() != PermutationGroup::identity())
    plan.effect.insert(plan.effect.begin(), PermutationGroup::identity());
  if (key == "fill") plan.effect.push_back(PermutationGroup::identity());
  return plan;
}

void DelayedWordProblem::finish_facts(Plan& plan) {
  TaskFacts& facts = plan.request.facts;
  const PermutationGroup& group = plan.request.group;
  const bool fills = plan.delay == Delay::fill || plan.delay == Delay::fill_product;
  facts.title += "; " + delay_title(plan.delay, plan.block);
  facts.source = "DeltaProduct: generate_data.py, _<n>_tokens, _s_token and _hard";
  facts.fidelity = Fidelity::port;
  for (std::size_t s = 0; s < plan.effect.size(); ++s)
    facts.token_names.push_back(fills && s + 1 == plan.effect.size() ? "fill"
                                                                     : group.element_name(plan.effect[s]));
  for (Element x = 0; x < group.order(); ++x) facts.label_names.push_back(group.element_name(x));
  if (plan.delay == Delay::fill) facts.label_names.emplace_back("fill");
  if (fills) facts.special_tokens = {{.name = "fill", .meaning = "holds the place of the rest of a block"}};
  // In the long run the product is uniform on the subgroup that whole blocks generate.
  const auto reached = group.generated_subgroup(plan.effect).size();
  facts.chance = 1.0 / static_cast<double>(reached);
  if (plan.delay == Delay::fill) facts.chance = static_cast<double>(plan.block - 1) / plan.block;
}

std::unique_ptr<Task> DelayedWordProblem::make(const Id& id) {
  Plan plan = read(id);
  finish_facts(plan);
  const auto letters = static_cast<std::int64_t>(plan.effect.size());
  const std::int64_t states = most_states(plan.delay, plan.request.group.order(), letters, plan.block);
  require(states <= kMaxTransitions / letters, kWhere,
          "{}: its automaton may have {} states and {} letters, wanted at most {} transitions",
          plan.request.facts.id, states, letters, kMaxTransitions);
  automata::Moore machine = MachineBuilder(plan.request, plan.delay, plan.block, plan.effect).build();
  machine.letter_names = plan.request.facts.token_names;
  machine.label_names = plan.request.facts.label_names;
  return std::unique_ptr<Task>(new DelayedWordProblem(std::move(plan), std::move(machine)));
}

DelayedWordProblem::DelayedWordProblem(Plan plan, automata::Moore machine)
    : Task(std::move(plan.request.facts), std::move(machine)),
      delay_(plan.delay),
      block_(plan.block),
      filler_(plan.delay == Delay::repeat ? -1
              : plan.delay == Delay::hard ? 0  // the identity is the least element
                                          : static_cast<std::int32_t>(plan.effect.size()) - 1),
      num_tokens_(static_cast<std::uint32_t>(plan.request.tokens.size())) {
  if (delay_ != Delay::hard) return;
  token_of_.assign(static_cast<std::size_t>(plan.request.group.order()), -1);
  for (std::size_t s = 0; s < plan.effect.size(); ++s)
    token_of_[static_cast<std::size_t>(plan.effect[s])] = static_cast<std::int32_t>(s);
  for (Element x = 0; x < plan.request.group.order(); ++x)
    for (const Element token : plan.request.tokens) products_.push_back(next_product(plan.request, x, token));
}

std::int32_t DelayedWordProblem::draw_block(Rng& rng) const {
  if (delay_ != Delay::hard) return static_cast<std::int32_t>(rng.below(num_tokens_));
  Element product = PermutationGroup::identity();
  for (int i = 0; i < block_; ++i)
    product = products_[static_cast<std::size_t>(product) * num_tokens_ + rng.below(num_tokens_)];
  return token_of_[static_cast<std::size_t>(product)];
}

void DelayedWordProblem::draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const {
  const automata::Moore& m = machine();
  const bool everywhere = facts().supervision == Supervision::tagging;
  automata::State q = m.start;
  std::int32_t head = 0;
  for (std::size_t t = 0; t < input.size(); ++t) {
    const bool begins = t % static_cast<std::size_t>(block_) == 0;
    if (begins) head = draw_block(rng);
    input[t] = begins || filler_ < 0 ? head : filler_;
    q = m.step(q, input[t]);
    if (everywhere || t + 1 == input.size()) target[t] = m.label[static_cast<std::size_t>(q)];
  }
}

}  // namespace anser::tasks
