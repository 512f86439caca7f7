// The transition monoid M of a machine: the maps of its states that words induce, the identity among them.
// For a minimal machine it is the syntactic monoid of the language.
//
// Froidure and Pin (1997): elements come in the order of their shortest words (by length, then by letters); a
// product is looked up in the hash table only where no shorter rule gives it. Elements are numbered from 0 =
// the identity. Maps of up to 16 points are packed in 64 bits, larger ones in one or two bytes a point.
// Memory: 8 k + 40 bytes an element, plus its map above 16 points.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "automata/moore.h"
#include "automata/transition_map.h"

namespace anser::automata {

struct MonoidOptions {
  std::int64_t max_elements = 1'000'000;
};

class TransitionMonoid {
 public:
  using Element = std::int32_t;

  /// False when there are more elements than max_elements (or than fit in 1 GiB): then only size() means
  /// something, and the monoid is larger than it.
  bool complete() const { return complete_; }
  Element size() const { return size_; }
  State num_points() const { return num_points_; }
  Letter num_letters() const { return num_letters_; }
  static constexpr Element identity() { return 0; }
  /// A non-empty word induces the identity: the semigroup S of non-empty words is all of M, else M without 0.
  bool identity_is_word() const { return identity_is_word_; }
  std::int64_t semigroup_size() const { return size_ - (identity_is_word_ ? 0 : 1); }

  /// Cayley graphs: x.s (x first) and s.x.
  Element right(Element x, Letter s) const { return right_[index(x, s)]; }
  Element left(Element x, Letter s) const { return left_[index(x, s)]; }
  std::span<const Element> right_graph() const { return right_; }
  std::span<const Element> left_graph() const { return left_; }

  /// Shortest word of an element = prefix(x) last(x) = first(x) suffix(x), for x != 0.
  Element prefix(Element x) const { return prefix_[static_cast<std::size_t>(x)]; }
  Element suffix(Element x) const { return suffix_[static_cast<std::size_t>(x)]; }
  Letter first(Element x) const { return first_[static_cast<std::size_t>(x)]; }
  Letter last(Element x) const { return last_[static_cast<std::size_t>(x)]; }
  std::vector<Letter> word(Element x) const;

  State image(Element x, State q) const;
  TransitionMap map(Element x) const;
  /// x.y: first x, then y. O(length of y's word).
  Element product(Element x, Element y) const;
  bool is_idempotent(Element x) const;

 private:
  friend class MonoidBuilder;
  std::size_t index(Element x, Letter s) const {
    return static_cast<std::size_t>(x) * static_cast<std::size_t>(num_letters_) + static_cast<std::size_t>(s);
  }

  bool complete_ = false;
  bool identity_is_word_ = false;
  Element size_ = 0;
  State num_points_ = 0;
  Letter num_letters_ = 0;
  std::vector<Element> right_, left_, prefix_, suffix_;
  std::vector<Letter> first_, last_;
  std::vector<std::uint64_t> packed_;  // up to 16 points, 4 bits a point, point 0 lowest
  std::vector<std::uint8_t> bytes_;    // more points: 1 or 2 bytes a point (low byte first)
};

/// InputError when the machine is not well-formed or max_elements < 1.
[[nodiscard]] TransitionMonoid enumerate_monoid(const Moore& machine, const MonoidOptions& options = {});

}  // namespace anser::automata
