#include "automata/formats/partial_machine.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <queue>

#include "automata/formats/columns.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

constexpr std::size_t kMostNamesShown = 5;

void check_tables(const PartialMachine& partial, std::string_view source) {
  const Moore& m = partial.machine;
  require(m.num_states >= 1, source, "the automaton has no state, wanted at least one");
  require(m.num_letters >= 1, source, "the alphabet is empty, wanted at least one letter");
  require_table_fits(m.num_states, m.num_letters, source);
  const auto n = static_cast<std::size_t>(m.num_states);
  const bool sizes = m.next.size() == n * static_cast<std::size_t>(m.num_letters) && m.label.size() == n &&
                     m.letter_names.size() == static_cast<std::size_t>(m.num_letters) &&
                     m.label_names.size() == static_cast<std::size_t>(m.num_labels) &&
                     (partial.state_names.empty() || partial.state_names.size() == n);
  require(sizes, source, "the tables do not have the sizes of {} states and {} letters", m.num_states,
          m.num_letters);
  const auto in = [](auto lo, auto count) { return [=](auto v) { return v >= lo && v < count; }; };
  require(in(0, m.num_states)(m.start), source, "the start {} is not in 0..{}", m.start, m.num_states - 1);
  require(std::all_of(m.next.begin(), m.next.end(), in(kNoArc, m.num_states)), source,
          "an arc leads to no state");
  require(std::all_of(m.label.begin(), m.label.end(), in(0, m.num_labels)), source, "a state has no label");
}

std::string name_of(const PartialMachine& partial, State q) {
  if (partial.state_names.empty()) return fmt::format("{}", q);
  const std::string& name = partial.state_names[static_cast<std::size_t>(q)];
  const bool number =
      std::all_of(name.begin(), name.end(), [](unsigned char c) { return c >= '0' && c <= '9'; });
  return number ? name : fmt::format("\"{}\"", shortened(name));
}

/// Number of each state among those that the start reaches, kNoArc for the others.
std::vector<State> reachable_numbers(const Moore& m) {
  std::vector<State> number(static_cast<std::size_t>(m.num_states), kNoArc);
  std::vector<State> found = {m.start};
  number[static_cast<std::size_t>(m.start)] = 0;
  for (std::size_t i = 0; i < found.size(); ++i)
    for (Letter s = 0; s < m.num_letters; ++s) {
      const State to = m.step(found[i], s);
      if (to == kNoArc || number[static_cast<std::size_t>(to)] != kNoArc) continue;
      number[static_cast<std::size_t>(to)] = 0;
      found.push_back(to);
    }
  State count = 0;
  for (auto& entry : number)
    if (entry != kNoArc) entry = count++;
  return number;
}

void drop_unreachable(PartialMachine& partial, ReadMachine& result, bool strict, std::string_view source) {
  Moore& m = partial.machine;
  const auto number = reachable_numbers(m);
  std::vector<std::string> lost;
  Moore kept = m;
  kept.next.clear();
  kept.label.clear();
  std::vector<std::string> kept_names;
  State count = 0, dropped = 0;
  for (State q = 0; q < m.num_states; ++q) {
    const auto at = static_cast<std::size_t>(q);
    if (number[at] == kNoArc) {
      if (++dropped <= static_cast<State>(kMostNamesShown)) lost.push_back(name_of(partial, q));
      continue;
    }
    ++count;
    kept.label.push_back(m.label[at]);
    kept_names.push_back(partial.state_names.empty() ? fmt::format("{}", q) : partial.state_names[at]);
    for (Letter s = 0; s < m.num_letters; ++s) {
      const State to = m.step(q, s);
      kept.next.push_back(to == kNoArc ? kNoArc : number[static_cast<std::size_t>(to)]);
    }
  }
  if (dropped == 0) return;
  const auto list =
      fmt::format("{}{}", fmt::join(lost, ", "), dropped > static_cast<State>(lost.size()) ? ", .." : "");
  const auto what =
      dropped == 1 ? fmt::format("state {}", list) : fmt::format("{} states ({})", dropped, list);
  require(!strict, source, "{} cannot be reached from the start", what);
  result.notes.push_back(fmt::format("{}: {} cannot be reached from the start and {} dropped", source, what,
                                     dropped == 1 ? "was" : "were"));
  kept.num_states = count;
  kept.start = number[static_cast<std::size_t>(m.start)];
  m = std::move(kept);
  partial.state_names = std::move(kept_names);
}

std::int32_t reject_label(Moore& m) {
  const auto at = std::find(m.label_names.begin(), m.label_names.end(), "reject");
  if (at != m.label_names.end()) return static_cast<std::int32_t>(at - m.label_names.begin());
  m.label_names.push_back("reject");
  return m.num_labels++;
}

void add_sink(PartialMachine& partial, ReadMachine& result, bool strict, std::string_view source) {
  Moore& m = partial.machine;
  const auto missing = std::count(m.next.begin(), m.next.end(), kNoArc);
  if (missing == 0) return;
  const auto first = std::find(m.next.begin(), m.next.end(), kNoArc) - m.next.begin();
  const auto where =
      fmt::format("state {}, letter \"{}\"", name_of(partial, static_cast<State>(first / m.num_letters)),
                  shortened(m.letter_names[static_cast<std::size_t>(first % m.num_letters)]));
  if (strict && missing == 1) fail(source, "the arc of {} is missing", where);
  require(!strict, source, "{} arcs are missing, the first of {}", missing, where);
  require_table_fits(std::int64_t{m.num_states} + 1, m.num_letters, source);
  result.notes.push_back(
      missing == 1 ? fmt::format("{}: the missing arc of {} leads to an added rejecting sink", source, where)
                   : fmt::format("{}: {} missing arcs, the first of {}, lead to an added rejecting sink",
                                 source, missing, where));
  result.arcs_were_missing = true;
  const State sink = m.num_states++;
  std::replace(m.next.begin(), m.next.end(), kNoArc, sink);
  m.next.insert(m.next.end(), static_cast<std::size_t>(m.num_letters), sink);
  m.label.push_back(reject_label(m));
}

}  // namespace

void require_table_fits(std::int64_t num_states, std::int64_t num_letters, std::string_view source) {
  require(num_states <= kMaxReadStates, source, "{} states, at most {} can be read", num_states,
          kMaxReadStates);
  require(num_letters <= kMaxReadEntries / std::max<std::int64_t>(num_states, 1), source,
          "{} states and {} letters need a table of {:.3g} entries, at most {} can be read", num_states,
          num_letters, static_cast<double>(num_states) * static_cast<double>(num_letters), kMaxReadEntries);
}

ReadMachine complete(PartialMachine partial, const ReadOptions& options, std::string_view source) {
  check_tables(partial, source);
  ReadMachine result;
  drop_unreachable(partial, result, options.strict, source);
  add_sink(partial, result, options.strict, source);
  result.machine = std::move(partial.machine);
  check(result.machine);
  return result;
}

}  // namespace anser::automata
