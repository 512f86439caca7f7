// Regular expressions as trees whose meaning is written down from the definition, to compare compiled ones
// with.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "core/base/rng.h"

namespace anser::tests {

/// Over letters a, b (0, 1).
struct Expression {
  enum class Kind : std::uint8_t {
    empty_word,
    letter,
    any,
    not_letter,
    concatenation,
    unite,
    both,
    complement,
    repeat
  };
  Kind kind = Kind::empty_word;
  int letter = 0;
  int low = 0, high = 0;  // repeat; high < 0: unbounded
  std::vector<Expression> parts;
};

inline Expression random_expression(int size, Rng& rng) {
  using Kind = Expression::Kind;
  Expression e;
  if (size <= 1) {
    constexpr Kind kLeaves[] = {Kind::letter, Kind::letter, Kind::letter,     Kind::letter,
                                Kind::any,    Kind::letter, Kind::not_letter, Kind::empty_word};
    e.kind = kLeaves[rng.below(8)];
    e.letter = static_cast<int>(rng.below(2));
    return e;
  }
  constexpr Kind kNodes[] = {Kind::concatenation, Kind::concatenation, Kind::unite,  Kind::unite,
                             Kind::both,          Kind::complement,    Kind::repeat, Kind::repeat};
  e.kind = kNodes[rng.below(8)];
  const bool two = e.kind == Kind::concatenation || e.kind == Kind::unite || e.kind == Kind::both;
  const int left = two ? 1 + static_cast<int>(rng.below(static_cast<std::uint32_t>(size - 1))) : size - 1;
  e.parts.push_back(random_expression(left, rng));
  if (two) e.parts.push_back(random_expression(size - left, rng));
  if (e.kind == Kind::repeat) {
    e.low = static_cast<int>(rng.below(4));
    e.high = rng.below(2) == 0 ? -1 : e.low + static_cast<int>(rng.below(3));
  }
  return e;
}

/// The grammar's precedences: union 0, intersection 1, concatenation 2, complement 3, repeat 4, leaves 5.
inline std::string print(const Expression& e, int around = 0) {
  using Kind = Expression::Kind;
  int level = 5;
  std::string text;
  const auto joined = [&](const char* separator) {
    text = print(e.parts[0], level) + separator + print(e.parts[1], level);
  };
  switch (e.kind) {
    case Kind::empty_word:
      text = "()";
      break;
    case Kind::letter:
      text = e.letter == 0 ? "a" : "b";
      break;
    case Kind::any:
      text = ".";
      break;
    case Kind::not_letter:
      text = e.letter == 0 ? "[^a]" : "[^ b ]";
      break;
    case Kind::unite:
      level = 0;
      joined(" | ");
      break;
    case Kind::both:
      level = 1;
      joined("&");
      break;
    case Kind::concatenation:
      level = 2;
      joined("");
      break;
    case Kind::complement:
      level = 3;
      text = "~" + print(e.parts[0], 3);
      break;
    case Kind::repeat: {
      level = 4;
      text = print(e.parts[0], 4);
      if (e.low == 0 && e.high < 0)
        text += "*";
      else if (e.low == 1 && e.high < 0)
        text += "+";
      else if (e.low == 0 && e.high == 1)
        text += "?";
      else if (e.high < 0)
        text += "{" + std::to_string(e.low) + ",}";
      else if (e.high == e.low)
        text += "{" + std::to_string(e.low) + "}";
      else
        text += "{" + std::to_string(e.low) + " , " + std::to_string(e.high) + "}";
      break;
    }
  }
  return level < around ? "(" + text + ")" : text;
}

/// Which factors word[i..j) an expression matches, by the definition.
class Matcher {
 public:
  explicit Matcher(std::span<const std::int32_t> word) : word_(word) {}

  bool matches(const Expression& e, std::size_t i, std::size_t j) {
    const auto key = std::tuple(&e, i, j);
    if (const auto at = known_.find(key); at != known_.end()) return at->second;
    const bool answer = decide(e, i, j);
    known_.emplace(key, answer);
    return answer;
  }

 private:
  bool decide(const Expression& e, std::size_t i, std::size_t j) {
    using Kind = Expression::Kind;
    switch (e.kind) {
      case Kind::empty_word:
        return i == j;
      case Kind::letter:
        return j == i + 1 && word_[i] == e.letter;
      case Kind::any:
        return j == i + 1;
      case Kind::not_letter:
        return j == i + 1 && word_[i] != e.letter;
      case Kind::unite:
        return matches(e.parts[0], i, j) || matches(e.parts[1], i, j);
      case Kind::both:
        return matches(e.parts[0], i, j) && matches(e.parts[1], i, j);
      case Kind::complement:
        return !matches(e.parts[0], i, j);
      case Kind::concatenation:
        for (std::size_t k = i; k <= j; ++k)
          if (matches(e.parts[0], i, k) && matches(e.parts[1], k, j)) return true;
        return false;
      case Kind::repeat:
        return times(e, i, j);
    }
    return false;
  }

  /// Numbers of repetitions up to the length and `low` are all that can matter.
  bool times(const Expression& e, std::size_t i, std::size_t j) {
    const int most = e.high < 0 ? e.low + static_cast<int>(j - i) : e.high;
    std::vector<bool> ends(j + 1, false);
    ends[i] = true;
    for (int n = 0;; ++n) {
      if (n >= e.low && ends[j]) return true;
      if (n == most) return false;
      std::vector<bool> next(j + 1, false);
      for (std::size_t k = i; k <= j; ++k)
        for (std::size_t l = k; ends[k] && l <= j; ++l)
          if (matches(e.parts[0], k, l)) next[l] = true;
      ends = next;
    }
  }

  std::span<const std::int32_t> word_;
  std::map<std::tuple<const Expression*, std::size_t, std::size_t>, bool> known_;
};

}  // namespace anser::tests
