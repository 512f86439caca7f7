#include "automata/characters.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numbers>
#include <numeric>

#include "core/base/error.h"

namespace anser::automata {
namespace {

using Partition = std::vector<std::int32_t>;  // falling, positive

/// An irreducible character of a factor, as a function of the element.
struct FactorCharacter {
  std::string name;
  std::int32_t dimension = 1;
  std::function<Complex(Element)> value;
};

// --- partitions

/// All partitions of n, (n) first, falling lexicographically.
std::vector<Partition> partitions(std::int32_t n, std::int32_t largest) {
  if (n == 0) return {{}};
  std::vector<Partition> result;
  for (std::int32_t first = std::min(n, largest); first >= 1; --first)
    for (const Partition& rest : partitions(n - first, first)) {
      Partition p = {first};
      p.insert(p.end(), rest.begin(), rest.end());
      result.push_back(std::move(p));
    }
  return result;
}

Partition conjugate(const Partition& p) {
  Partition result;
  for (std::int32_t column = 0; !p.empty() && column < p[0]; ++column)
    result.push_back(static_cast<std::int32_t>(
        std::count_if(p.begin(), p.end(), [column](std::int32_t row) { return row > column; })));
  return result;
}

/// Cycle lengths of all points, fixed points written out as 1.
Partition full_cycle_type(const Permutation& p) {
  Partition type = cycle_type(p);
  type.resize(type.size() + static_cast<std::size_t>(p.degree() - moved_points(p)), 1);
  return type;
}

std::string print(const Partition& p) {
  return fmt::format("[{}]", fmt::join(p, ","));
}

/// Sum over the ways to take a rim hook of length cycles[at] off the shape with first-column hook lengths
/// `beta` (docs/math/groups.md 2): a hook of length r turns one b of them into b - r, and its height is the
/// number of others in between.
std::int64_t remove_hooks(std::vector<std::int32_t> beta, const Partition& cycles, std::size_t at) {
  if (at == cycles.size()) return 1;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < beta.size(); ++i) {
    const std::int32_t from = beta[i], to = from - cycles[at];
    if (to < 0 || std::find(beta.begin(), beta.end(), to) != beta.end()) continue;
    const auto height =
        std::count_if(beta.begin(), beta.end(), [&](std::int32_t b) { return to < b && b < from; });
    beta[i] = to;
    const std::int64_t rest = remove_hooks(beta, cycles, at + 1);
    beta[i] = from;
    sum += height % 2 == 0 ? rest : -rest;
  }
  return sum;
}

/// murnaghan_nakayama without its checks.
std::int64_t symmetric_value(const Partition& shape, const Partition& cycles) {
  std::vector<std::int32_t> beta = shape;
  for (std::size_t i = 0; i < beta.size(); ++i) beta[i] += static_cast<std::int32_t>(beta.size() - 1 - i);
  return remove_hooks(std::move(beta), cycles, 0);
}

void require_partition(const Partition& p, const char* what) {
  const bool falling = std::is_sorted(p.rbegin(), p.rend());
  require(falling && (p.empty() || p.back() >= 1), "automata::murnaghan_nakayama",
          "{} {} is not a partition: wanted positive parts, none larger than the one before", what, print(p));
}

// --- characters of the factors

std::vector<FactorCharacter> symmetric_characters(const GroupFactor& factor) {
  std::vector<FactorCharacter> rows;
  const std::int32_t n = factor.number();
  for (const Partition& shape : partitions(n, n))
    rows.push_back({.name = print(shape),
                    .dimension = static_cast<std::int32_t>(
                        symmetric_value(shape, Partition(static_cast<std::size_t>(n), 1))),
                    .value = [&factor, shape](Element x) -> Complex {
                      return static_cast<double>(symmetric_value(shape, full_cycle_type(factor.element(x))));
                    }});
  return rows;
}

/// Hooks of the diagonal of a self-conjugate partition: distinct odd lengths, a cycle type.
Partition diagonal_hooks(const Partition& shape) {
  Partition hooks;
  for (std::size_t i = 0; i < shape.size() && shape[i] > static_cast<std::int32_t>(i); ++i)
    hooks.push_back(2 * (shape[i] - static_cast<std::int32_t>(i)) - 1);
  return hooks;
}

/// The two halves of a self-conjugate partition's character (docs/math/groups.md 3). `split` holds the
/// conjugates of the smallest element whose cycles are the diagonal hooks.
FactorCharacter half_character(const GroupFactor& factor, const Partition& shape, bool plus,
                               const std::vector<std::uint8_t>& split) {
  const Partition hooks = diagonal_hooks(shape);
  const auto n = static_cast<std::int32_t>(factor.number());
  const double sign = (n - static_cast<std::int32_t>(hooks.size())) / 2 % 2 == 0 ? 1 : -1;
  double product = sign;
  for (const auto h : hooks) product *= h;
  const Complex root = std::sqrt(Complex(product));
  const auto value = [&factor, shape, hooks, plus, split, sign, root](Element x) -> Complex {
    const Partition cycles = full_cycle_type(factor.element(x));
    if (cycles != hooks) return static_cast<double>(symmetric_value(shape, cycles)) / 2;
    return (sign + (plus == (split[static_cast<std::size_t>(x)] != 0) ? root : -root)) / 2.0;
  };
  return {.name = print(shape) + (plus ? "+" : "-"),
          .dimension = static_cast<std::int32_t>(value(0).real()),
          .value = value};
}

std::vector<FactorCharacter> alternating_characters(const GroupFactor& factor) {
  const std::int32_t n = factor.number();
  std::vector<FactorCharacter> rows = symmetric_characters(factor);
  if (n <= 2) return {rows.front()};
  const auto classes = conjugacy_classes(PermutationGroup::parse(fmt::format("a{}", n)));
  const auto shapes = partitions(n, n);
  std::vector<FactorCharacter> result;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const Partition mirrored = conjugate(shapes[i]);
    if (shapes[i] > mirrored) result.push_back(rows[i]);
    if (shapes[i] != mirrored) continue;
    const auto first = std::find_if(classes.begin(), classes.end(), [&](const ConjugacyClass& c) {
      return full_cycle_type(factor.element(c.representative)) == diagonal_hooks(shapes[i]);
    });
    std::vector<std::uint8_t> split(static_cast<std::size_t>(factor.order()), 0);
    for (const Element x : first->elements) split[static_cast<std::size_t>(x)] = 1;
    for (const bool plus : {true, false}) result.push_back(half_character(factor, shapes[i], plus, split));
  }
  return result;
}

std::vector<FactorCharacter> cyclic_characters(const GroupFactor& factor) {
  std::vector<FactorCharacter> rows;
  const std::int64_t n = factor.number();
  for (std::int64_t j = 0; j < n; ++j)
    rows.push_back({.name = fmt::format("chi{}", j), .dimension = 1, .value = [n, j](Element x) {
                      return std::polar(1.0, 2 * std::numbers::pi * static_cast<double>(j * x % n) /
                                                 static_cast<double>(n));
                    }});
  return rows;
}

/// r^i -> rotation^i, r^i s -> rotation^i * reflection, both +1 or -1.
FactorCharacter dihedral_sign(std::int32_t m, const char* name, double rotation, double reflection) {
  return {.name = name, .dimension = 1, .value = [=](Element x) -> Complex {
            return (x % m % 2 == 0 ? 1.0 : rotation) * (x < m ? 1.0 : reflection);
          }};
}

std::vector<FactorCharacter> dihedral_characters(const GroupFactor& factor) {
  const std::int32_t m = factor.number() / 2;
  std::vector<FactorCharacter> rows = {dihedral_sign(m, "A1", 1, 1), dihedral_sign(m, "A2", 1, -1)};
  if (m % 2 == 0) {
    rows.push_back(dihedral_sign(m, "B1", -1, 1));
    rows.push_back(dihedral_sign(m, "B2", -1, -1));
  }
  for (std::int32_t k = 1; 2 * k < m; ++k)
    rows.push_back({.name = fmt::format("E{}", k), .dimension = 2, .value = [m, k](Element x) -> Complex {
                      if (x >= m) return 0.0;
                      const auto turns = static_cast<double>(static_cast<std::int64_t>(k) * x % m);
                      return 2 * std::cos(2 * std::numbers::pi * turns / m);
                    }});
  return rows;
}

/// Q8 and H3: four characters of the quotient Z2 x Z2 by the centre, and one of dimension 2 that is 0
/// outside. `coordinates(x)` are those of x in the quotient, `central(x)` is its sign where they are 0.
std::vector<FactorCharacter> extraspecial_characters(
    const std::function<std::array<int, 2>(Element)>& coordinates,
    const std::function<int(Element)>& central) {
  std::vector<FactorCharacter> rows;
  for (const int u : {0, 1})
    for (const int v : {0, 1})
      rows.push_back({.name = fmt::format("B{}{}", u, v), .dimension = 1, .value = [=](Element x) -> Complex {
                        const auto c = coordinates(x);
                        return (u * c[0] + v * c[1]) % 2 == 0 ? 1.0 : -1.0;
                      }});
  rows.push_back({.name = "H", .dimension = 2, .value = [=](Element x) -> Complex {
                    return coordinates(x) == std::array<int, 2>{0, 0} ? 2.0 * central(x) : 0.0;
                  }});
  return rows;
}

std::vector<FactorCharacter> factor_characters(const GroupFactor& factor) {
  switch (factor.kind()) {
    case 's':
      return symmetric_characters(factor);
    case 'a':
      return alternating_characters(factor);
    case 'd':
      return dihedral_characters(factor);
    case 'q':  // i and j generate the quotient; k = i.j has both coordinates
      return extraspecial_characters(
          [](Element x) {
            return std::array<int, 2>{x % 4 == 1 || x % 4 == 3 ? 1 : 0, x % 4 >= 2 ? 1 : 0};
          },
          [](Element x) { return x < 4 ? 1 : -1; });
    case 'h':
      return extraspecial_characters(
          [](Element x) {
            return std::array<int, 2>{x >> 2, (x >> 1) & 1};
          },
          [](Element x) { return x % 2 == 0 ? 1 : -1; });
    default:
      return cyclic_characters(factor);
  }
}

/// Number of x within its last factor, and what is left of x.
Element take_last(const GroupFactor& factor, Element& x) {
  const Element part = x % factor.order();
  x /= factor.order();
  return part;
}

/// Outer products of `rows`, characters of the factors so far, with those of one factor more.
std::vector<FactorCharacter> outer_products(const std::vector<FactorCharacter>& rows,
                                            const GroupFactor& factor) {
  std::vector<FactorCharacter> result;
  for (const FactorCharacter& left : rows)
    for (const FactorCharacter& right : factor_characters(factor))
      result.push_back({.name = left.name + " x " + right.name,
                        .dimension = left.dimension * right.dimension,
                        .value = [&factor, left, right](Element x) {
                          const Element part = take_last(factor, x);
                          return left.value(x) * right.value(part);
                        }});
  return result;
}

}  // namespace

std::int64_t murnaghan_nakayama(const std::vector<std::int32_t>& shape,
                                const std::vector<std::int32_t>& cycles) {
  require_partition(shape, "shape");
  require_partition(cycles, "cycle type");
  std::int64_t n = 0, m = 0;
  for (const auto part : shape) n += part;
  for (const auto part : cycles) m += part;
  require(n == m, "automata::murnaghan_nakayama", "shape {} has {} boxes, cycle type {} has {} points",
          print(shape), n, print(cycles), m);
  require(n <= 20, "automata::murnaghan_nakayama", "wanted at most 20 points, got {}", n);
  return symmetric_value(shape, cycles);
}

CharacterTable character_table(const PermutationGroup& group) {
  CharacterTable table{.order = group.order(), .classes = conjugacy_classes(group), .rows = {}};
  require(table.classes.size() <= kMaxCharacters, "automata::character_table",
          "{} has {} classes, so a table of {} values; wanted at most {} classes", group.title(),
          table.classes.size(), table.classes.size() * table.classes.size(), kMaxCharacters);
  std::vector<FactorCharacter> rows = factor_characters(group.factors().front());
  for (std::size_t f = 1; f < group.factors().size(); ++f) rows = outer_products(rows, group.factors()[f]);
  for (const FactorCharacter& row : rows) {
    Character character{.name = row.name, .dimension = row.dimension, .values = {}};
    for (const ConjugacyClass& c : table.classes) character.values.push_back(row.value(c.representative));
    table.rows.push_back(std::move(character));
  }
  return table;
}

std::vector<Complex> multiplicities(const CharacterTable& table, std::span<const Complex> by_class) {
  require(by_class.size() == table.classes.size(), "automata::multiplicities",
          "the group has {} classes, got {} values", table.classes.size(), by_class.size());
  std::vector<Complex> result;
  for (const Character& row : table.rows) {
    Complex sum = 0;
    for (std::size_t c = 0; c < by_class.size(); ++c)
      sum += static_cast<double>(table.classes[c].size()) * by_class[c] * std::conj(row.values[c]);
    result.push_back(sum / static_cast<double>(table.order));
  }
  return result;
}

std::vector<Complex> class_means(const CharacterTable& table, std::span<const Complex> by_element) {
  require(by_element.size() == static_cast<std::size_t>(table.order), "automata::class_means",
          "the group has {} elements, got {} values", table.order, by_element.size());
  std::vector<Complex> result;
  for (const ConjugacyClass& c : table.classes) {
    Complex sum = 0;
    for (const Element x : c.elements) sum += by_element[static_cast<std::size_t>(x)];
    result.push_back(sum / static_cast<double>(c.size()));
  }
  return result;
}

std::vector<Complex> permutation_character(const CharacterTable& table, std::int32_t degree) {
  std::vector<Complex> result;
  for (const ConjugacyClass& c : table.classes)
    result.emplace_back(degree - std::accumulate(c.cycle_type.begin(), c.cycle_type.end(), 0));
  return result;
}

}  // namespace anser::automata
