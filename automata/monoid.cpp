#include "automata/monoid.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>

#include "automata/mix_bits.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

constexpr State kPackedPoints = 16;
constexpr State kBytePoints = 256;
constexpr State kMostPoints = 65536;
constexpr std::int64_t kMaxBytes = std::int64_t{1} << 30;

/// Maps of up to 16 points: point i's image in bits 4i..4i+3.
class PackedMaps {
 public:
  using Map = std::uint64_t;

  PackedMaps(const Moore& machine, std::vector<std::uint64_t>& store)
      : bytes_((static_cast<std::size_t>(machine.num_states) + 1) / 2),
        mask_(machine.num_states == kPackedPoints ? ~std::uint64_t{0}
                                                  : (std::uint64_t{1} << (4 * machine.num_states)) - 1),
        store_(store) {
    const auto image = [&](std::size_t q, Letter s) {
      return q < static_cast<std::size_t>(machine.num_states) ? machine.step(static_cast<State>(q), s) : 0;
    };
    for (Letter s = 0; s < machine.num_letters; ++s)
      for (std::size_t pair = 0; pair < 256; ++pair)
        tables_.push_back(static_cast<std::uint8_t>(image(pair & 15, s) | image(pair >> 4, s) << 4));
  }

  Map identity() const { return 0xFEDCBA9876543210ULL & mask_; }
  Map product(std::size_t element, Letter s) const {
    const std::uint8_t* table = tables_.data() + static_cast<std::size_t>(s) * 256;
    std::uint64_t result = 0;
    for (std::size_t i = 0; i < bytes_; ++i)
      result |= std::uint64_t{table[store_[element] >> (8 * i) & 255]} << (8 * i);
    return result & mask_;
  }
  static std::uint64_t hash(Map map) { return mix_bits(map); }
  bool equals(std::size_t element, Map map) const { return store_[element] == map; }
  void append(Map map) { store_.push_back(map); }

 private:
  std::size_t bytes_;
  std::uint64_t mask_;
  std::vector<std::uint8_t> tables_;  // [letters][256]: images of two points at once
  std::vector<std::uint64_t>& store_;
};

/// Maps of more points, `Point` each.
template <typename Point>
class WideMaps {
 public:
  using Map = const Point*;

  WideMaps(const Moore& machine, std::vector<std::uint8_t>& store)
      : points_(static_cast<std::size_t>(machine.num_states)), store_(store), scratch_(points_) {
    for (Letter s = 0; s < machine.num_letters; ++s)
      for (State q = 0; q < machine.num_states; ++q)
        letters_.push_back(static_cast<Point>(machine.step(q, s)));
  }

  Map identity() {
    std::iota(scratch_.begin(), scratch_.end(), Point{0});
    return scratch_.data();
  }
  Map product(std::size_t element, Letter s) {
    const Point* letter = letters_.data() + static_cast<std::size_t>(s) * points_;
    std::memcpy(scratch_.data(), at(element), bytes());
    for (Point& image : scratch_) image = letter[image];
    return scratch_.data();
  }
  std::uint64_t hash(Map map) const {
    const auto* raw = reinterpret_cast<const unsigned char*>(map);
    std::uint64_t h = 0;
    for (std::size_t i = 0; i < bytes(); i += 8) {
      std::uint64_t chunk = 0;
      std::memcpy(&chunk, raw + i, std::min<std::size_t>(8, bytes() - i));
      h = mix_bits(h ^ chunk);
    }
    return h;
  }
  bool equals(std::size_t element, Map map) const { return std::memcmp(at(element), map, bytes()) == 0; }
  void append(Map map) {
    const auto* raw = reinterpret_cast<const std::uint8_t*>(map);
    store_.insert(store_.end(), raw, raw + bytes());
  }

 private:
  std::size_t bytes() const { return points_ * sizeof(Point); }
  const std::uint8_t* at(std::size_t element) const { return store_.data() + element * bytes(); }

  std::size_t points_;
  std::vector<std::uint8_t>& store_;
  std::vector<Point> scratch_, letters_;
};

std::int64_t bytes_per_element(const Moore& machine) {
  const std::int64_t map = machine.num_states <= kPackedPoints ? 8
                           : machine.num_states <= kBytePoints ? std::int64_t{machine.num_states}
                                                               : 2 * std::int64_t{machine.num_states};
  return map + 8 * std::int64_t{machine.num_letters} + 16 + 32;
}

}  // namespace

/// Froidure and Pin's enumeration, level by level in the length of words.
class MonoidBuilder {
 public:
  MonoidBuilder(const Moore& machine, std::int64_t max_elements)
      : machine_(machine),
        max_elements_(
            std::min({max_elements, std::max<std::int64_t>(kMaxBytes / bytes_per_element(machine), 1),
                      std::int64_t{std::numeric_limits<std::int32_t>::max()} / machine.num_letters})) {
    monoid_.num_points_ = machine.num_states;
    monoid_.num_letters_ = machine.num_letters;
  }

  TransitionMonoid build() {
    if (machine_.num_states <= kPackedPoints) {
      enumerate(PackedMaps(machine_, monoid_.packed_));
    } else if (machine_.num_states <= kBytePoints) {
      enumerate(WideMaps<std::uint8_t>(machine_, monoid_.bytes_));
    } else if (machine_.num_states <= kMostPoints) {
      enumerate(WideMaps<std::uint16_t>(machine_, monoid_.bytes_));
    } else {
      monoid_.size_ = 1;
    }
    return std::move(monoid_);
  }

 private:
  using Element = TransitionMonoid::Element;
  struct Slot {
    std::uint32_t hash = 0;
    Element element = -1;  // free
  };

  template <typename Maps>
  void enumerate(Maps maps) {
    table_.assign(1024, Slot{});
    const auto one = maps.identity();
    find_or_add(maps, one);
    append(-1, -1, 0, 0);
    std::size_t level_begin = 0;
    while (level_begin < static_cast<std::size_t>(monoid_.size_)) {
      const auto level_end = static_cast<std::size_t>(monoid_.size_);
      for (std::size_t x = level_begin; x < level_end; ++x)
        for (Letter s = 0; s < machine_.num_letters; ++s)
          if (!multiply(maps, static_cast<Element>(x), s)) return give_up();
      for (std::size_t x = level_begin; x < level_end; ++x) multiply_left(static_cast<Element>(x));
      level_begin = level_end;
    }
    monoid_.complete_ = true;
  }

  void append(Element prefix, Letter last, Element suffix, Letter first) {
    monoid_.prefix_.push_back(prefix);
    monoid_.last_.push_back(last);
    monoid_.suffix_.push_back(suffix);
    monoid_.first_.push_back(first);
    ++monoid_.size_;
    monoid_.right_.resize(monoid_.right_.size() + static_cast<std::size_t>(machine_.num_letters));
    monoid_.left_.resize(monoid_.right_.size());
  }

  /// x.s for x = b w: by the rule for w.s if that is not the shortest word of its value, else by a product of
  /// maps. False when one element too many was found.
  template <typename Maps>
  bool multiply(Maps& maps, Element x, Letter s) {
    Element& result = monoid_.right_[monoid_.index(x, s)];
    Element suffix = 0;
    if (x != 0) {
      suffix = monoid_.right(monoid_.suffix(x), s);
      if (suffix == 0 || monoid_.prefix(suffix) != monoid_.suffix(x) || monoid_.last(suffix) != s) {
        const Letter b = monoid_.first(x);
        result = suffix == 0 ? monoid_.right(0, b)
                             : monoid_.right(monoid_.left(monoid_.prefix(suffix), b), monoid_.last(suffix));
        note(result);
        return true;
      }
    }
    const Element found = find_or_add(maps, maps.product(static_cast<std::size_t>(x), s));
    if (found >= max_elements_) return false;
    result = found;  // before append() moves the table
    note(found);
    if (found == monoid_.size_) append(x, s, suffix, x == 0 ? s : monoid_.first(x));
    return true;
  }

  void multiply_left(Element x) {
    for (Letter s = 0; s < machine_.num_letters; ++s)
      monoid_.left_[monoid_.index(x, s)] =
          x == 0 ? monoid_.right(0, s) : monoid_.right(monoid_.left(monoid_.prefix(x), s), monoid_.last(x));
  }

  void note(Element product) { monoid_.identity_is_word_ = monoid_.identity_is_word_ || product == 0; }

  /// Number of a map; size() when it is new (its map is then stored, unless it is one too many).
  template <typename Maps, typename Map>
  Element find_or_add(Maps& maps, Map map) {
    const auto hash = static_cast<std::uint32_t>(maps.hash(map));
    const std::size_t mask = table_.size() - 1;
    std::size_t at = hash & mask;
    for (; table_[at].element >= 0; at = (at + 1) & mask)
      if (table_[at].hash == hash && maps.equals(static_cast<std::size_t>(table_[at].element), map))
        return table_[at].element;
    const Element fresh = monoid_.size_;
    if (fresh >= max_elements_) return fresh;
    table_[at] = {hash, fresh};
    maps.append(map);
    if (static_cast<std::size_t>(fresh) * 2 > table_.size()) grow();
    return fresh;
  }

  void grow() {
    const std::vector<Slot> old = std::move(table_);
    table_.assign(old.size() * 4, Slot{});
    const std::size_t mask = table_.size() - 1;
    for (const Slot& slot : old) {
      if (slot.element < 0) continue;
      std::size_t at = slot.hash & mask;
      while (table_[at].element >= 0) at = (at + 1) & mask;
      table_[at] = slot;
    }
  }

  void give_up() {
    const Element found = monoid_.size_;
    TransitionMonoid partial;
    partial.size_ = found;
    partial.num_points_ = monoid_.num_points_;
    partial.num_letters_ = monoid_.num_letters_;
    monoid_ = std::move(partial);
  }

  const Moore& machine_;
  std::int64_t max_elements_;
  TransitionMonoid monoid_;
  std::vector<Slot> table_;
};

TransitionMonoid enumerate_monoid(const Moore& machine, const MonoidOptions& options) {
  check(machine);
  require(options.max_elements >= 1, "automata::enumerate_monoid", "max_elements must be at least 1, got {}",
          options.max_elements);
  return MonoidBuilder(machine, options.max_elements).build();
}

std::vector<Letter> TransitionMonoid::word(Element x) const {
  std::vector<Letter> letters;
  for (; x != 0; x = prefix(x)) letters.push_back(last(x));
  std::reverse(letters.begin(), letters.end());
  return letters;
}

State TransitionMonoid::image(Element x, State q) const {
  const auto element = static_cast<std::size_t>(x);
  const auto point = static_cast<std::size_t>(q);
  if (num_points_ <= kPackedPoints) return static_cast<State>(packed_[element] >> (4 * point) & 15);
  const auto n = static_cast<std::size_t>(num_points_);
  if (num_points_ <= kBytePoints) return bytes_[element * n + point];
  std::uint16_t image = 0;
  std::memcpy(&image, bytes_.data() + 2 * (element * n + point), sizeof image);
  return image;
}

TransitionMap TransitionMonoid::map(Element x) const {
  require(x >= 0 && x < size_ && complete_, "automata::TransitionMonoid::map",
          "element {} is not among the {} of a complete monoid", x, size_);
  TransitionMap f(static_cast<std::size_t>(num_points_));
  for (State q = 0; q < num_points_; ++q) f[static_cast<std::size_t>(q)] = image(x, q);
  return f;
}

TransitionMonoid::Element TransitionMonoid::product(Element x, Element y) const {
  for (const Letter s : word(y)) x = right(x, s);
  return x;
}

bool TransitionMonoid::is_idempotent(Element x) const {
  for (State q = 0; q < num_points_; ++q)
    if (const State to = image(x, q); image(x, to) != to) return false;
  return true;
}

}  // namespace anser::automata
