// The finite groups that products are made of: elements numbered, acting on points.
//
//     S<n>  all permutations of n points in lexicographic one-line order          (0 = identity)
//     A<n>  the even ones in the same order, renumbered
//     Z<n>  i = rotation of n points by i
//     D<2m> i + m*f = r^i s^f, (i,f)(j,g) = (i + (-1)^f j mod m, f xor g), of order 2m: r turns m corners, s
//           reflects them; for m <= 2, where that is not faithful, it acts on its own elements
//     Q8    1 i j k -1 -i -j -k, acting on itself: x moves y to x.y
//     H3    (a,b,c) at 4a+2b+c, (a,b,c)(a',b',c') = (a+a', b+b', c+c'+ab') mod 2, of order 8: the upper
//           triangular 3x3 matrices over Z2, moving the point (x,y) at 2x+y to (x+ay+c, y+b)
//
// Every action is faithful and (p.q)(i) = p(q(i)). Products cost O(n^2) for S_n and A_n, O(1) otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "automata/permutation.h"

namespace anser::automata {

using Element = std::int32_t;
inline constexpr std::int64_t kMaxGroupOrder = 5040;

class GroupFactor {
 public:
  /// Whether `name`, in lower case, has the form of a factor: s, a, z or d and digits, q8, h3.
  static bool is_name(std::string_view name);
  /// From a name in lower case. `whole` is what messages call the group. InputError when it is not a group or
  /// has more than kMaxGroupOrder elements.
  static GroupFactor parse(std::string_view name, std::string_view whole);

  /// 's', 'a', 'z', 'd', 'q' or 'h'; and the number in the name.
  char kind() const { return kind_; }
  std::int32_t number() const { return n_; }
  Element order() const { return order_; }
  /// Points acted on.
  std::int32_t degree() const { return degree_; }

  Permutation element(Element i) const;
  /// Number of the element that acts as `image`; any number in 0..order-1 when none does.
  Element number_of(const std::function<std::int32_t(std::int32_t)>& image) const;
  Element product(Element i, Element j) const;
  Element inverse(Element i) const;
  /// "(1 2 3)", "id" for S_n and A_n; "4" for Z_n; "id", "r2", "rs" for D_2m; "-k" for Q8; "(1,0,1)" for H3.
  std::string element_name(Element i) const;
  /// S_n adjacent transpositions and the n-cycle 2 3 .. n 1; A_n the 3-cycles (1 2 m); Z_n the rotation by 1;
  /// D_2m r and s; Q8 i and j; H3 (1,0,0) and (0,1,0). Ascending, none for the trivial group.
  std::vector<Element> generators() const;

 private:
  /// D_2 and D_4, Q8: the group acts on its own elements.
  bool acts_on_itself() const { return kind_ == 'q' || (kind_ == 'd' && n_ <= 4); }
  bool has_table() const { return kind_ == 's' || kind_ == 'a'; }

  char kind_ = 'z';
  std::int32_t n_ = 1;
  Element order_ = 1;
  std::int32_t degree_ = 1;
  std::vector<Permutation> elements_;  // sorted; of S_n and A_n only
};

}  // namespace anser::automata
