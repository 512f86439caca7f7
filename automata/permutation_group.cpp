#include "automata/permutation_group.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <numeric>
#include <optional>

#include "core/base/error.h"
#include "core/base/ids.h"

namespace anser::automata {
namespace {

constexpr const char* kParse = "automata::PermutationGroup";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::vector<std::string> split_factors(const std::string& name) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t at = 0; (at = name.find("_x_", begin)) != std::string::npos; begin = at + 3)
    parts.push_back(name.substr(begin, at - begin));
  parts.push_back(name.substr(begin));
  return parts;
}

/// 's', 'a' or 'z' and at least one digit.
bool is_factor_name(const std::string& part) {
  return part.size() >= 2 && (part[0] == 's' || part[0] == 'a' || part[0] == 'z') &&
         std::all_of(part.begin() + 1, part.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// Number that follows `prefix` in a name such as limit3, or nothing.
std::optional<std::int32_t> number_after(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  std::int32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + prefix.size(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

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

/// Points 0..n-1 with (first, second, third) as a cycle first -> second -> third -> first.
Permutation three_cycle(std::int32_t n, std::int32_t first, std::int32_t second, std::int32_t third) {
  return Permutation::transposition(n, first, third) * Permutation::transposition(n, first, second);
}

std::vector<Element> sorted_unique(std::vector<Element> elements) {
  std::sort(elements.begin(), elements.end());
  elements.erase(std::unique(elements.begin(), elements.end()), elements.end());
  return elements;
}

}  // namespace

// --- names
// -----------------------------------------------------------------------------------------------------------

bool PermutationGroup::is_name(std::string_view name) {
  const auto parts = split_factors(lower(name));
  return std::all_of(parts.begin(), parts.end(), is_factor_name);
}

PermutationGroup PermutationGroup::parse(std::string_view text) {
  require(is_name(text), kParse, "\"{}\" is not a group; wanted S<n>, A<n>, Z<n> or products such as A4_x_Z5",
          text);
  PermutationGroup group;
  group.name_ = lower(text);
  std::int64_t order = 1;
  for (const auto& part : split_factors(group.name_)) {
    std::int64_t n = 0;
    std::from_chars(part.data() + 1, part.data() + std::min<std::size_t>(part.size(), 10), n);
    group.factors_.push_back(make_factor(part[0], n, text));
    const Factor& factor = group.factors_.back();
    order *= factor.order;
    require(order <= kMaxGroupOrder, kParse, "{} has more than {} elements", text, kMaxGroupOrder);
    group.degree_ += factor.n;
    group.title_ +=
        fmt::format("{}{}{}", group.title_.empty() ? "" : " x ",
                    static_cast<char>(std::toupper(static_cast<unsigned char>(factor.kind))), factor.n);
  }
  group.order_ = static_cast<Element>(order);
  return group;
}

PermutationGroup::Factor PermutationGroup::make_factor(char kind, std::int64_t n, std::string_view whole) {
  require(n >= 1, kParse, "{}: a group acts on at least 1 point, got {}", whole, n);
  Factor factor{
      .kind = kind, .n = static_cast<std::int32_t>(n), .order = static_cast<Element>(n), .elements = {}};
  require(n <= (kind == 'z' ? kMaxGroupOrder : 7), kParse, "{} has more than {} elements", whole,
          kMaxGroupOrder);
  if (kind == 'z') return factor;
  std::vector<std::int32_t> images(static_cast<std::size_t>(n));
  std::iota(images.begin(), images.end(), 0);
  do {
    Permutation p(images);
    if (kind == 's' || automata::sign(p) > 0) factor.elements.push_back(std::move(p));
  } while (std::next_permutation(images.begin(), images.end()));
  factor.order = static_cast<Element>(factor.elements.size());
  return factor;
}

bool PermutationGroup::is_symmetric() const {
  return factors_.size() == 1 && factors_[0].kind == 's';
}

// --- elements
// --------------------------------------------------------------------------------------------------------

void PermutationGroup::check_element(Element i) const {
  require(i >= 0 && i < order_, kParse, "{} has no element {}, wanted 0..{}", title_, i, order_ - 1);
}

std::vector<Element> PermutationGroup::split(Element i) const {
  check_element(i);
  std::vector<Element> parts(factors_.size());
  for (std::size_t f = factors_.size(); f-- > 0; i /= factors_[f].order) parts[f] = i % factors_[f].order;
  return parts;
}

Element PermutationGroup::join(const std::vector<Element>& parts) const {
  Element i = 0;
  for (std::size_t f = 0; f < factors_.size(); ++f) i = i * factors_[f].order + parts[f];
  return i;
}

Permutation PermutationGroup::factor_element(const Factor& factor, Element i) {
  if (factor.kind != 'z') return factor.elements[static_cast<std::size_t>(i)];
  std::vector<std::int32_t> images(static_cast<std::size_t>(factor.n));
  for (std::int32_t p = 0; p < factor.n; ++p) images[static_cast<std::size_t>(p)] = (p + i) % factor.n;
  return Permutation(std::move(images));
}

Element PermutationGroup::factor_number(const Factor& factor, const Permutation& p) {
  const Element place = lexicographic_place(factor.n, p);
  return factor.kind == 'a' ? place / 2 : place;
}

Element PermutationGroup::factor_product(const Factor& factor, Element i, Element j) {
  if (factor.kind == 'z') return (i + j) % factor.n;
  const auto p = factor.elements[static_cast<std::size_t>(i)].images();
  const auto q = factor.elements[static_cast<std::size_t>(j)].images();
  const Element place = lexicographic_place(factor.n, [&](std::int32_t point) {
    return p[static_cast<std::size_t>(q[static_cast<std::size_t>(point)])];
  });
  return factor.kind == 'a' ? place / 2 : place;
}

Permutation PermutationGroup::element(Element i) const {
  const auto parts = split(i);
  std::vector<std::int32_t> images;
  for (std::size_t f = 0; f < factors_.size(); ++f) {
    const auto offset = static_cast<std::int32_t>(images.size());
    const Permutation part = factor_element(factors_[f], parts[f]);
    for (const auto image : part.images()) images.push_back(offset + image);
  }
  return Permutation(std::move(images));
}

Element PermutationGroup::number_of(const Permutation& p) const {
  require(p.degree() == degree_, kParse, "{} acts on {} points, got a permutation of {}", title_, degree_,
          p.degree());
  std::vector<Element> parts;
  std::int32_t offset = 0;
  for (const Factor& factor : factors_) {
    if (factor.kind == 'z') {
      parts.push_back(std::clamp(p(offset) - offset, 0, factor.n - 1));
    } else {
      const auto local = [&](std::int32_t point) { return p(offset + point); };
      const Element place = lexicographic_place(factor.n, local) / (factor.kind == 'a' ? 2 : 1);
      parts.push_back(std::min(place, factor.order - 1));
    }
    offset += factor.n;
  }
  const Element i = join(parts);
  require(element(i) == p, kParse, "{} is not an element of {}", print_cycles(p), title_);
  return i;
}

std::string PermutationGroup::element_name(Element i) const {
  const auto parts = split(i);
  std::string name;
  for (std::size_t f = 0; f < factors_.size(); ++f) {
    if (f > 0) name += "|";
    name += factors_[f].kind == 'z' ? fmt::format("{}", parts[f])
                                    : print_cycles(factor_element(factors_[f], parts[f]));
  }
  return name;
}

Element PermutationGroup::product(Element i, Element j) const {
  auto left = split(i);
  const auto right = split(j);
  for (std::size_t f = 0; f < factors_.size(); ++f) left[f] = factor_product(factors_[f], left[f], right[f]);
  return join(left);
}

Element PermutationGroup::inverse(Element i) const {
  auto parts = split(i);
  for (std::size_t f = 0; f < factors_.size(); ++f) {
    const Factor& factor = factors_[f];
    parts[f] = factor.kind == 'z'
                   ? (factor.n - parts[f]) % factor.n
                   : factor_number(factor, automata::inverse(factor_element(factor, parts[f])));
  }
  return join(parts);
}

std::int64_t PermutationGroup::element_order(Element i) const {
  return automata::order(element(i));
}

int PermutationGroup::sign(Element i) const {
  return automata::sign(element(i));
}

// --- structure
// -------------------------------------------------------------------------------------------------------

std::vector<Element> PermutationGroup::factor_generators(const Factor& factor) {
  std::vector<Element> result;
  const auto add = [&](const Permutation& p) { result.push_back(factor_number(factor, p)); };
  const std::int32_t n = factor.n;
  if (factor.kind == 'z' && n > 1) result.push_back(1);
  if (factor.kind == 's') {
    for (std::int32_t i = 0; i + 1 < n; ++i) add(Permutation::transposition(n, i, i + 1));
    std::vector<std::int32_t> shift(static_cast<std::size_t>(n));
    for (std::int32_t i = 0; i < n; ++i) shift[static_cast<std::size_t>(i)] = (i + 1) % n;
    if (n > 1) add(Permutation(std::move(shift)));
  }
  if (factor.kind == 'a')
    for (std::int32_t m = 2; m < n; ++m) add(three_cycle(n, 0, 1, m));
  return sorted_unique(std::move(result));
}

std::vector<Element> PermutationGroup::generators() const {
  std::vector<Element> result;
  for (std::size_t f = 0; f < factors_.size(); ++f)
    for (const Element g : factor_generators(factors_[f])) {
      std::vector<Element> parts(factors_.size(), 0);
      parts[f] = g;
      result.push_back(join(parts));
    }
  return sorted_unique(std::move(result));
}

std::vector<Element> PermutationGroup::generated_subgroup(const std::vector<Element>& elements) const {
  std::vector<bool> seen(static_cast<std::size_t>(order_), false);
  std::vector<Element> found = {identity()};
  seen[0] = true;
  for (std::size_t i = 0; i < found.size(); ++i)
    for (const Element g : elements) {
      const Element next = product(found[i], g);
      if (seen[static_cast<std::size_t>(next)]) continue;
      seen[static_cast<std::size_t>(next)] = true;
      found.push_back(next);
    }
  std::sort(found.begin(), found.end());
  return found;
}

/// Generators of [H,H] for H generated by `gens`: commutators of generators, closed under conjugation by
/// them.
std::vector<Element> PermutationGroup::derived_subgroup(const std::vector<Element>& gens) const {
  std::vector<Element> result;
  std::vector<Element> closure = {identity()};
  const auto add = [&](Element x) {
    if (std::binary_search(closure.begin(), closure.end(), x)) return;
    result.push_back(x);
    closure = generated_subgroup(result);
  };
  for (const Element a : gens)
    for (const Element b : gens) add(product(product(a, b), product(inverse(a), inverse(b))));
  for (std::size_t i = 0; i < result.size(); ++i)
    for (const Element g : gens) add(product(product(g, result[i]), inverse(g)));
  return result;
}

std::vector<std::int64_t> PermutationGroup::derived_series() const {
  std::vector<std::int64_t> orders = {order_};
  for (auto gens = generators();;) {
    gens = derived_subgroup(gens);
    const auto next = static_cast<std::int64_t>(generated_subgroup(gens).size());
    if (next == orders.back()) return orders;
    orders.push_back(next);
  }
}

bool PermutationGroup::is_solvable() const {
  return derived_series().back() == 1;
}

std::vector<std::int32_t> PermutationGroup::abelian_classes() const {
  const auto derived = generated_subgroup(derived_subgroup(generators()));
  std::vector<std::int32_t> classes(static_cast<std::size_t>(order_), -1);
  std::int32_t count = 0;
  for (Element i = 0; i < order_; ++i) {
    if (classes[static_cast<std::size_t>(i)] >= 0) continue;
    for (const Element h : derived) classes[static_cast<std::size_t>(product(i, h))] = count;
    ++count;
  }
  return classes;
}

// --- token sets
// ------------------------------------------------------------------------------------------------------

std::vector<std::string> PermutationGroup::token_set_names() const {
  std::vector<std::string> names = {"all"};
  if (is_symmetric() && degree_ >= 2) names.insert(names.end(), {"swaps", "swaps+id"});
  if (!generators().empty()) names.emplace_back("gens");
  if (factors_.size() == 1 && factors_[0].kind != 'z')
    for (std::int32_t m = factors_[0].kind == 's' ? 2 : 3; m < degree_; ++m)
      names.push_back(fmt::format("limit{}", m));
  return names;
}

std::vector<Element> PermutationGroup::token_set(std::string_view set) const {
  const auto known = token_set_names();
  require(std::find(known.begin(), known.end(), set) != known.end(), kParse, "{} has no token set \"{}\"{}",
          title_, set, suggest(set, known));
  if (set == "gens") return generators();
  const auto limit = number_after(set, "limit");
  std::vector<Element> result;
  for (Element i = 0; i < order_; ++i) {
    const auto moved = set == "all" ? 0 : moved_points(element(i));
    const bool in_set = set == "all" || (set == "swaps" && moved == 2) ||
                        (set == "swaps+id" && (moved == 2 || moved == 0)) || (limit && moved <= *limit);
    if (in_set) result.push_back(i);
  }
  return result;
}

std::string PermutationGroup::token_set_title(std::string_view set) const {
  const auto size = token_set(set).size();
  if (set == "all") return fmt::format("all {} element{}", size, size == 1 ? "" : "s");
  if (set == "swaps") return fmt::format("the {} transpositions", size);
  if (set == "swaps+id") return fmt::format("identity and the {} transpositions", size - 1);
  if (set != "gens")
    return fmt::format("the {} permutations that move at most {} points", size, set.substr(5));
  std::string names;
  for (const Element g : generators()) names += (names.empty() ? "" : ", ") + element_name(g);
  return fmt::format("{} generators {}", size, names);
}

}  // namespace anser::automata
