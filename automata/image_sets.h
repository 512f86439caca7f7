// The images of the state set under all words, found breadth-first, and their strong components. The graph
// behind automata/image_orbits.h.
//
// Sets are bit masks: one machine word up to 64 states, more above. Letters with equal maps are one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "automata/moore.h"

namespace anser::automata {

class ImageSets {
 public:
  using Set = std::int32_t;  // number of a set, 0 = all states, breadth-first
  static constexpr Set kUnknown = -1;

  /// Starts with the full set. At most `max_sets`, and at most as many as fit in 2 GiB.
  ImageSets(const Moore& machine, std::int64_t max_sets);

  /// Expands sets in order until `limit` are expanded, all are, or a new one would be too many. Whether all
  /// are.
  bool explore(std::int64_t limit);
  /// All images are known and expanded.
  bool complete() const { return !full_ && expanded_ == size(); }
  /// No more sets may be added.
  bool full() const { return full_; }

  Set size() const { return static_cast<Set>(ranks_.size()); }
  State rank(Set set) const { return ranks_[static_cast<std::size_t>(set)]; }
  std::vector<State> members(Set set) const;

  /// The distinct letters: numbers of the first letter with each map.
  std::span<const Letter> letters() const { return letters_; }
  /// Image of a set under letters()[s]; kUnknown where it was not computed.
  Set next(Set set, std::size_t s) const {
    const std::size_t at = static_cast<std::size_t>(set) * letters_.size() + s;
    return at < next_.size() ? next_[at] : kUnknown;
  }
  /// A shortest word, first in letter order, that carries the full set to this one.
  std::vector<Letter> word(Set set) const;

 private:
  void merge_equal_letters(const Moore& machine);
  void make_tables(const Moore& machine);
  void image(const std::uint64_t* from, std::size_t s, std::uint64_t* to) const;
  Set find_or_add(const std::uint64_t* set, Set parent);
  void grow_table();
  std::uint64_t hash(const std::uint64_t* set) const;

  State num_states_;
  std::size_t words_;  // machine words of a set
  std::int64_t max_sets_;
  bool full_ = false;
  Set expanded_ = 0;
  std::vector<Letter> letters_;
  std::vector<State> maps_;            // [letters][states], when words_ > 1
  std::vector<std::uint64_t> tables_;  // [letters][bytes][256]: image of a byte, when words_ == 1
  std::vector<std::uint64_t> sets_;    // [size][words_]
  std::vector<State> ranks_;
  std::vector<Set> parents_, next_, table_;
};

/// Strong components of the images; those of equal sets of one component have equal rank.
struct ImageComponents {
  std::vector<std::int32_t> of;      // [sets]
  std::vector<std::int64_t> begin;   // [count + 1]
  std::vector<ImageSets::Set> sets;  // component c: sets[begin[c]] .. sets[begin[c + 1] - 1], rising
  std::int32_t count() const { return static_cast<std::int32_t>(begin.size()) - 1; }
};
[[nodiscard]] ImageComponents image_components(const ImageSets& sets);

}  // namespace anser::automata
