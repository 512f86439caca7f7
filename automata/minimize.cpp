#include "automata/minimize.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <numeric>
#include <span>

namespace anser::automata {
namespace {

using Index = std::uint32_t;

/// The reachable part, states numbered in breadth-first order by letters.
struct Reachable {
  Index size = 0;
  Index letters = 0;
  std::vector<Index> next;      // [size * letters]
  std::vector<Index> original;  // [size], the state's number in the input

  Index step(Index q, Index s) const { return next[static_cast<std::size_t>(q) * letters + s]; }
};

Reachable reachable_part(State num_states, Letter num_letters, State start, std::span<const State> next) {
  constexpr Index kUnseen = ~Index{0};
  Reachable part;
  part.letters = static_cast<Index>(num_letters);
  std::vector<Index> number(static_cast<std::size_t>(num_states), kUnseen);
  part.original.reserve(number.size());
  part.next.reserve(next.size());
  part.original.push_back(static_cast<Index>(start));
  number[static_cast<std::size_t>(start)] = 0;
  for (std::size_t i = 0; i < part.original.size(); ++i) {
    const std::size_t row = static_cast<std::size_t>(part.original[i]) * part.letters;
    for (Index s = 0; s < part.letters; ++s) {
      const auto to = static_cast<std::size_t>(next[row + s]);
      if (number[to] == kUnseen) {
        number[to] = static_cast<Index>(part.original.size());
        part.original.push_back(static_cast<Index>(to));
      }
      part.next.push_back(number[to]);
    }
  }
  part.size = static_cast<Index>(part.original.size());
  return part;
}

/// A partition of the states: class_of[q] in 0..count-1.
struct Classes {
  std::vector<Index> class_of;
  Index count = 0;
};

/// Renames the classes 0, 1, .. by their first state.
Classes number_by_first_state(const std::vector<Index>& raw, Index bound) {
  constexpr Index kUnseen = ~Index{0};
  std::vector<Index> name(bound, kUnseen);
  Classes classes{.class_of = raw};
  for (Index& c : classes.class_of) {
    if (name[c] == kUnseen) name[c] = classes.count++;
    c = name[c];
  }
  return classes;
}

/// One round of Moore's refinement: states stay together when they are together and all their successors are.
/// Rows are told apart exactly; their hashes only find candidates.
class MooreRound {
 public:
  explicit MooreRound(const Reachable& part) : part_(part) {
    table_.resize(std::bit_ceil(std::size_t{part.size} * 2));
  }

  Classes refine(const Classes& old) {
    std::fill(table_.begin(), table_.end(), Slot{});
    Classes refined{.class_of = std::vector<Index>(part_.size)};
    for (Index q = 0; q < part_.size; ++q) refined.class_of[q] = class_of_row(q, old, refined);
    return refined;
  }

 private:
  struct Slot {
    Index hash = 0;
    Index first = ~Index{0};  // first state with this row; none: free
  };

  Index class_of_row(Index q, const Classes& old, Classes& refined) {
    const std::uint64_t hash = hash_row(q, old);
    const std::size_t mask = table_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
      Slot& slot = table_[at];
      if (slot.first == ~Index{0}) {
        slot = {static_cast<Index>(hash >> 32), q};
        return refined.count++;
      }
      if (slot.hash == static_cast<Index>(hash >> 32) && equal_rows(q, slot.first, old))
        return refined.class_of[slot.first];
    }
  }

  std::uint64_t hash_row(Index q, const Classes& old) const {
    std::uint64_t h = (old.class_of[q] + std::uint64_t{1}) * 0x9E3779B97F4A7C15ULL;
    const Index* row = part_.next.data() + static_cast<std::size_t>(q) * part_.letters;
    for (Index s = 0; s < part_.letters; ++s)
      h = (std::rotl(h, 23) ^ old.class_of[row[s]]) * 0xD6E8FEB86659FD93ULL;
    return h ^ (h >> 29);
  }

  bool equal_rows(Index p, Index q, const Classes& old) const {
    if (old.class_of[p] != old.class_of[q]) return false;
    for (Index s = 0; s < part_.letters; ++s)
      if (old.class_of[part_.step(p, s)] != old.class_of[part_.step(q, s)]) return false;
    return true;
  }

  const Reachable& part_;
  std::vector<Slot> table_;
};

/// Hopcroft's refinement of a partition to the coarsest stable one. Blocks are ranges of `states_`.
class Hopcroft {
 public:
  Hopcroft(const Reachable& part, const Classes& start)
      : part_(part), block_of_(start.class_of), place_(part.size), states_(part.size) {
    lay_out_blocks(start.count);
    invert();
  }

  Classes run() {
    // A block is stable for all of a partition when it is for all but one of its classes.
    const auto size = [&](Index b) { return end_[b] - begin_[b]; };
    Index largest = 0;
    for (Index b = 1; b < begin_.size(); ++b) largest = size(b) > size(largest) ? b : largest;
    for (Index b = 0; b < begin_.size(); ++b)
      if (b != largest) waiting_.push_back(b);
    while (!waiting_.empty()) {
      const Index b = waiting_.back();
      waiting_.pop_back();
      splitter_.assign(states_.begin() + begin_[b], states_.begin() + end_[b]);
      for (Index s = 0; s < part_.letters; ++s) split_by_predecessors(s);
    }
    return number_by_first_state(block_of_, static_cast<Index>(begin_.size()));
  }

 private:
  void lay_out_blocks(Index count) {
    begin_.assign(count, 0);
    for (const Index b : block_of_) ++begin_[b];
    end_.resize(count);
    std::inclusive_scan(begin_.begin(), begin_.end(), end_.begin());
    for (Index b = 0; b < count; ++b) begin_[b] = end_[b] - begin_[b];
    marked_.assign(begin_.begin(), begin_.end());
    for (Index q = 0; q < part_.size; ++q) {
      place_[q] = marked_[block_of_[q]]++;
      states_[place_[q]] = q;
    }
    marked_.assign(count, 0);
  }

  /// predecessors_[letter s]: n states, those that go to q by s at first_[s][q] .. first_[s][q + 1].
  void invert() {
    const std::size_t n = part_.size, k = part_.letters;
    first_.assign(k * (n + 1), 0);
    predecessors_.resize(k * n);
    for (std::size_t s = 0; s < k; ++s) {
      Index* first = first_.data() + s * (n + 1);
      Index* from = predecessors_.data() + s * n;
      for (std::size_t q = 0; q < n; ++q) ++first[part_.next[q * k + s]];
      std::inclusive_scan(first, first + n + 1, first);
      for (std::size_t q = n; q-- > 0;) from[--first[part_.next[q * k + s]]] = static_cast<Index>(q);
    }
  }

  void split_by_predecessors(Index s) {
    const std::size_t n = part_.size;
    const Index* first = first_.data() + s * (n + 1);
    const Index* from = predecessors_.data() + s * n;
    touched_.clear();
    for (const Index q : splitter_)
      for (Index i = first[q]; i < first[q + 1]; ++i) mark(from[i]);
    for (const Index b : touched_) split(b);
  }

  /// Moves a state to the marked front of its block. Each is met once a letter: a letter is a function.
  void mark(Index q) {
    const Index b = block_of_[q];
    if (end_[b] - begin_[b] == 1) return;
    if (marked_[b] == 0) touched_.push_back(b);
    const Index to = begin_[b] + marked_[b]++;
    const Index other = states_[to];
    std::swap(states_[to], states_[place_[q]]);
    std::swap(place_[q], place_[other]);
  }

  /// The smaller of marked and unmarked states becomes a block and waits. If `b` waits, both halves then do.
  void split(Index b) {
    const Index middle = begin_[b] + marked_[b];
    marked_[b] = 0;
    if (middle == end_[b]) return;
    const auto fresh = static_cast<Index>(begin_.size());
    if (middle - begin_[b] <= end_[b] - middle) {
      begin_.push_back(begin_[b]);
      end_.push_back(middle);
      begin_[b] = middle;
    } else {
      begin_.push_back(middle);
      end_.push_back(end_[b]);
      end_[b] = middle;
    }
    marked_.push_back(0);
    for (Index i = begin_[fresh]; i < end_[fresh]; ++i) block_of_[states_[i]] = fresh;
    waiting_.push_back(fresh);
  }

  const Reachable& part_;
  std::vector<Index> block_of_, place_, states_;  // [n]; states_[place_[q]] == q
  std::vector<Index> begin_, end_, marked_;       // a block each
  std::vector<Index> first_, predecessors_;
  std::vector<Index> waiting_, splitter_, touched_;
};

Classes equivalent_states(const Reachable& part, const std::vector<Index>& labels, Index num_labels) {
  Classes classes = number_by_first_state(labels, num_labels);
  if (classes.count == 1 || part.size == classes.count) return classes;
  MooreRound round(part);
  for (;;) {
    Classes refined = round.refine(classes);
    const Index before = classes.count;
    classes = std::move(refined);
    if (classes.count == before || classes.count == part.size) return classes;
    if (classes.count < 2 * before && classes.count - before < part.size / 4) break;
  }
  return Hopcroft(part, classes).run();
}

/// Successors and a representative of each class, classes numbered in breadth-first order.
struct Quotient {
  std::vector<State> next;
  std::vector<Index> representative;  // state of the input
};

template <typename Label>
Quotient quotient(State num_states, Letter num_letters, State start, std::span<const State> next,
                  std::span<const Label> label, Index num_labels) {
  const Reachable part = reachable_part(num_states, num_letters, start, next);
  std::vector<Index> labels(part.size);
  for (Index q = 0; q < part.size; ++q) labels[q] = static_cast<Index>(label[part.original[q]]);
  const Classes classes = equivalent_states(part, labels, num_labels);
  Quotient small;
  small.next.reserve(static_cast<std::size_t>(classes.count) * part.letters);
  small.representative.reserve(classes.count);
  // States are in breadth-first order and classes in that of their first states: so are the quotient's.
  for (Index q = 0; q < part.size; ++q) {
    if (classes.class_of[q] != small.representative.size()) continue;
    small.representative.push_back(part.original[q]);
    for (Index s = 0; s < part.letters; ++s)
      small.next.push_back(static_cast<State>(classes.class_of[part.step(q, s)]));
  }
  return small;
}

}  // namespace

Moore minimize(const Moore& machine) {
  check(machine);
  Quotient small =
      quotient<std::int32_t>(machine.num_states, machine.num_letters, machine.start, machine.next,
                             machine.label, static_cast<Index>(machine.num_labels));
  Moore result{.num_states = static_cast<State>(small.representative.size()),
               .num_letters = machine.num_letters,
               .num_labels = machine.num_labels,
               .start = 0,
               .next = std::move(small.next),
               .label = {},
               .letter_names = machine.letter_names,
               .label_names = machine.label_names};
  result.label.reserve(small.representative.size());
  for (const Index q : small.representative) result.label.push_back(machine.label[q]);
  return result;
}

Dfa minimize(const Dfa& dfa) {
  check(dfa);
  Quotient small =
      quotient<std::uint8_t>(dfa.num_states, dfa.num_letters, dfa.start, dfa.next, dfa.accept, 2);
  Dfa result{.num_states = static_cast<State>(small.representative.size()),
             .num_letters = dfa.num_letters,
             .start = 0,
             .next = std::move(small.next),
             .accept = {},
             .letter_names = dfa.letter_names};
  result.accept.reserve(small.representative.size());
  for (const Index q : small.representative) result.accept.push_back(dfa.accept[q]);
  return result;
}

}  // namespace anser::automata
