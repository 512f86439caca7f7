#include "automata/permutation.h"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "core/base/error.h"

namespace anser::automata {
namespace {

constexpr const char* kParse = "automata::parse_cycles";

/// The points of one cycle, text between '(' and ')': numbers from 1 separated by spaces or commas.
std::vector<std::int32_t> parse_cycle(std::string_view body, std::string_view whole, std::int32_t degree) {
  std::vector<std::int32_t> cycle;
  for (std::size_t i = 0; i < body.size();) {
    if (body[i] == ' ' || body[i] == ',') {
      ++i;
      continue;
    }
    std::int64_t point = 0;
    const std::size_t begin = i;
    for (; i < body.size() && std::isdigit(static_cast<unsigned char>(body[i])) != 0 && i - begin < 9; ++i)
      point = point * 10 + (body[i] - '0');
    require(i > begin, kParse, "\"{}\": unexpected character '{}' in a cycle, wanted points from 1", whole,
            body[i]);
    require(point >= 1 && point <= degree, kParse, "\"{}\": point {} is not in 1..{}", whole, point, degree);
    cycle.push_back(static_cast<std::int32_t>(point - 1));
  }
  return cycle;
}

}  // namespace

Permutation::Permutation(std::vector<std::int32_t> images) : images_(std::move(images)) {
  std::vector<bool> seen(images_.size(), false);
  for (const auto image : images_) {
    require(image >= 0 && image < degree(), "automata::Permutation", "image {} is not in 0..{}", image,
            degree() - 1);
    require(!seen[static_cast<std::size_t>(image)], "automata::Permutation", "image {} occurs twice", image);
    seen[static_cast<std::size_t>(image)] = true;
  }
}

Permutation Permutation::identity(std::int32_t degree) {
  require(degree >= 0, "automata::Permutation::identity", "degree must be at least 0, got {}", degree);
  Permutation p;
  p.images_.resize(static_cast<std::size_t>(degree));
  std::iota(p.images_.begin(), p.images_.end(), 0);
  return p;
}

Permutation Permutation::transposition(std::int32_t degree, std::int32_t x, std::int32_t y) {
  Permutation p = identity(degree);
  require(x >= 0 && x < degree && y >= 0 && y < degree, "automata::Permutation::transposition",
          "points {} and {} must be in 0..{}", x, y, degree - 1);
  std::swap(p.images_[static_cast<std::size_t>(x)], p.images_[static_cast<std::size_t>(y)]);
  return p;
}

Permutation operator*(const Permutation& p, const Permutation& q) {
  require(p.degree() == q.degree(), "automata::Permutation", "product of degrees {} and {}", p.degree(),
          q.degree());
  std::vector<std::int32_t> images(q.images().begin(), q.images().end());
  for (auto& image : images) image = p(image);
  return Permutation(std::move(images));
}

Permutation inverse(const Permutation& p) {
  std::vector<std::int32_t> images(static_cast<std::size_t>(p.degree()));
  for (std::int32_t i = 0; i < p.degree(); ++i) images[static_cast<std::size_t>(p(i))] = i;
  return Permutation(std::move(images));
}

std::vector<std::vector<std::int32_t>> cycles(const Permutation& p) {
  std::vector<std::vector<std::int32_t>> result;
  std::vector<bool> seen(static_cast<std::size_t>(p.degree()), false);
  for (std::int32_t first = 0; first < p.degree(); ++first) {
    std::vector<std::int32_t> cycle;
    for (auto i = first; !seen[static_cast<std::size_t>(i)]; i = p(i)) {
      seen[static_cast<std::size_t>(i)] = true;
      cycle.push_back(i);
    }
    if (cycle.size() >= 2) result.push_back(std::move(cycle));
  }
  return result;
}

std::vector<std::int32_t> cycle_type(const Permutation& p) {
  std::vector<std::int32_t> lengths;
  for (const auto& cycle : cycles(p)) lengths.push_back(static_cast<std::int32_t>(cycle.size()));
  std::sort(lengths.rbegin(), lengths.rend());
  return lengths;
}

int sign(const Permutation& p) {
  int result = 1;
  for (const auto length : cycle_type(p)) result = length % 2 == 0 ? -result : result;
  return result;
}

std::int64_t order(const Permutation& p) {
  std::int64_t result = 1;
  for (const auto length : cycle_type(p)) result = std::lcm(result, static_cast<std::int64_t>(length));
  return result;
}

std::int32_t moved_points(const Permutation& p) {
  std::int32_t moved = 0;
  for (std::int32_t i = 0; i < p.degree(); ++i) moved += p(i) != i ? 1 : 0;
  return moved;
}

std::string print_cycles(const Permutation& p) {
  std::string text;
  for (const auto& cycle : cycles(p)) {
    text += "(";
    for (std::size_t i = 0; i < cycle.size(); ++i)
      text += fmt::format("{}{}", i == 0 ? "" : " ", cycle[i] + 1);
    text += ")";
  }
  return text.empty() ? "id" : text;
}

Permutation parse_cycles(std::string_view text, std::int32_t degree) {
  std::vector<std::int32_t> images(static_cast<std::size_t>(degree));
  std::iota(images.begin(), images.end(), 0);
  if (text == "id") return Permutation(std::move(images));
  require(!text.empty(), kParse, "empty text, wanted cycles such as \"(1 2)(3 4)\" or \"id\"");
  std::vector<bool> seen(images.size(), false);
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t close = rest.find(')');
    require(rest[0] == '(' && close != std::string_view::npos, kParse,
            "\"{}\" is not a product of cycles such as \"(1 2)(3 4)\"", text);
    const auto cycle = parse_cycle(rest.substr(1, close - 1), text, degree);
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      const auto point = static_cast<std::size_t>(cycle[i]);
      require(!seen[point], kParse, "\"{}\": point {} occurs twice", text, point + 1);
      seen[point] = true;
      images[point] = cycle[(i + 1) % cycle.size()];
    }
    rest.remove_prefix(close + 1);
  }
  return Permutation(std::move(images));
}

}  // namespace anser::automata
