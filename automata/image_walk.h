// One strong component of the images, walked breadth-first from a set A: how each set is reached from A, and
// the Schreier generators of the group that words induce on A. docs/math/complexity.md 2.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "automata/image_sets.h"
#include "automata/moore.h"

namespace anser::automata {

class ImageWalk {
 public:
  using Index = std::int32_t;  // sets in the order of the walk; A is 0

  ImageWalk(const Moore& machine, const ImageSets& sets, const ImageComponents& components);

  /// Walks a component from its first set. Every edge B -s-> C that is not in the tree gives the Schreier
  /// generator "A to B along the tree, letter s, C back to A against the tree", a permutation of the
  /// positions 0..rank-1 in A (states ascending); on_edge(permutation, length) gets it with its net length
  /// and answers whether to go on.
  template <typename OnEdge>
  void walk(std::int32_t component, OnEdge&& on_edge) {
    begin(component);
    for (Index from = 0; from < size(); ++from)
      for (std::size_t s = 0; s < sets_.letters().size(); ++s) {
        const Index to = follow(from, s);
        if (to == kOutside || to == kFresh) continue;
        place(to);
        for (std::size_t p = 0; p < rank_; ++p) permutation_[p] = place_[static_cast<std::size_t>(moved_[p])];
        if (!on_edge(std::span<const std::int32_t>(permutation_), distance(from) + 1 - distance(to))) return;
      }
  }

  // After a walk that was not stopped:
  Index size() const { return static_cast<Index>(order_.size()); }
  std::size_t rank() const { return rank_; }
  ImageSets::Set set(Index i) const { return order_[static_cast<std::size_t>(i)]; }
  std::int64_t distance(Index i) const { return distance_[static_cast<std::size_t>(i)]; }
  /// Where the tree carries the states of A, by position.
  std::span<const State> transport(Index i) const {
    return {transports_.data() + static_cast<std::size_t>(i) * rank_, rank_};
  }
  /// The tree's word from A.
  std::vector<Letter> word(Index i) const;
  /// Number in the walk, -1 for sets outside the component.
  Index find(ImageSets::Set set) const;

 private:
  static constexpr Index kOutside = -1, kFresh = -2;

  void begin(std::int32_t component);
  void add(ImageSets::Set set, Index parent, std::size_t letter);
  /// Moves the states of `from` by a letter; the set they reach, adding it to the walk when it is new.
  Index follow(Index from, std::size_t letter);
  /// place_[state] = its position in a set's transport.
  void place(Index to);

  const Moore& machine_;
  const ImageSets& sets_;
  const ImageComponents& components_;
  std::int32_t component_ = -1;
  std::size_t rank_ = 0;
  std::vector<ImageSets::Set> order_;
  std::vector<Index> parent_;
  std::vector<std::int32_t> parent_letter_, distance_;
  std::vector<State> transports_, moved_;
  std::vector<Index> number_;  // [sets]
  std::vector<std::int32_t> place_, permutation_;
};

}  // namespace anser::automata
