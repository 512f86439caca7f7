#include "automata/random_class.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "automata/image_orbits.h"
#include "automata/language_classes.h"
#include "automata/minimize.h"
#include "automata/permuted_core.h"
#include "automata/random_recipes.h"
#include "automata/random_walk.h"
#include "automata/transition_map.h"
#include "core/base/error.h"
#include "core/base/ids.h"

namespace anser::automata {
namespace {

constexpr const char* kWhere = "automata::random_language";
constexpr std::array<std::string_view, 8> kNames = {"aperiodic", "r-trivial",    "j-trivial",   "ac0",
                                                    "acc0",      "nc1-complete", "permutation", "uniform"};
/// Image sets that a verdict may take; draws that need more count as undecided.
constexpr std::int64_t kMaxSets = 50'000;

Dfa draw_recipe(RandomClass target, const RecipeSize& size, Rng& rng) {
  switch (target) {
    case RandomClass::aperiodic:
      return rng.below(2) == 0 ? order_preserving_recipe(size, rng) : flip_flop_recipe(size, rng);
    case RandomClass::r_trivial:
      return extensive_recipe(size, rng);
    case RandomClass::j_trivial:
      return order_preserving_extensive_recipe(size, rng);
    case RandomClass::ac0:
      return clocked_recipe(size, rng);
    case RandomClass::acc0:
      return counter_cascade_recipe(size, rng);
    case RandomClass::nc1_complete:
      return planted_group_recipe(size, rng);
    case RandomClass::permutation:
      return permutation_recipe(size, rng);
    case RandomClass::uniform:
      break;
  }
  return uniform_recipe(size, rng);
}

bool is_aperiodic_class(RandomClass c) {
  return c == RandomClass::aperiodic || c == RandomClass::r_trivial || c == RandomClass::j_trivial;
}

State least_states(RandomClass c) {
  if (c == RandomClass::nc1_complete) return 5;
  return c == RandomClass::ac0 || c == RandomClass::acc0 ? 2 : 1;
}

State least_rank(const Moore& machine) {
  State least = machine.num_states;
  for (Letter s = 0; s < machine.num_letters; ++s) least = std::min(least, rank(letter_map(machine, s)));
  return least;
}

double accepted_share(const Moore& machine, const StateDistribution& p) {
  double share = 0;
  for (std::size_t q = 0; q < p.size(); ++q) share += machine.label[q] == 1 ? p[q] : 0;
  return std::clamp(share, 0.0, 1.0);
}

double balance_of(const Moore& machine, int length) {
  return accepted_share(machine,
                        length > 0 ? distribution_after(machine, length) : long_run_distribution(machine));
}

std::optional<int> mixing_time_of(const Moore& machine) {
  const StateDistribution limit = long_run_distribution(machine);
  StateDistribution now = distribution_after(machine, 0);
  for (int t = 0; t <= kMaxMixingTime; ++t, now = step(machine, now)) {
    double distance = 0;
    for (std::size_t q = 0; q < now.size(); ++q) distance += std::abs(now[q] - limit[q]) / 2;
    if (distance <= 0.25) return t;
  }
  return std::nullopt;
}

bool in_ranges(const Moore& machine, const RandomClassOptions& options) {
  if (options.least_rank && !options.least_rank->contains(least_rank(machine))) return false;
  if (options.balance && !options.balance->contains(balance_of(machine, options.balance_length)))
    return false;
  if (!options.mixing_time) return true;
  const auto mixing = mixing_time_of(machine);
  return mixing && options.mixing_time->contains(*mixing);
}

LanguageMeasures measure(const Moore& machine, int length) {
  return {.balance = balance_of(machine, length),
          .least_rank = least_rank(machine),
          .mixing_time = mixing_time_of(machine)};
}

void check_states(const RandomClassOptions& o) {
  const std::string_view name = random_class_name(o.target);
  require(o.states.lo >= 1 && o.states.lo <= o.states.hi, kWhere,
          "wanted a range of states from 1, the smaller number first, got {}..{}", o.states.lo, o.states.hi);
  require(o.states.hi <= kMaxRandomStates, kWhere, "wanted at most {} states, got {}", kMaxRandomStates,
          o.states.hi);
  require(o.states.lo >= least_states(o.target), kWhere,
          "{} languages have at least {} states, got a range from {}", name, least_states(o.target),
          o.states.lo);
  require(o.num_letters >= 1 && o.num_letters <= kMaxRandomLetters, kWhere, "wanted 1..{} letters, got {}",
          kMaxRandomLetters, o.num_letters);
  require(o.num_letters >= 2 || (o.target != RandomClass::acc0 && o.target != RandomClass::nc1_complete),
          kWhere, "{} languages have at least 2 letters: with one letter every language is in AC0", name);
}

void check_ranks(const RandomClassOptions& o) {
  const auto& asked = *o.least_rank;
  require(asked.lo >= 1 && asked.lo <= asked.hi, kWhere,
          "wanted a range of ranks from 1, the smaller number first, got {}..{}", asked.lo, asked.hi);
  require(asked.lo <= o.states.lo, kWhere,
          "a letter of an automaton with {} states has no rank of {} or more", o.states.lo, asked.lo);
  require(!is_aperiodic_class(o.target) || asked.lo < o.states.lo || o.states.hi == 1, kWhere,
          "letters of rank {} permute the {} states, which no {} language of 2 or more states does", asked.lo,
          o.states.lo, random_class_name(o.target));
  require(o.target != RandomClass::permutation || asked.hi >= o.states.hi, kWhere,
          "letters that permute {} states have rank {}, got ranks {}..{}", o.states.hi, o.states.hi, asked.lo,
          asked.hi);
}

[[noreturn]] void give_up(const RandomClassOptions& options, State states, const DrawCounts& counts) {
  fail(kWhere,
       "{} draws held no {} language of {} states and {} letters in the ranges asked ({} had another size, "
       "{} lay "
       "outside the ranges, {} had another class): wanted wider ranges or more draws",
       counts.draws, random_class_name(options.target), states, options.num_letters, counts.other_size,
       counts.out_of_range, counts.other_class);
}

}  // namespace

std::string_view random_class_name(RandomClass c) {
  return kNames[static_cast<std::size_t>(c)];
}

std::vector<std::string> random_class_names() {
  return {kNames.begin(), kNames.end()};
}

RandomClass parse_random_class(std::string_view name) {
  const auto at = std::find(kNames.begin(), kNames.end(), name);
  require(at != kNames.end(), "automata::parse_random_class", "unknown class \"{}\"{}", name,
          suggest(name, random_class_names()));
  return static_cast<RandomClass>(at - kNames.begin());
}

DrawCounts& DrawCounts::operator+=(const DrawCounts& other) {
  draws += other.draws;
  kept += other.kept;
  other_size += other.other_size;
  out_of_range += other.out_of_range;
  other_class += other.other_class;
  return *this;
}

LanguageMeasures measure_language(const Dfa& dfa, int length) {
  check(dfa);
  require(length >= 0, "automata::measure_language", "wanted a length of at least 0, got {}", length);
  return measure(to_moore(dfa), length);
}

void check(const RandomClassOptions& o) {
  check_states(o);
  if (o.least_rank) check_ranks(o);
  if (o.balance)
    require(o.balance->lo >= 0 && o.balance->lo <= o.balance->hi && o.balance->hi <= 1, kWhere,
            "wanted a balance range within 0..1, the smaller number first, got {}..{}", o.balance->lo,
            o.balance->hi);
  require(o.balance_length >= 0, kWhere, "wanted a balance length of at least 0, got {}", o.balance_length);
  if (o.mixing_time)
    require(o.mixing_time->lo >= 0 && o.mixing_time->lo <= o.mixing_time->hi &&
                o.mixing_time->hi <= kMaxMixingTime,
            kWhere, "wanted a range of mixing times within 0..{}, the smaller number first, got {}..{}",
            kMaxMixingTime, o.mixing_time->lo, o.mixing_time->hi);
  require(o.max_draws >= 1, kWhere, "wanted at least 1 draw, got {}", o.max_draws);
}

std::optional<bool> has_class(const Dfa& minimal, RandomClass target) {
  const Moore machine = to_moore(minimal);
  if (target == RandomClass::uniform) return true;
  if (target == RandomClass::permutation) return least_rank(machine) == machine.num_states;
  if (target == RandomClass::r_trivial || target == RandomClass::j_trivial) {
    // Both are decided on the machine itself: no images needed.
    const auto orbits = image_orbits(machine, {.max_sets = 1, .verdict_only = true});
    const LanguageClasses classes = language_classes(machine, orbits, {});
    return target == RandomClass::r_trivial ? classes.r_trivial.holds : classes.j_trivial.holds;
  }
  if (target == RandomClass::nc1_complete && has_unsolvable_core(machine)) return true;
  const auto orbits = image_orbits(machine, {.max_sets = kMaxSets, .verdict_only = true});
  const LanguageClass found = language_class(orbits);
  if (found == LanguageClass::kUnknown) return std::nullopt;
  if (target == RandomClass::aperiodic) return found == LanguageClass::kAperiodic;
  if (target == RandomClass::ac0) return found == LanguageClass::kAc0;
  if (target == RandomClass::acc0) return found == LanguageClass::kAcc0;
  return found == LanguageClass::kNc1Complete;
}

RandomLanguage random_language(const RandomClassOptions& options, const Rng& rng, std::uint64_t index) {
  check(options);
  const Rng own = rng.split(index);
  const auto sizes = static_cast<std::uint32_t>(options.states.hi - options.states.lo + 1);
  const State states = options.states.lo + static_cast<State>(own.split("states").below(sizes));
  const RecipeSize size{.states = states, .letters = options.num_letters};
  RandomLanguage result;
  for (DrawCounts& counts = result.counts; counts.draws < options.max_draws;) {
    Rng draw = own.split("draw").split(static_cast<std::uint64_t>(counts.draws++));
    const Dfa dfa = draw_recipe(options.target, size, draw);
    // Uniform among automata of n reachable states: larger ones that shrink to n would bend the law.
    const bool too_large = options.target == RandomClass::uniform && dfa.num_states != states;
    Dfa minimal = too_large || dfa.num_states < states ? Dfa{} : minimize(dfa);
    if (minimal.num_states != states) {
      ++counts.other_size;
    } else if (!in_ranges(to_moore(minimal), options)) {
      ++counts.out_of_range;
    } else if (has_class(minimal, options.target) != true) {
      ++counts.other_class;
    } else {
      ++counts.kept;
      result.measures = measure(to_moore(minimal), options.balance_length);
      result.dfa = std::move(minimal);
      return result;
    }
  }
  give_up(options, states, result.counts);
}

}  // namespace anser::automata
