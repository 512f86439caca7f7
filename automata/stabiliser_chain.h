// A permutation group given by generators: its order, its members, its derived series, without listing it.
//
// Schreier-Sims (Sims 1970): a base b1, b2, .. and the chain G = G1 >= G2 >= .. >= 1 where G(i+1) is the
// stabiliser of bi in Gi. Each level keeps the orbit of its base point and, for every point of it, one
// element that carries the base point there; |G| is the product of the orbit lengths. Memory: one permutation
// for each point of each orbit, refused above kMaxChainEntries numbers. A group that contains all even
// permutations is recognised by Jordan's theorem before any chain is built (docs/math/ complexity.md 3), so
// symmetric groups of any degree are cheap.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "automata/big_integer.h"
#include "automata/permutation.h"

namespace anser::automata {

inline constexpr std::int64_t kMaxChainEntries = std::int64_t{1} << 27;
inline constexpr std::int64_t kMaxChainSteps = 4'000'000'000;

/// A group by generators that grows; degree >= 1.
class StabiliserChain {
 public:
  /// The trivial group on `degree` points. InputError unless degree >= 1.
  explicit StabiliserChain(std::int32_t degree);
  /// The group that `generators` generate. InputError when a degree differs or the chain would not fit.
  StabiliserChain(std::int32_t degree, std::span<const Permutation> generators);
  StabiliserChain(StabiliserChain&&) noexcept;
  StabiliserChain& operator=(StabiliserChain&&) noexcept;
  ~StabiliserChain();

  /// Enlarges the group by one generator; whether it was new. InputError as above.
  bool add(const Permutation& generator);
  /// The same from one-line notation that is known to be a permutation of the degree.
  bool add_unchecked(std::span<const std::int32_t> images);

  std::int32_t degree() const;
  [[nodiscard]] BigInteger order() const;
  /// InputError when the degree differs.
  [[nodiscard]] bool contains(const Permutation& p) const;
  /// The generators that enlarged the group when they came, none redundant at its time.
  const std::vector<Permutation>& generators() const;
  [[nodiscard]] bool is_trivial() const { return generators().empty(); }
  /// Generators commute.
  [[nodiscard]] bool is_abelian() const;
  /// Abelian, and the exponent (least common multiple of the generators' orders) is the order.
  [[nodiscard]] bool is_cyclic() const;
  /// Proved to hold all even permutations: a symmetric or an alternating group of degree >= 8.
  [[nodiscard]] bool is_giant() const;

 private:
  friend StabiliserChain derived_subgroup(const StabiliserChain& group);
  struct Chain;
  std::unique_ptr<Chain> chain_;
};

/// [G, G]: the normal closure of the commutators of the generators.
[[nodiscard]] StabiliserChain derived_subgroup(const StabiliserChain& group);
/// |G|, |[G,G]|, |[[G,G],[G,G]]|, ... until they stop falling: {120, 60} for S5, {24, 12, 4, 1} for S4, {1}
/// for the trivial group. Orders below 60 and degrees below 5 end in 1.
[[nodiscard]] std::vector<BigInteger> derived_series(const StabiliserChain& group);
/// The derived series reaches 1.
[[nodiscard]] bool is_solvable(const StabiliserChain& group);

}  // namespace anser::automata
