#include "automata/stabiliser_chain.h"

#include <algorithm>
#include <numeric>

#include "core/base/error.h"

namespace anser::automata {
namespace {

using Images = std::vector<std::int32_t>;

constexpr std::int32_t kSmallestGiant = 8;

bool is_identity(std::span<const std::int32_t> p) {
  for (std::size_t i = 0; i < p.size(); ++i)
    if (p[i] != static_cast<std::int32_t>(i)) return false;
  return true;
}

bool is_even(std::span<const std::int32_t> p) {
  std::vector<bool> seen(p.size(), false);
  std::size_t cycles = 0;
  for (std::size_t first = 0; first < p.size(); ++first) {
    cycles += seen[first] ? 0 : 1;
    for (std::size_t i = first; !seen[i]; i = static_cast<std::size_t>(p[i])) seen[i] = true;
  }
  return (p.size() - cycles) % 2 == 0;
}

/// result(i) = p(q(i)).
Images compose(std::span<const std::int32_t> p, std::span<const std::int32_t> q) {
  Images result(q.size());
  for (std::size_t i = 0; i < q.size(); ++i) result[i] = p[static_cast<std::size_t>(q[i])];
  return result;
}

Images invert(std::span<const std::int32_t> p) {
  Images result(p.size());
  for (std::size_t i = 0; i < p.size(); ++i)
    result[static_cast<std::size_t>(p[i])] = static_cast<std::int32_t>(i);
  return result;
}

bool is_transitive(std::int32_t degree, std::span<const Permutation> generators) {
  std::vector<bool> seen(static_cast<std::size_t>(degree), false);
  Images orbit = {0};
  seen[0] = true;
  for (std::size_t i = 0; i < orbit.size(); ++i)
    for (const auto& g : generators) {
      const auto to = static_cast<std::size_t>(g(orbit[i]));
      if (!seen[to]) orbit.push_back(static_cast<std::int32_t>(to));
      seen[to] = true;
    }
  return orbit.size() == seen.size();
}

bool is_prime(std::int32_t p) {
  for (std::int32_t d = 2; d * d <= p; ++d)
    if (p % d == 0) return false;
  return p >= 2;
}

/// A cycle of prime length p, n/2 < p < n - 2: some power of g is that cycle alone.
bool has_jordan_cycle(std::span<const std::int32_t> g) {
  const auto n = static_cast<std::int32_t>(g.size());
  std::vector<bool> seen(g.size(), false);
  for (std::size_t first = 0; first < g.size(); ++first) {
    std::int32_t length = 0;
    for (std::size_t i = first; !seen[i]; i = static_cast<std::size_t>(g[i]), ++length) seen[i] = true;
    if (2 * length > n) return length < n - 2 && is_prime(length);
  }
  return false;
}

/// Whether the group is proved to hold all even permutations, docs/math/complexity.md 3. Looks at 100
/// products of generators ("product replacement"); a miss means nothing.
bool contains_all_even(std::int32_t degree, std::span<const Permutation> generators) {
  if (degree < kSmallestGiant || generators.size() < 2 || !is_transitive(degree, generators)) return false;
  std::vector<Images> pool;
  for (std::size_t i = 0; i < std::max<std::size_t>(6, generators.size()); ++i) {
    const auto images = generators[i % generators.size()].images();
    pool.emplace_back(images.begin(), images.end());
  }
  std::uint64_t random = 0x2545F4914F6CDD1DULL;
  for (int trial = 0; trial < 100; ++trial) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    const std::size_t i = (random >> 33) % pool.size();
    const std::size_t j = (i + 1 + (random >> 13) % (pool.size() - 1)) % pool.size();
    pool[i] = (random >> 60) % 2 == 0 ? compose(pool[i], pool[j]) : compose(pool[j], pool[i]);
    if (has_jordan_cycle(pool[i])) return true;
  }
  return false;
}

}  // namespace

struct StabiliserChain::Chain {
  /// The stabiliser of the earlier base points, acting on the orbit of this level's base point.
  struct Level {
    std::int32_t base = 0;
    Images orbit;              // points, the base point first
    Images place;              // [degree] index in `orbit` or -1
    std::vector<Images> back;  // [orbit] an element that carries orbit[i] to the base point
    std::vector<Images> generators;
    std::vector<std::size_t> done;  // [generators] orbit points whose Schreier generators were sifted
  };

  std::int32_t degree = 0;
  std::vector<Permutation> generators;
  std::vector<Level> levels;
  bool giant = false, all_even = true;  // giant: A_n or S_n, no levels
  std::int64_t entries = 0;
  mutable std::int64_t steps = 0;

  /// Strips g by the levels from `first` on; true when it is a member (nothing is left).
  bool sift(Images& g, std::size_t first) const {
    for (std::size_t i = first; i < levels.size(); ++i) {
      const Level& level = levels[i];
      const auto at = level.place[static_cast<std::size_t>(g[static_cast<std::size_t>(level.base)])];
      if (at < 0) return false;
      if (at == 0) continue;
      const Images& back = level.back[static_cast<std::size_t>(at)];
      for (auto& image : g) image = back[static_cast<std::size_t>(image)];
      steps += degree;
    }
    return is_identity(g);
  }

  void require_entries(std::int64_t wanted) const {
    require(wanted <= kMaxChainEntries, "automata::StabiliserChain",
            "a group of degree {} needs a table of {} numbers or more, at most {} are kept", degree, wanted,
            kMaxChainEntries);
  }

  /// Refuses a long orbit before its table is made.
  void require_room_for_orbit(const Level& level) const {
    std::vector<bool> seen(static_cast<std::size_t>(degree), false);
    Images orbit = {level.base};
    seen[static_cast<std::size_t>(level.base)] = true;
    for (std::size_t i = 0; i < orbit.size(); ++i)
      for (const auto& g : level.generators) {
        const auto to = g[static_cast<std::size_t>(orbit[i])];
        if (!seen[static_cast<std::size_t>(to)]) orbit.push_back(to);
        seen[static_cast<std::size_t>(to)] = true;
      }
    const auto fresh = static_cast<std::int64_t>(orbit.size() - level.orbit.size());
    require_entries(entries + fresh * degree);
  }

  void add_orbit_point(Level& level, std::int32_t point, Images back) {
    entries += degree;
    require_entries(entries);
    level.place[static_cast<std::size_t>(point)] = static_cast<std::int32_t>(level.orbit.size());
    level.orbit.push_back(point);
    level.back.push_back(std::move(back));
  }

  void new_level(const Images& g) {
    Level level;
    while (g[static_cast<std::size_t>(level.base)] == level.base) ++level.base;
    level.place.assign(static_cast<std::size_t>(degree), -1);
    Images identity(static_cast<std::size_t>(degree));
    std::iota(identity.begin(), identity.end(), 0);
    add_orbit_point(level, level.base, std::move(identity));
    levels.push_back(std::move(level));
  }

  /// Makes g, which fixes the earlier base points and is not yet a member, one of level i's generators.
  void extend(std::size_t i, const Images& g) {
    if (i == levels.size()) new_level(g);
    levels[i].generators.push_back(g);
    levels[i].done.push_back(0);
    if (degree > 1024) require_room_for_orbit(levels[i]);
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t s = 0; s < levels[i].generators.size(); ++s)
        for (; levels[i].done[s] < levels[i].orbit.size(); changed = true) visit(i, s, levels[i].done[s]++);
    }
  }

  /// Generator s at orbit point number p of level i: a new point, or a Schreier generator for level i + 1.
  void visit(std::size_t i, std::size_t s, std::size_t p) {
    require(steps <= kMaxChainSteps, "automata::StabiliserChain",
            "a group of degree {} needs more than {} steps", degree, kMaxChainSteps);
    steps += 3 * std::int64_t{degree};
    Level& level = levels[i];
    const Images& generator = level.generators[s];
    const auto to = generator[static_cast<std::size_t>(level.orbit[p])];
    const auto at = level.place[static_cast<std::size_t>(to)];
    if (at < 0) return add_orbit_point(level, to, compose(level.back[p], invert(generator)));
    Images schreier =
        compose(level.back[static_cast<std::size_t>(at)], compose(generator, invert(level.back[p])));
    Images rest = schreier;
    if (!sift(rest, i + 1)) extend(i + 1, schreier);
  }

  bool add(Images g) {
    if (is_identity(g)) return false;
    const bool even = is_even(g);
    if (giant) {
      if (even || !all_even) return false;
    } else {
      Images rest = g;
      if (sift(rest, 0)) return false;
    }
    all_even = all_even && even;
    generators.emplace_back(g);
    if (giant) return true;
    giant = contains_all_even(degree, generators);
    if (giant)
      levels.clear();
    else
      extend(0, g);
    return true;
  }
};

StabiliserChain::StabiliserChain(std::int32_t degree) : chain_(std::make_unique<Chain>()) {
  require(degree >= 1, "automata::StabiliserChain", "degree must be at least 1, got {}", degree);
  chain_->degree = degree;
}

StabiliserChain::StabiliserChain(std::int32_t degree, std::span<const Permutation> generators)
    : StabiliserChain(degree) {
  for (const auto& g : generators) add(g);
}

StabiliserChain::StabiliserChain(StabiliserChain&&) noexcept = default;
StabiliserChain& StabiliserChain::operator=(StabiliserChain&&) noexcept = default;
StabiliserChain::~StabiliserChain() = default;

bool StabiliserChain::add(const Permutation& generator) {
  require(generator.degree() == degree(), "automata::StabiliserChain::add",
          "generator has degree {}, wanted {}", generator.degree(), degree());
  return add_unchecked(generator.images());
}

bool StabiliserChain::add_unchecked(std::span<const std::int32_t> images) {
  return chain_->add(Images(images.begin(), images.end()));
}

std::int32_t StabiliserChain::degree() const {
  return chain_->degree;
}

BigInteger StabiliserChain::order() const {
  BigInteger order = 1;
  if (chain_->giant) {
    for (std::int32_t i = chain_->all_even ? 3 : 2; i <= degree(); ++i) order *= i;
    return order;
  }
  for (const auto& level : chain_->levels) order *= level.orbit.size();
  return order;
}

bool StabiliserChain::contains(const Permutation& p) const {
  require(p.degree() == degree(), "automata::StabiliserChain::contains", "element has degree {}, wanted {}",
          p.degree(), degree());
  if (chain_->giant) return !chain_->all_even || is_even(p.images());
  Images rest(p.images().begin(), p.images().end());
  return chain_->sift(rest, 0);
}

const std::vector<Permutation>& StabiliserChain::generators() const {
  return chain_->generators;
}

bool StabiliserChain::is_giant() const {
  return chain_->giant;
}

bool StabiliserChain::is_abelian() const {
  const auto& g = generators();
  for (std::size_t i = 0; i < g.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      for (std::int32_t x = 0; x < degree(); ++x)
        if (g[i](g[j](x)) != g[j](g[i](x))) return false;
  return true;
}

bool StabiliserChain::is_cyclic() const {
  if (!is_abelian()) return false;
  BigInteger exponent = 1;
  for (const auto& g : generators())
    for (const auto length : cycle_type(g)) exponent = lcm(exponent, BigInteger(length));
  return exponent == order();
}

StabiliserChain derived_subgroup(const StabiliserChain& group) {
  StabiliserChain derived(group.degree());
  if (group.is_giant()) {  // [S_n, S_n] = [A_n, A_n] = A_n, generated by the 3-cycles (1 2 m)
    for (std::int32_t m = 2; m < group.degree(); ++m)
      derived.chain_->generators.push_back(Permutation::transposition(group.degree(), 0, m) *
                                           Permutation::transposition(group.degree(), 0, 1));
    derived.chain_->giant = true;
    return derived;
  }
  const auto& g = group.generators();
  for (std::size_t i = 0; i < g.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) derived.add(g[i] * g[j] * inverse(g[i]) * inverse(g[j]));
  for (std::size_t i = 0; i < derived.generators().size(); ++i)  // the list grows
    for (const auto& by : g) derived.add(by * Permutation(derived.generators()[i]) * inverse(by));
  return derived;
}

std::vector<BigInteger> derived_series(const StabiliserChain& group) {
  std::vector<BigInteger> orders = {group.order()};
  if (orders.back() == 1) return orders;
  for (StabiliserChain subgroup = derived_subgroup(group);; subgroup = derived_subgroup(subgroup)) {
    const BigInteger order = subgroup.order();
    if (order == orders.back()) return orders;
    orders.push_back(order);
    if (order == 1) return orders;
  }
}

bool is_solvable(const StabiliserChain& group) {
  if (group.degree() < 5 || group.order() < 60) return true;
  return derived_series(group).back() == 1;
}

}  // namespace anser::automata
