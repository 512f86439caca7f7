#include "automata/crasp.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <map>

#include "automata/dfa_graph.h"
#include "automata/minimize.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

using Rational = boost::multiprecision::cpp_rational;
using Row = std::vector<Rational>;

/// Arcs within one strongly connected component; its states are 0..size-1 here.
struct Component {
  struct Arc {
    std::size_t from, to;
    Letter letter;
  };
  std::vector<State> states;  // of the automaton
  std::vector<Arc> arcs;
};

/// Row echelon form, kept reduced: every pivot column has its 1 in one row alone.
class Equations {
 public:
  explicit Equations(std::size_t columns) : pivot_row_(columns, -1) {}

  void add(Row row) {
    for (std::size_t c = 0; c < row.size(); ++c)
      if (row[c] != 0 && pivot_row_[c] >= 0) subtract(row, rows_[static_cast<std::size_t>(pivot_row_[c])], c);
    const auto lead = std::find_if(row.begin(), row.end(), [](const Rational& x) { return x != 0; });
    if (lead == row.end()) return;
    const auto column = static_cast<std::size_t>(lead - row.begin());
    const Rational scale = *lead;
    for (Rational& x : row) x /= scale;
    for (Row& other : rows_)
      if (other[column] != 0) subtract(other, row, column);
    pivot_row_[column] = static_cast<std::ptrdiff_t>(rows_.size());
    rows_.push_back(std::move(row));
  }

  /// Value of unknown c in every solution, by the unknowns that stay free.
  Row solution(std::size_t c) const {
    Row value;
    for (std::size_t free = 0; free < pivot_row_.size(); ++free) {
      if (pivot_row_[free] >= 0) continue;
      if (pivot_row_[c] < 0)
        value.emplace_back(c == free ? 1 : 0);
      else
        value.push_back(-rows_[static_cast<std::size_t>(pivot_row_[c])][free]);
    }
    return value;
  }

 private:
  static void subtract(Row& row, const Row& pivot, std::size_t column) {
    const Rational factor = row[column];
    for (std::size_t c = 0; c < row.size(); ++c)
      if (pivot[c] != 0) row[c] -= factor * pivot[c];
  }

  std::vector<Row> rows_;
  std::vector<std::ptrdiff_t> pivot_row_;  // of a column, -1 where it is free
};

/// One round: numbers the states by their class and their potentials over the labels (class, letter). The
/// potential is unknown at every state; arcs of one label raise it by the same.
std::vector<std::int32_t> refine(const Component& component, const std::vector<std::int32_t>& classes) {
  Equations equations(component.states.size());
  Row row(component.states.size());
  row[0] = 1;
  equations.add(row);  // 0 at the first state
  std::map<std::pair<std::int32_t, Letter>, const Component::Arc*> first;
  for (const auto& arc : component.arcs) {
    const auto [at, is_new] = first.try_emplace({classes[arc.from], arc.letter}, &arc);
    if (is_new) continue;
    std::fill(row.begin(), row.end(), 0);
    row[arc.to] += 1;
    row[arc.from] -= 1;
    row[at->second->to] -= 1;
    row[at->second->from] += 1;
    equations.add(row);
  }
  std::map<std::pair<std::int32_t, Row>, std::int32_t> numbers;
  std::vector<std::int32_t> result;
  for (std::size_t q = 0; q < classes.size(); ++q)
    result.push_back(numbers.try_emplace({classes[q], equations.solution(q)}, numbers.size()).first->second);
  return result;
}

std::vector<Component> nontrivial_components(const Moore& machine) {
  const Components components = strongly_connected_components(machine);
  std::vector<Component> result(static_cast<std::size_t>(components.count));
  std::vector<std::size_t> place(static_cast<std::size_t>(machine.num_states));
  const auto of = [&](State q) {
    return static_cast<std::size_t>(components.of[static_cast<std::size_t>(q)]);
  };
  for (State q = 0; q < machine.num_states; ++q) {
    place[static_cast<std::size_t>(q)] = result[of(q)].states.size();
    result[of(q)].states.push_back(q);
  }
  for (State q = 0; q < machine.num_states; ++q)
    for (Letter s = 0; s < machine.num_letters; ++s) {
      const State p = machine.step(q, s);
      if (of(p) == of(q))
        result[of(q)].arcs.push_back({.from = place[static_cast<std::size_t>(q)],
                                      .to = place[static_cast<std::size_t>(p)],
                                      .letter = s});
    }
  std::erase_if(result, [](const Component& c) { return c.states.size() < 2; });
  return result;
}

/// Rounds until nothing changes; the classes of the states.
std::vector<std::int32_t> told_apart(const Component& component, int& rounds) {
  std::vector<std::int32_t> classes(component.states.size(), 0);
  for (rounds = 0;; ++rounds) {
    auto finer = refine(component, classes);
    if (finer == classes) return classes;
    classes = std::move(finer);
  }
}

std::optional<std::pair<State, State>> confused_states(const Component& component,
                                                       const std::vector<std::int32_t>& classes) {
  for (std::size_t q = 0; q < classes.size(); ++q)
    for (std::size_t p = 0; p < q; ++p)
      if (classes[p] == classes[q]) return std::pair(component.states[p], component.states[q]);
  return std::nullopt;
}

}  // namespace

CraspVerdict crasp_membership(const Dfa& dfa) {
  const auto components = nontrivial_components(to_moore(minimize(dfa)));
  if (components.empty())
    return {
        .member = true, .method = "R-trivial", .reason = "no state is seen again once left", .confused = {}};
  CraspVerdict verdict{.member = true, .method = "potentials", .reason = {}, .rounds = 0, .confused = {}};
  for (const Component& component : components) {
    if (component.states.size() > static_cast<std::size_t>(kMaxCraspComponent)) {
      verdict.member = std::nullopt;
      verdict.reason =
          fmt::format("a component has {} states, above the {} for which potentials are computed",
                      component.states.size(), kMaxCraspComponent);
      continue;
    }
    int rounds = 0;
    const auto classes = told_apart(component, rounds);
    verdict.rounds = std::max(verdict.rounds, rounds);
    verdict.confused = confused_states(component, classes);
    if (!verdict.confused) continue;
    verdict.member = false;
    verdict.reason = fmt::format("no potential tells states {} and {} of one component apart",
                                 verdict.confused->first, verdict.confused->second);
    return verdict;
  }
  if (verdict.member)
    verdict.reason = fmt::format("{} round{} of potentials tell all states of every component apart",
                                 verdict.rounds, verdict.rounds == 1 ? "" : "s");
  return verdict;
}

}  // namespace anser::automata
