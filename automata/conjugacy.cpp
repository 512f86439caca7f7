#include "automata/conjugacy.h"

#include <algorithm>
#include <numeric>

namespace anser::automata {
namespace {

ConjugacyClass class_of(const PermutationGroup& group, std::vector<Element> elements) {
  std::sort(elements.begin(), elements.end());
  ConjugacyClass result{.representative = elements.front(),
                        .elements = {},
                        .element_order = group.element_order(elements.front()),
                        .cycle_type = cycle_type(group.element(elements.front())),
                        .sign = group.sign(elements.front())};
  result.elements = std::move(elements);
  return result;
}

}  // namespace

std::vector<ConjugacyClass> conjugacy_classes(const PermutationGroup& group) {
  const auto generators = group.generators();
  std::vector<std::uint8_t> seen(static_cast<std::size_t>(group.order()), 0);
  std::vector<ConjugacyClass> classes;
  for (Element first = 0; first < group.order(); ++first) {
    if (seen[static_cast<std::size_t>(first)] != 0) continue;
    // The orbit of `first` under x -> g x g^-1 for generators g: that of the whole group.
    std::vector<Element> orbit = {first};
    seen[static_cast<std::size_t>(first)] = 1;
    for (std::size_t i = 0; i < orbit.size(); ++i)
      for (const Element g : generators) {
        const Element x = group.product(group.product(g, orbit[i]), group.inverse(g));
        if (seen[static_cast<std::size_t>(x)] == 0) orbit.push_back(x);
        seen[static_cast<std::size_t>(x)] = 1;
      }
    classes.push_back(class_of(group, std::move(orbit)));
  }
  return classes;
}

std::vector<std::int32_t> class_numbers(const std::vector<ConjugacyClass>& classes) {
  std::size_t order = 0;
  for (const auto& c : classes) order += c.elements.size();
  std::vector<std::int32_t> numbers(order, 0);
  for (std::size_t c = 0; c < classes.size(); ++c)
    for (const Element x : classes[c].elements)
      numbers[static_cast<std::size_t>(x)] = static_cast<std::int32_t>(c);
  return numbers;
}

std::vector<Element> centre(const PermutationGroup& group) {
  const auto generators = group.generators();
  std::vector<Element> result;
  for (Element x = 0; x < group.order(); ++x)
    if (std::all_of(generators.begin(), generators.end(),
                    [&](Element g) { return group.product(g, x) == group.product(x, g); }))
      result.push_back(x);
  return result;
}

std::int64_t exponent(const PermutationGroup& group) {
  std::int64_t result = 1;
  for (Element x = 0; x < group.order(); ++x) result = std::lcm(result, group.element_order(x));
  return result;
}

}  // namespace anser::automata
