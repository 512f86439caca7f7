#include "automata/permutation_group.h"

#include <algorithm>
#include <cctype>
#include <charconv>
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

/// Number that follows `prefix` in a name such as limit3, or nothing.
std::optional<std::int32_t> number_after(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  std::int32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + prefix.size(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

// --- names
// -----------------------------------------------------------------------------------------------------------

bool PermutationGroup::is_name(std::string_view name) {
  const auto parts = split_factors(lower(name));
  return std::all_of(parts.begin(), parts.end(), GroupFactor::is_name);
}

PermutationGroup PermutationGroup::parse(std::string_view text) {
  require(is_name(text), kParse,
          "\"{}\" is not a group; wanted S<n>, A<n>, Z<n>, D<2m>, Q8, H3 or products such as A4_x_Z5", text);
  PermutationGroup group;
  group.name_ = lower(text);
  std::int64_t order = 1;
  for (const auto& part : split_factors(group.name_)) {
    group.factors_.push_back(GroupFactor::parse(part, text));
    const GroupFactor& factor = group.factors_.back();
    order *= factor.order();
    require(order <= kMaxGroupOrder, kParse, "{} has more than {} elements", text, kMaxGroupOrder);
    group.degree_ += factor.degree();
    group.title_ += fmt::format("{}{}{}", group.title_.empty() ? "" : " x ",
                                static_cast<char>(std::toupper(static_cast<unsigned char>(factor.kind()))),
                                factor.number());
  }
  group.order_ = static_cast<Element>(order);
  return group;
}

bool PermutationGroup::is_symmetric() const {
  return factors_.size() == 1 && factors_[0].kind() == 's';
}

// --- elements
// --------------------------------------------------------------------------------------------------------

void PermutationGroup::check_element(Element i) const {
  require(i >= 0 && i < order_, kParse, "{} has no element {}, wanted 0..{}", title_, i, order_ - 1);
}

std::vector<Element> PermutationGroup::split(Element i) const {
  check_element(i);
  std::vector<Element> parts(factors_.size());
  for (std::size_t f = factors_.size(); f-- > 0; i /= factors_[f].order()) parts[f] = i % factors_[f].order();
  return parts;
}

Element PermutationGroup::join(const std::vector<Element>& parts) const {
  Element i = 0;
  for (std::size_t f = 0; f < factors_.size(); ++f) i = i * factors_[f].order() + parts[f];
  return i;
}

Permutation PermutationGroup::element(Element i) const {
  const auto parts = split(i);
  std::vector<std::int32_t> images;
  for (std::size_t f = 0; f < factors_.size(); ++f) {
    const auto offset = static_cast<std::int32_t>(images.size());
    const Permutation part = factors_[f].element(parts[f]);
    for (const auto image : part.images()) images.push_back(offset + image);
  }
  return Permutation(std::move(images));
}

Element PermutationGroup::number_of(const Permutation& p) const {
  require(p.degree() == degree_, kParse, "{} acts on {} points, got a permutation of {}", title_, degree_,
          p.degree());
  std::vector<Element> parts;
  std::int32_t offset = 0;
  for (const GroupFactor& factor : factors_) {
    parts.push_back(factor.number_of([&](std::int32_t point) { return p(offset + point) - offset; }));
    offset += factor.degree();
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
    name += factors_[f].element_name(parts[f]);
  }
  return name;
}

Element PermutationGroup::product(Element i, Element j) const {
  auto left = split(i);
  const auto right = split(j);
  for (std::size_t f = 0; f < factors_.size(); ++f) left[f] = factors_[f].product(left[f], right[f]);
  return join(left);
}

Element PermutationGroup::inverse(Element i) const {
  auto parts = split(i);
  for (std::size_t f = 0; f < factors_.size(); ++f) parts[f] = factors_[f].inverse(parts[f]);
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

std::vector<Element> PermutationGroup::generators() const {
  std::vector<Element> result;
  for (std::size_t f = 0; f < factors_.size(); ++f)
    for (const Element g : factors_[f].generators()) {
      std::vector<Element> parts(factors_.size(), 0);
      parts[f] = g;
      result.push_back(join(parts));
    }
  std::sort(result.begin(), result.end());
  return result;  // distinct: each moves the points of one factor alone
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
  if (factors_.size() == 1 && (factors_[0].kind() == 's' || factors_[0].kind() == 'a'))
    for (std::int32_t m = factors_[0].kind() == 's' ? 2 : 3; m < degree_; ++m)
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
