#include "automata/language_classes.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "automata/dfa_graph.h"
#include "automata/letter_facts.h"
#include "automata/reset_word.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

std::size_t at(std::int32_t i) {
  return static_cast<std::size_t>(i);
}

bool partially_ordered(const Moore& machine) {
  return strongly_connected_components(machine).count == machine.num_states;
}

/// The state where words over {a, b} end from q, in a partially ordered machine; -1 when there are several.
class PairEnds {
 public:
  PairEnds(const Moore& machine, Letter a, Letter b) : machine_(machine), a_(a), b_(b) {
    ends_.assign(at(machine.num_states), kOpen);
  }

  bool unique_everywhere() {
    for (State q = 0; q < machine_.num_states; ++q)
      if (!settle(q)) return false;
    return true;
  }

 private:
  static constexpr State kOpen = -1;

  bool settle(State start) {
    std::vector<State> stack = {start};
    while (!stack.empty()) {
      const State q = stack.back();
      const State x = machine_.step(q, a_), y = machine_.step(q, b_);
      if (x != q && ends_[at(x)] == kOpen) {
        stack.push_back(x);
      } else if (y != q && ends_[at(y)] == kOpen) {
        stack.push_back(y);
      } else {
        const State end = x != q ? ends_[at(x)] : y != q ? ends_[at(y)] : q;
        if (y != q && ends_[at(y)] != end) return false;
        ends_[at(q)] = end;
        stack.pop_back();
      }
    }
    return true;
  }

  const Moore& machine_;
  Letter a_, b_;
  std::vector<State> ends_;
};

/// Klima and Polak's confluence: from every state all long words over two letters end in one state.
bool confluent(const Moore& machine) {
  for (Letter a = 0; a < machine.num_letters; ++a)
    for (Letter b = 0; b < a; ++b)
      if (!PairEnds(machine, a, b).unique_everywhere()) return false;
  return true;
}

/// Long words take all states to one: merging states with equal rows, again and again, leaves one. A state's
/// row is looked at again when a successor's class was renamed, always the smaller class: O(k n log n) rows.
class RowMerging {
 public:
  explicit RowMerging(const Moore& machine) : machine_(machine), class_of_(at(machine.num_states)) {
    std::iota(class_of_.begin(), class_of_.end(), 0);
    members_.resize(class_of_.size());
    predecessors_.resize(class_of_.size());
    for (State q = 0; q < machine.num_states; ++q) {
      members_[at(q)] = {q};
      waiting_.push_back(q);
      for (Letter s = 0; s < machine.num_letters; ++s) predecessors_[at(machine.step(q, s))].push_back(q);
    }
  }

  bool leaves_one() {
    State classes = machine_.num_states;
    while (!waiting_.empty() && classes > 1) {
      const State q = waiting_.back();
      waiting_.pop_back();
      const auto [known, fresh] = state_with_row_.emplace(row(q), q);
      if (!fresh && class_of_[at(known->second)] != class_of_[at(q)]) {
        merge(class_of_[at(known->second)], class_of_[at(q)]);
        --classes;
      }
    }
    return classes == 1;
  }

 private:
  std::vector<State> row(State q) const {
    std::vector<State> row;
    for (Letter s = 0; s < machine_.num_letters; ++s) row.push_back(class_of_[at(machine_.step(q, s))]);
    return row;
  }

  void merge(State into, State from) {
    if (members_[at(into)].size() < members_[at(from)].size()) std::swap(into, from);
    for (const State q : members_[at(from)]) {
      class_of_[at(q)] = into;
      members_[at(into)].push_back(q);
      waiting_.insert(waiting_.end(), predecessors_[at(q)].begin(), predecessors_[at(q)].end());
    }
    members_[at(from)].clear();
  }

  const Moore& machine_;
  std::vector<State> class_of_, waiting_;
  std::vector<std::vector<State>> members_, predecessors_;
  std::map<std::vector<State>, State> state_with_row_;
};

/// Every letter's map has one cycle, a fixed point: cheap, and few machines that are not definite pass.
bool letters_have_one_fixed_point(const Moore& machine) {
  for (const auto& facts : letter_facts(machine))
    if (facts.components != 1 || facts.period != 1) return false;
  return true;
}

bool is_sink(const Moore& machine, State q) {
  for (Letter s = 0; s < machine.num_letters; ++s)
    if (machine.step(q, s) != q) return false;
  return true;
}

/// Long prefixes decide: a state on a cycle is a sink.
bool cycles_only_at_sinks(const Moore& machine) {
  if (!partially_ordered(machine)) return false;
  for (State q = 0; q < machine.num_states; ++q)
    for (Letter s = 0; s < machine.num_letters; ++s)
      if (machine.step(q, s) == q && !is_sink(machine, q)) return false;
  return true;
}

bool all_letters_permute(const Moore& machine) {
  std::vector<Letter> hit(at(machine.num_states), -1);
  for (Letter s = 0; s < machine.num_letters; ++s)
    for (State q = 0; q < machine.num_states; ++q) {
      if (hit[at(machine.step(q, s))] == s) return false;
      hit[at(machine.step(q, s))] = s;
    }
  return true;
}

/// Letters that suffice to reach all states, each chosen because the earlier ones do not.
std::vector<Letter> reaching_letters(const Moore& machine) {
  std::vector<Letter> chosen;
  std::vector<State> reached = {machine.start};
  std::vector<std::uint8_t> seen(at(machine.num_states), 0);
  seen[at(machine.start)] = 1;
  const auto visit = [&](State q) {
    if (seen[at(q)] == 0) reached.push_back(q);
    seen[at(q)] = 1;
  };
  for (Letter s = 0; s < machine.num_letters; ++s) {
    const auto leaves = [&](State q) { return seen[at(machine.step(q, s))] == 0; };
    if (std::none_of(reached.begin(), reached.end(), leaves)) continue;
    chosen.push_back(s);
    for (std::size_t i = 0; i < reached.size(); ++i)
      for (const Letter t : chosen) visit(machine.step(reached[i], t));
  }
  return chosen;
}

/// Enough: letters that reach all states commute with every letter (docs/math/complexity.md 6).
bool letters_commute(const Moore& machine) {
  for (const Letter a : reaching_letters(machine))
    for (Letter b = 0; b < machine.num_letters; ++b)
      for (State q = 0; q < machine.num_states; ++q)
        if (machine.step(machine.step(q, a), b) != machine.step(machine.step(q, b), a)) return false;
  return true;
}

/// Tests on the monoid; each wants the relations of a complete monoid.
class MonoidTests {
 public:
  explicit MonoidTests(const MonoidFacts& facts) : monoid_(*facts.monoid), green_(*facts.green) {}

  bool l_trivial() const { return green_.num_l == monoid_.size(); }

  /// DA: a regular D-class holds nothing but idempotents.
  bool da() const {
    for (std::size_t d = 0; d < green_.j_size.size(); ++d)
      if (green_.j_idempotents[d] != 0 && green_.j_idempotents[d] != green_.j_size[d]) return false;
    return true;
  }

  /// ese = e: no group, and no idempotent of non-empty words outside the least D-class.
  bool generalised_definite() const {
    const bool identity_is_outside = !monoid_.identity_is_word() && monoid_.size() > 1;
    return green_.largest_group == 1 && green_.num_regular - (identity_is_outside ? 1 : 0) <= 1;
  }

  /// Every local monoid eSe is a semilattice: idempotents, no two of them R- or L-related. One e for each
  /// regular D-class: isomorphic local monoids. Nothing when that is too much work.
  std::optional<bool> locally_testable() const {
    constexpr std::int64_t kMaxWork = 2'000'000'000;
    if (std::int64_t{green_.num_regular} * monoid_.size() > kMaxWork) return std::nullopt;
    std::vector<std::uint8_t> seen(green_.j_size.size(), 0);
    for (const auto e : green_.idempotents) {
      if (e == 0 && !monoid_.identity_is_word()) continue;
      auto& d = seen[at(green_.j[at(e)])];
      if (d == 0 && !local_monoid_is_semilattice(e)) return false;
      d = 1;
    }
    return true;
  }

 private:
  bool local_monoid_is_semilattice(std::int32_t e) const {
    const auto local = local_monoid(e);
    std::vector<std::int32_t> r_seen, l_seen;
    for (const auto x : local) {
      if (!monoid_.is_idempotent(x)) return false;
      r_seen.push_back(green_.r[at(x)]);
      l_seen.push_back(green_.l[at(x)]);
    }
    const auto has_pair = [](std::vector<std::int32_t>& classes) {
      std::sort(classes.begin(), classes.end());
      return std::adjacent_find(classes.begin(), classes.end()) != classes.end();
    };
    return !has_pair(r_seen) && !has_pair(l_seen);
  }

  /// All e x e, each once: e x = (e prefix(x)) last(x), x e = first(x) (suffix(x) e).
  std::vector<std::int32_t> local_monoid(std::int32_t e) const {
    const auto n = at(monoid_.size());
    std::vector<std::int32_t> from_left(n), from_right(n), local;
    std::vector<std::uint8_t> seen(n, 0);
    from_left[0] = from_right[0] = e;
    for (std::int32_t x = 1; x < monoid_.size(); ++x) {
      from_left[at(x)] = monoid_.right(from_left[at(monoid_.prefix(x))], monoid_.last(x));
      from_right[at(x)] = monoid_.left(from_right[at(monoid_.suffix(x))], monoid_.first(x));
    }
    for (const auto ex : from_left) {
      const auto exe = from_right[at(ex)];
      if (seen[at(exe)] == 0) local.push_back(exe);
      seen[at(exe)] = 1;
    }
    return local;
  }

  const TransitionMonoid& monoid_;
  const GreenRelations& green_;
};

/// Fills what an inclusion between classes settles: every class here lies within the star-free languages.
void settle_by_inclusion(Verdict& verdict, bool condition, bool value, std::string_view method) {
  if (verdict.holds || !condition) return;
  verdict = {value, std::string(method)};
}

void tests_on_monoid(LanguageClasses& c, const MonoidFacts& facts) {
  if (facts.monoid == nullptr || facts.green == nullptr) return;
  const MonoidTests tests(facts);
  c.l_trivial = {tests.l_trivial(), "monoid: L-classes are singletons"};
  c.da = {tests.da(), "monoid: regular elements are idempotent"};
  c.generalised_definite = {tests.generalised_definite(), "monoid: ese = e"};
  c.locally_testable = {tests.locally_testable(), "monoid: every eSe is a semilattice"};
  if (!c.locally_testable.holds) c.locally_testable.method = "monoid: too many local monoids";
}

void settle_by_inclusions(LanguageClasses& c) {
  const bool not_aperiodic = c.star_free.holds == false;
  for (Verdict* v : {&c.l_trivial, &c.da, &c.generalised_definite, &c.locally_testable})
    settle_by_inclusion(*v, not_aperiodic, false, "not star-free");
  settle_by_inclusion(c.l_trivial, c.j_trivial.holds == true, true, "J-trivial");
  settle_by_inclusion(c.l_trivial, c.r_trivial.holds == true, false, "R-trivial, not J-trivial");
  settle_by_inclusion(c.l_trivial, c.definite.holds == true, true, "definite");
  settle_by_inclusion(c.da, c.r_trivial.holds == true, true, "R-trivial");
  const bool definite = c.definite.holds == true || c.reverse_definite.holds == true;
  const char* why = c.definite.holds == true ? "definite" : "reverse definite";
  for (Verdict* v : {&c.generalised_definite, &c.da, &c.locally_testable})
    settle_by_inclusion(*v, definite, true, why);
  for (Verdict* v : {&c.l_trivial, &c.da, &c.generalised_definite, &c.locally_testable})
    if (v->method.empty()) v->method = "monoid above its cap";
}

void find_synchronising(LanguageClasses& c, const Moore& machine, const ImageOrbits& orbits) {
  if (orbits.reset_word || orbits.complete) {
    c.synchronising = {orbits.reset_word.has_value(),
                       "image sets: an image of one state, shortest reset word"};
    c.reset_word = orbits.reset_word;
    return;
  }
  const auto reset = find_reset_word(machine);
  c.synchronising = {reset.synchronising, reset.method};
  c.reset_word = reset.word;
}

}  // namespace

LanguageClasses language_classes(const Moore& minimal, const ImageOrbits& orbits, const MonoidFacts& facts) {
  check(minimal);
  LanguageClasses c;
  const bool ordered = partially_ordered(minimal);
  c.star_free = {orbits.aperiodic, orbits.aperiodic ? "image sets: groups" : "more image sets than max_sets"};
  c.r_trivial = {ordered, "minimal machine: only self-loops"};
  c.j_trivial = {ordered && confluent(minimal),
                 "minimal machine: only self-loops, letters confluent pair by pair"};
  c.definite = {letters_have_one_fixed_point(minimal) && RowMerging(minimal).leaves_one(),
                "minimal machine: merging equal rows leaves one state"};
  c.reverse_definite = {cycles_only_at_sinks(minimal), "minimal machine: cycles only at sinks"};
  c.permutation_automaton = {all_letters_permute(minimal), "minimal machine: letters permute the states"};
  c.commutative = {letters_commute(minimal), "minimal machine: letters commute"};
  find_synchronising(c, minimal, orbits);
  bool sink = false;
  for (State q = 0; q < minimal.num_states; ++q) sink = sink || is_sink(minimal, q);
  c.zero = {sink ? c.synchronising.holds : std::optional<bool>(false),
            "minimal machine: synchronising to a sink"};
  tests_on_monoid(c, facts);
  settle_by_inclusions(c);
  return c;
}

}  // namespace anser::automata
