#include "automata/image_witness.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "automata/length_fold.h"
#include "automata/stabiliser_chain.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

using Images = std::vector<std::int32_t>;
using Word = std::vector<Letter>;

/// First p, then q: the action of a word followed by another.
Images then(const Images& p, const Images& q) {
  Images result(p.size());
  for (std::size_t i = 0; i < p.size(); ++i) result[i] = q[static_cast<std::size_t>(p[i])];
  return result;
}

Images power(Images p, std::int64_t times) {
  Images result(p.size());
  std::iota(result.begin(), result.end(), 0);
  for (; times > 0; times /= 2, p = then(p, p))
    if (times % 2 == 1) result = then(result, p);
  return result;
}

Word join(const Word& x, const Word& y) {
  Word word = x;
  word.insert(word.end(), y.begin(), y.end());
  return word;
}

Word repeat(const Word& x, std::int64_t times) {
  Word word;
  for (; times > 0; --times) word.insert(word.end(), x.begin(), x.end());
  return word;
}

/// All loops A -> B -s-> C -> A of a component, by length. They generate its group, lengths included.
class Loops {
 public:
  struct Loop {
    ImageWalk::Index from = 0, to = 0;
    std::size_t letter = 0;
    std::int64_t length = 0;
  };

  Loops(const Moore& machine, const ImageSets& sets, const ImageWalk& walk)
      : machine_(machine), sets_(sets), walk_(walk), place_(static_cast<std::size_t>(machine.num_states), 0) {
    list_edges();
    find_ways_back();
    for (Loop& loop : loops_)
      loop.length = walk_.distance(loop.from) + 1 + way_back_[static_cast<std::size_t>(loop.to)].distance;
    std::stable_sort(loops_.begin(), loops_.end(),
                     [](const Loop& x, const Loop& y) { return x.length < y.length; });
  }

  const std::vector<Loop>& by_length() const { return loops_; }

  Images action(const Loop& loop) {
    const auto index = [](ImageWalk::Index i) { return static_cast<std::size_t>(i); };
    place(loop.to);
    Images permutation(walk_.rank());
    const auto states = walk_.transport(loop.from);
    for (std::size_t p = 0; p < states.size(); ++p) {
      const auto moved = machine_.step(states[p], sets_.letters()[loop.letter]);
      permutation[p] = way_back_[index(loop.to)].positions[index(place_[index(moved)])];
    }
    return permutation;
  }

  Word word(const Loop& loop) const {
    Word word = walk_.word(loop.from);
    word.push_back(sets_.letters()[loop.letter]);
    for (auto at = loop.to; at != 0; at = way_back_[static_cast<std::size_t>(at)].next)
      word.push_back(sets_.letters()[way_back_[static_cast<std::size_t>(at)].letter]);
    return word;
  }

 private:
  struct WayBack {
    std::int64_t distance = -1;  // letters to A
    ImageWalk::Index next = 0;
    std::size_t letter = 0;
    Images positions;  // of the states of transport(i), in A
  };

  void list_edges() {
    for (ImageWalk::Index from = 0; from < walk_.size(); ++from)
      for (std::size_t s = 0; s < sets_.letters().size(); ++s)
        if (const auto to = walk_.find(sets_.next(walk_.set(from), s)); to >= 0)
          loops_.push_back({from, to, s, 0});
  }

  void place(ImageWalk::Index to) {
    const auto states = walk_.transport(to);
    for (std::size_t p = 0; p < states.size(); ++p)
      place_[static_cast<std::size_t>(states[p])] = static_cast<std::int32_t>(p);
  }

  void find_ways_back() {
    std::vector<std::size_t> begin(static_cast<std::size_t>(walk_.size()) + 1, 0);
    for (const Loop& edge : loops_) ++begin[static_cast<std::size_t>(edge.to) + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    std::vector<std::size_t> into(loops_.size()), at = begin;
    for (std::size_t e = 0; e < loops_.size(); ++e) into[at[static_cast<std::size_t>(loops_[e].to)]++] = e;
    way_back_.resize(static_cast<std::size_t>(walk_.size()));
    way_back_[0] = {0, 0, 0, Images(walk_.rank())};
    std::iota(way_back_[0].positions.begin(), way_back_[0].positions.end(), 0);
    std::vector<ImageWalk::Index> queue = {0};
    for (std::size_t i = 0; i < queue.size(); ++i)
      for (auto e = begin[static_cast<std::size_t>(queue[i])];
           e < begin[static_cast<std::size_t>(queue[i]) + 1]; ++e) {
        const Loop& edge = loops_[into[e]];
        if (way_back_[static_cast<std::size_t>(edge.from)].distance >= 0) continue;
        extend_way_back(edge);
        queue.push_back(edge.from);
      }
  }

  void extend_way_back(const Loop& edge) {
    const WayBack& next = way_back_[static_cast<std::size_t>(edge.to)];
    WayBack way{next.distance + 1, edge.to, edge.letter, Images(walk_.rank())};
    place(edge.to);
    const auto states = walk_.transport(edge.from);
    for (std::size_t p = 0; p < states.size(); ++p) {
      const auto moved = machine_.step(states[p], sets_.letters()[edge.letter]);
      way.positions[p] = next.positions[static_cast<std::size_t>(place_[static_cast<std::size_t>(moved)])];
    }
    way_back_[static_cast<std::size_t>(edge.from)] = std::move(way);
  }

  const Moore& machine_;
  const ImageSets& sets_;
  const ImageWalk& walk_;
  std::vector<Loop> loops_;
  std::vector<WayBack> way_back_;
  std::vector<std::int32_t> place_;
};

bool is_identity(const Images& p) {
  for (std::size_t i = 0; i < p.size(); ++i)
    if (p[i] != static_cast<std::int32_t>(i)) return false;
  return true;
}

std::vector<Word> moving_word(Loops& loops) {
  for (const auto& loop : loops.by_length())
    if (!is_identity(loops.action(loop))) return {loops.word(loop)};
  ANSER_ASSERT(false && "a component with a non-trivial group has a loop that moves a state");
  return {};
}

/// Two words of equal length that act differently. If the loops kept so far commute and agree on common
/// multiples of their lengths, pair by pair, lengths decide for all they generate (docs/math/complexity.md
/// 5).
class EqualLengthPair {
 public:
  explicit EqualLengthPair(Loops& loops) : loops_(loops) {}

  std::vector<Word> find() {
    for (const auto& loop : loops_.by_length()) {
      if (best_ && loop.length >= best_length_) break;
      compare(loop);
    }
    ANSER_ASSERT(best_.has_value());
    return *best_;
  }

 private:
  struct Kept {
    Loops::Loop loop;
    Images action;
  };

  void compare(const Loops::Loop& loop) {
    Images action = loops_.action(loop);
    const auto [same, fresh] = first_of_length_.emplace(loop.length, Kept{loop, action});
    if (!fresh) {
      if (same->second.action != action)
        offer(loop.length, loops_.word(same->second.loop), loops_.word(loop));
      return;
    }
    for (const Kept& other : kept_) compare_products(other, {loop, action});
    kept_.push_back({loop, std::move(action)});
  }

  void compare_products(const Kept& x, const Kept& y) {
    const std::int64_t common = std::lcm(x.loop.length, y.loop.length);
    const std::int64_t x_times = common / x.loop.length, y_times = common / y.loop.length;
    if (worse(common) && worse(x.loop.length + y.loop.length)) return;
    if (then(x.action, y.action) != then(y.action, x.action)) {
      const Word a = loops_.word(x.loop), b = loops_.word(y.loop);
      offer(x.loop.length + y.loop.length, join(a, b), join(b, a));
    }
    if (power(x.action, x_times) != power(y.action, y_times) && !worse(common))
      offer(common, repeat(loops_.word(x.loop), x_times), repeat(loops_.word(y.loop), y_times));
  }

  bool worse(std::int64_t length) const { return best_ && length >= best_length_; }

  void offer(std::int64_t length, Word x, Word y) {
    if (worse(length)) return;
    best_length_ = length;
    best_ = {std::move(x), std::move(y)};
  }

  Loops& loops_;
  std::map<std::int64_t, Kept> first_of_length_;
  std::vector<Kept> kept_;  // one a length
  std::optional<std::vector<Word>> best_;
  std::int64_t best_length_ = 0;
};

/// Loops that enlarge the group until it is not solvable, without those that prove unnecessary.
std::vector<Word> non_solvable_words(Loops& loops) {
  std::vector<Permutation> actions;
  std::vector<Word> words;
  StabiliserChain chain(static_cast<std::int32_t>(loops.action(loops.by_length().front()).size()));
  for (const auto& loop : loops.by_length()) {
    const Images action = loops.action(loop);
    if (!chain.add_unchecked(action)) continue;
    actions.emplace_back(action);
    words.push_back(loops.word(loop));
    if (!is_solvable(chain)) break;
  }
  ANSER_ASSERT(!is_solvable(chain));
  for (std::size_t i = words.size(); i-- > 0 && words.size() > 2;) {
    auto fewer = actions;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (is_solvable(StabiliserChain(chain.degree(), fewer))) continue;
    actions = std::move(fewer);
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return words;
}

}  // namespace

ImageWitness image_witness(const Moore& machine, const ImageSets& sets, ImageWalk& walk,
                           std::int32_t component, LanguageClass kind) {
  walk.walk(component, [](auto, auto) { return true; });
  Loops loops(machine, sets, walk);
  ImageWitness witness{.image = sets.members(walk.set(0)), .words = {}};
  if (kind == LanguageClass::kNc1Complete)
    witness.words = non_solvable_words(loops);
  else if (kind == LanguageClass::kAcc0)
    witness.words = EqualLengthPair(loops).find();
  else
    witness.words = moving_word(loops);
  return witness;
}

}  // namespace anser::automata
