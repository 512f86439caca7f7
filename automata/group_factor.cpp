#include "automata/group_factor.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <numeric>

#include "core/base/error.h"

namespace anser::automata {
namespace {

constexpr const char* kParse = "automata::PermutationGroup";

/// Place of the map i -> image(i) of n points among all permutations in lexicographic order: digits of the
/// factorial base, digit i counts the later images that are smaller. Even permutations sit at every second
/// place (2m and 2m+1 differ by exchanging the last two images), so place / 2 is the number within A_n.
template <typename Image>
Element lexicographic_place(std::int32_t n, const Image& image) {
  Element place = 0;
  for (std::int32_t i = 0; i < n; ++i) {
    Element smaller = 0;
    for (std::int32_t j = i + 1; j < n; ++j) smaller += image(j) < image(i) ? 1 : 0;
    place = place * (n - i) + smaller;
  }
  return place;
}

/// The n points with (first, second, third) as a cycle first -> second -> third -> first.
Permutation three_cycle(std::int32_t n, std::int32_t first, std::int32_t second, std::int32_t third) {
  return Permutation::transposition(n, first, third) * Permutation::transposition(n, first, second);
}

/// (i,f)(j,g) = (i + (-1)^f j mod m, f xor g) on i + m*f.
Element dihedral_product(std::int32_t m, Element x, Element y) {
  const Element i = x % m, f = x / m, j = y % m, g = y / m;
  return (f == 0 ? i + j : i - j + m) % m + m * (f ^ g);
}

/// Units 1 i j k at 0..3, their negatives at 4..7.
Element quaternion_product(Element x, Element y) {
  // kUnit[u][v]: the unit of u.v; kMinus[u][v]: its sign is minus (i.i = -1, i.j = k, j.i = -k, ..).
  constexpr std::array<std::array<Element, 4>, 4> kUnit{
      {{0, 1, 2, 3}, {1, 0, 3, 2}, {2, 3, 0, 1}, {3, 2, 1, 0}}};
  constexpr std::array<std::array<Element, 4>, 4> kMinus{
      {{0, 0, 0, 0}, {0, 1, 0, 1}, {0, 1, 1, 0}, {0, 0, 1, 1}}};
  const auto u = static_cast<std::size_t>(x % 4), v = static_cast<std::size_t>(y % 4);
  return kUnit[u][v] + 4 * ((x / 4) ^ (y / 4) ^ kMinus[u][v]);
}

/// (a,b,c)(a',b',c') = (a+a', b+b', c+c'+ab') mod 2 on 4a+2b+c.
Element heisenberg_product(Element x, Element y) {
  const Element carry = (x >> 2) & (y >> 1) & 1;
  return (x ^ y) ^ carry;
}

/// The number after the letter, or -1 where it has more than 9 digits.
std::int64_t digits(std::string_view name) {
  std::int64_t n = 0;
  if (name.size() > 10) return -1;
  std::from_chars(name.data() + 1, name.data() + name.size(), n);
  return n;
}

}  // namespace

bool GroupFactor::is_name(std::string_view name) {
  if (name == "q8" || name == "h3") return true;
  return name.size() >= 2 && std::string_view("sazd").find(name[0]) != std::string_view::npos &&
         std::all_of(name.begin() + 1, name.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

GroupFactor GroupFactor::parse(std::string_view name, std::string_view whole) {
  require(is_name(name), kParse, "\"{}\" is not a group", whole);
  const std::int64_t n = digits(name);
  GroupFactor factor;
  factor.kind_ = name[0];
  require(n != 0, kParse, "{}: a group acts on at least 1 point, got 0", whole);
  require(n > 0 && n <= (factor.has_table() ? 7 : kMaxGroupOrder), kParse, "{} has more than {} elements",
          whole, kMaxGroupOrder);
  require(factor.kind_ != 'd' || n % 2 == 0, kParse,
          "{}: D<n> is the dihedral group of order n, wanted an even order, got {}", whole, n);
  factor.n_ = static_cast<std::int32_t>(n);
  factor.order_ = factor.kind_ == 'h' ? 8 : factor.n_;
  factor.degree_ = factor.n_;
  if (factor.kind_ == 'h') factor.degree_ = 4;
  if (factor.kind_ == 'd' && !factor.acts_on_itself()) factor.degree_ = factor.n_ / 2;
  if (!factor.has_table()) return factor;
  std::vector<std::int32_t> images(static_cast<std::size_t>(n));
  std::iota(images.begin(), images.end(), 0);
  do {
    Permutation p(images);
    if (factor.kind_ == 's' || automata::sign(p) > 0) factor.elements_.push_back(std::move(p));
  } while (std::next_permutation(images.begin(), images.end()));
  factor.order_ = static_cast<Element>(factor.elements_.size());
  return factor;
}

Permutation GroupFactor::element(Element i) const {
  if (has_table()) return elements_[static_cast<std::size_t>(i)];
  const std::int32_t m = n_ / 2;
  const auto image = [&](std::int32_t p) -> std::int32_t {
    if (acts_on_itself()) return product(i, p);
    if (kind_ == 'z') return (p + i) % n_;
    if (kind_ == 'd') return (i < m ? i + p : i - p) % m;
    const std::int32_t a = i >> 2, b = (i >> 1) & 1, c = i & 1, x = p >> 1, y = p & 1;
    return 2 * (x ^ (a & y) ^ c) + (y ^ b);
  };
  std::vector<std::int32_t> images(static_cast<std::size_t>(degree_));
  for (std::int32_t p = 0; p < degree_; ++p) images[static_cast<std::size_t>(p)] = image(p);
  return Permutation(std::move(images));
}

Element GroupFactor::number_of(const std::function<std::int32_t(std::int32_t)>& image) const {
  const auto within = [this](Element i) { return std::clamp(i, 0, order_ - 1); };
  if (has_table()) return within(lexicographic_place(n_, image) / (kind_ == 'a' ? 2 : 1));
  if (kind_ == 'z' || acts_on_itself()) return within(image(0));  // the identity is element 0
  if (kind_ == 'd') {  // r^i s^f moves corner 0 to i and corner 1 to i + 1 or i - 1
    const std::int32_t m = n_ / 2, i = within(image(0)) % m;
    return image(1) == (i + 1) % m ? i : i + m;
  }
  const std::int32_t origin = image(0), up = image(1);  // (c, b) and (a xor c, not b)
  return within(4 * ((origin ^ up) >> 1 & 1) + 2 * (origin & 1) + (origin >> 1 & 1));
}

Element GroupFactor::product(Element i, Element j) const {
  if (kind_ == 'z') return (i + j) % n_;
  if (kind_ == 'd') return dihedral_product(n_ / 2, i, j);
  if (kind_ == 'q') return quaternion_product(i, j);
  if (kind_ == 'h') return heisenberg_product(i, j);
  const auto p = elements_[static_cast<std::size_t>(i)].images();
  const auto q = elements_[static_cast<std::size_t>(j)].images();
  const Element place = lexicographic_place(n_, [&](std::int32_t point) {
    return p[static_cast<std::size_t>(q[static_cast<std::size_t>(point)])];
  });
  return kind_ == 'a' ? place / 2 : place;
}

Element GroupFactor::inverse(Element i) const {
  if (kind_ == 'z') return (n_ - i) % n_;
  if (kind_ == 'd') return i < n_ / 2 ? (n_ / 2 - i) % (n_ / 2) : i;
  if (kind_ == 'q') return i % 4 == 0 ? i : i ^ 4;
  if (kind_ == 'h') return heisenberg_product(i, heisenberg_product(i, i));  // x^4 = 1
  const Permutation p = automata::inverse(elements_[static_cast<std::size_t>(i)]);
  return number_of(p);
}

std::string GroupFactor::element_name(Element i) const {
  if (kind_ == 'z') return fmt::format("{}", i);
  if (has_table()) return print_cycles(elements_[static_cast<std::size_t>(i)]);
  if (kind_ == 'h') return fmt::format("({},{},{})", i >> 2, (i >> 1) & 1, i & 1);
  if (kind_ == 'q') {
    constexpr std::array<const char*, 8> kNames = {"1", "i", "j", "k", "-1", "-i", "-j", "-k"};
    return kNames[static_cast<std::size_t>(i)];
  }
  if (i == 0) return "id";
  const std::int32_t m = n_ / 2, turns = i % m;
  const std::string rotation = turns == 0 ? "" : turns == 1 ? "r" : fmt::format("r{}", turns);
  return rotation + (i < m ? "" : "s");
}

std::vector<Element> GroupFactor::generators() const {
  std::vector<Element> result;
  if (kind_ == 'z' && n_ > 1) result = {1};
  if (kind_ == 'd') result = n_ == 2 ? std::vector<Element>{1} : std::vector<Element>{1, n_ / 2};
  if (kind_ == 'q') result = {1, 2};
  if (kind_ == 'h') result = {2, 4};
  if (kind_ == 's') {
    for (std::int32_t i = 0; i + 1 < n_; ++i)
      result.push_back(number_of(Permutation::transposition(n_, i, i + 1)));
    if (n_ > 1) result.push_back(number_of([this](std::int32_t p) { return (p + 1) % n_; }));
  }
  if (kind_ == 'a')
    for (std::int32_t m = 2; m < n_; ++m) result.push_back(number_of(three_cycle(n_, 0, 1, m)));
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

}  // namespace anser::automata
