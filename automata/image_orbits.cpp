#include "automata/image_orbits.h"

#include <algorithm>
#include <set>

#include "automata/dfa_graph.h"
#include "automata/image_sets.h"
#include "automata/image_walk.h"
#include "automata/image_witness.h"
#include "automata/length_fold.h"
#include "automata/stabiliser_chain.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

bool is_identity(std::span<const std::int32_t> p) {
  for (std::size_t i = 0; i < p.size(); ++i)
    if (p[i] != static_cast<std::int32_t>(i)) return false;
  return true;
}

/// Gathers the Schreier generators of one component until they can teach nothing more.
class GroupBuilder {
 public:
  explicit GroupBuilder(std::size_t degree) : chain_(static_cast<std::int32_t>(degree)) {
    for (std::size_t i = 2; i <= degree && degree <= 64; ++i) full_order_ *= i;
  }

  /// Whether more generators are wanted.
  bool add(std::span<const std::int32_t> g, std::int64_t length) {
    fold_.add(g, length);
    if (is_identity(g)) return true;
    trivial_ = false;
    if (!too_large_) add_to_chain(g);
    if (too_large_) remember(g);
    return !full_ || fold_.length_decides();
  }

  bool trivial() const { return trivial_; }

  ImageGroup group() const {
    ImageGroup group;
    // A full symmetric group of three points or more is not cyclic, so lengths cannot decide.
    group.length_decides = fold_.length_decides() && !(full_ && chain_.degree() >= 3);
    if (too_large_)
      describe_remembered(group);
    else
      describe_chain(group);
    return group;
  }

 private:
  static constexpr std::size_t kMaxRemembered = 1000;

  void add_to_chain(std::span<const std::int32_t> g) {
    try {
      if (!full_ && chain_.add_unchecked(g)) full_ = chain_.degree() <= 64 && chain_.order() == full_order_;
    } catch (const InputError&) {  // the chain would not fit
      too_large_ = true;
      for (const auto& old : chain_.generators()) remember(old.images());
    }
  }

  void remember(std::span<const std::int32_t> g) {
    if (remembered_.size() < kMaxRemembered) remembered_.emplace(g.begin(), g.end());
  }

  void describe_chain(ImageGroup& group) const {
    group.order = chain_.order();
    group.abelian = chain_.is_abelian();
    group.cyclic = chain_.is_cyclic();
    group.solvable = group.abelian || group.length_decides;
    try {
      group.derived_series =
          group.abelian ? std::vector<BigInteger>{*group.order, 1} : derived_series(chain_);
      group.solvable = group.derived_series.back() == 1;
    } catch (const InputError&) {
      if (!*group.solvable) group.solvable.reset();
    }
  }

  /// A chain did not fit: where lengths decide the group is cyclic; else only "abelian" can be told.
  void describe_remembered(ImageGroup& group) const {
    group.abelian = fold_.length_decides() || remembered_commute();
    if (fold_.length_decides()) group.cyclic = true;
    if (!group.abelian) return;
    group.solvable = true;
    if (!transitive()) return;
    group.order = chain_.degree();  // abelian and transitive: regular
    group.derived_series = {*group.order, 1};
  }

  bool remembered_commute() const {
    if (remembered_.size() == kMaxRemembered) return false;
    for (const auto& p : remembered_)
      for (const auto& q : remembered_)
        for (std::size_t i = 0; i < p.size(); ++i)
          if (p[static_cast<std::size_t>(q[i])] != q[static_cast<std::size_t>(p[i])]) return false;
    return true;
  }

  bool transitive() const {
    std::vector<bool> seen(static_cast<std::size_t>(chain_.degree()), false);
    std::vector<std::size_t> orbit = {0};
    seen[0] = true;
    for (std::size_t i = 0; i < orbit.size(); ++i)
      for (const auto& g : remembered_) {
        const auto to = static_cast<std::size_t>(g[orbit[i]]);
        if (!seen[to]) orbit.push_back(to);
        seen[to] = true;
      }
    return orbit.size() == seen.size();
  }

  StabiliserChain chain_;
  LengthFold fold_;
  BigInteger full_order_ = 1;  // degree!
  bool trivial_ = true, full_ = false, too_large_ = false;
  std::set<std::vector<std::int32_t>> remembered_;
};

/// What the images known so far prove.
class OrbitAnalysis {
 public:
  OrbitAnalysis(const Moore& machine, const ImageSets& sets, bool verdict_only)
      : machine_(machine),
        sets_(sets),
        verdict_only_(verdict_only),
        components_(image_components(sets)),
        walk_(machine, sets, components_) {}

  ImageOrbits run() {
    result_.num_sets = sets_.size();
    for (std::int32_t c = components_.count() - 1; c >= 0; --c) {
      if (!holds_cycle(c)) continue;
      visit(c);
      if (verdict_only_ && result_.acc0 == false) break;
    }
    if (sets_.complete()) settle();
    std::stable_sort(result_.groups.begin(), result_.groups.end(),
                     [](const auto& x, const auto& y) { return x.rank > y.rank; });
    return std::move(result_);
  }

  /// For the hardest thing that run() proved.
  std::optional<ImageWitness> witness(const ImageOrbits& result) {
    if (result.aperiodic != false) return std::nullopt;
    if (result.acc0 == false) return witness(non_solvable_, LanguageClass::kNc1Complete);
    if (result.ac0 == false) return witness(differing_, LanguageClass::kAcc0);
    return witness(moving_, LanguageClass::kAc0);
  }

 private:
  struct Hardest {
    std::int32_t component = -1;
    std::int64_t size = 0;
  };

  std::int64_t size(std::int32_t c) const {
    return components_.begin[static_cast<std::size_t>(c) + 1] -
           components_.begin[static_cast<std::size_t>(c)];
  }
  ImageSets::Set first(std::int32_t c) const {
    return components_.sets[static_cast<std::size_t>(components_.begin[static_cast<std::size_t>(c)])];
  }

  bool holds_cycle(std::int32_t c) const {
    if (size(c) > 1) return true;
    for (std::size_t s = 0; s < sets_.letters().size(); ++s)
      if (sets_.next(first(c), s) == first(c)) return true;
    return false;
  }

  void visit(std::int32_t c) {
    const State rank = sets_.rank(first(c));
    if (rank == 1) {
      ++result_.num_trivial_groups;
      return;
    }
    if (verdict_only_ && result_.ac0 == false && rank < 5) return;  // solvable: nothing new
    GroupBuilder builder(static_cast<std::size_t>(rank));
    walk_.walk(c, [&](auto g, auto length) { return builder.add(g, length); });
    if (builder.trivial()) {
      ++result_.num_trivial_groups;
      return;
    }
    ImageGroup group = builder.group();
    group.rank = rank;
    group.num_sets = size(c);
    group.image = sets_.members(first(c));
    record(c, group);
    if (!verdict_only_) result_.groups.push_back(std::move(group));
  }

  void record(std::int32_t c, const ImageGroup& group) {
    result_.aperiodic = false;
    offer(moving_, c);
    if (!group.length_decides) {
      result_.ac0 = false;
      offer(differing_, c);
    }
    if (group.solvable == false) {
      result_.acc0 = false;
      offer(non_solvable_, c);
    }
    if (!group.solvable) all_groups_known_ = false;
  }

  void offer(Hardest& best, std::int32_t c) const {
    if (best.component < 0 || size(c) < best.size) best = {c, size(c)};
  }

  void settle() {
    result_.complete = true;
    if (!result_.aperiodic) result_.aperiodic = true;
    if (!result_.ac0) result_.ac0 = true;
    if (!result_.acc0 && all_groups_known_) result_.acc0 = true;
  }

  ImageWitness witness(const Hardest& hardest, LanguageClass kind) {
    return image_witness(machine_, sets_, walk_, hardest.component, kind);
  }

  const Moore& machine_;
  const ImageSets& sets_;
  bool verdict_only_;
  ImageComponents components_;
  ImageWalk walk_;
  ImageOrbits result_;
  Hardest moving_, differing_, non_solvable_;
  bool all_groups_known_ = true;
};

void find_reset_word(const ImageSets& sets, ImageOrbits& result) {
  for (ImageSets::Set set = 0; set < sets.size(); ++set)
    if (sets.rank(set) == 1) {
      result.reset_word = sets.word(set);
      return;
    }
}

/// Class, groups and witness from the images known so far.
ImageOrbits analyse(const Moore& machine, const ImageSets& sets, bool verdict_only) {
  OrbitAnalysis analysis(machine, sets, verdict_only);
  ImageOrbits result = analysis.run();
  const bool more_to_come = verdict_only && !sets.complete() && !sets.full() && result.acc0 != false;
  if (!more_to_come) result.witness = analysis.witness(result);
  return result;
}

/// A longer chain is not worth its images: n of them, n states each.
constexpr State kMostOrderedStates = 4096;

/// A partially ordered machine has no cycle but self-loops, so no word permutes anything.
bool is_partially_ordered(const Moore& machine) {
  return strongly_connected_components(machine).count == machine.num_states;
}

}  // namespace

std::string_view class_name(LanguageClass c) {
  switch (c) {
    case LanguageClass::kAperiodic:
      return "aperiodic";
    case LanguageClass::kAc0:
      return "AC0";
    case LanguageClass::kAcc0:
      return "ACC0";
    case LanguageClass::kNc1Complete:
      return "NC1-complete";
    case LanguageClass::kUnknown:
      break;
  }
  return "unknown";
}

ImageOrbits image_orbits(const Moore& machine, const ImageOrbitOptions& options) {
  check(machine);
  if (machine.num_states > kMostOrderedStates && is_partially_ordered(machine)) {
    ImageOrbits ordered;
    ordered.aperiodic = ordered.ac0 = ordered.acc0 = true;
    return ordered;
  }
  ImageSets sets(machine, options.max_sets);
  if (options.verdict_only)
    for (std::int64_t limit = 64; !sets.explore(limit) && !sets.full(); limit *= 8)
      if (ImageOrbits early = analyse(machine, sets, true); early.acc0 == false) return early;
  sets.explore(options.max_sets);
  ImageOrbits result = analyse(machine, sets, options.verdict_only);
  if (!result.complete && is_partially_ordered(machine)) result.aperiodic = result.ac0 = result.acc0 = true;
  find_reset_word(sets, result);
  return result;
}

LanguageClass language_class(const ImageOrbits& orbits) {
  if (orbits.aperiodic == true) return LanguageClass::kAperiodic;
  if (!orbits.aperiodic) return orbits.acc0 == false ? LanguageClass::kNc1Complete : LanguageClass::kUnknown;
  if (orbits.ac0 == true) return LanguageClass::kAc0;
  if (!orbits.ac0) return orbits.acc0 == false ? LanguageClass::kNc1Complete : LanguageClass::kUnknown;
  if (orbits.acc0 == true) return LanguageClass::kAcc0;
  return orbits.acc0 == false ? LanguageClass::kNc1Complete : LanguageClass::kUnknown;
}

}  // namespace anser::automata
