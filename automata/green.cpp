#include "automata/green.h"

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>

#include "automata/strong_components.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

using Ids = std::vector<std::int32_t>;

/// Renames classes 0, 1, .. by their first element; returns their number.
std::int32_t number_by_first(Ids& classes, std::int32_t bound) {
  Ids name(static_cast<std::size_t>(bound), -1);
  std::int32_t count = 0;
  for (auto& c : classes) {
    auto& fresh = name[static_cast<std::size_t>(c)];
    if (fresh < 0) fresh = count++;
    c = fresh;
  }
  return count;
}

std::int32_t components_of(std::span<const std::int32_t> graph, std::size_t letters, Ids& classes) {
  const auto nodes = static_cast<std::int32_t>(graph.size() / letters);
  auto strong = strong_components(nodes, letters, [&](std::int32_t x, std::size_t s) {
    return graph[static_cast<std::size_t>(x) * letters + s];
  });
  classes = std::move(strong.of);
  return number_by_first(classes, strong.count);
}

/// D = the join of R and L: R-classes that meet one L-class are one, by union-find.
void join_to_d(GreenRelations& green) {
  Ids parent(static_cast<std::size_t>(green.num_r));
  std::iota(parent.begin(), parent.end(), 0);
  const auto root = [&](std::int32_t r) {
    while (parent[static_cast<std::size_t>(r)] != r) {
      auto& up = parent[static_cast<std::size_t>(r)];
      up = parent[static_cast<std::size_t>(up)];
      r = up;
    }
    return r;
  };
  Ids r_of_l(static_cast<std::size_t>(green.num_l), -1);
  for (std::size_t x = 0; x < green.r.size(); ++x) {
    auto& known = r_of_l[static_cast<std::size_t>(green.l[x])];
    if (known < 0) known = green.r[x];
    const auto a = root(known), b = root(green.r[x]);
    parent[static_cast<std::size_t>(std::max(a, b))] = std::min(a, b);
  }
  green.j.resize(green.r.size());
  for (std::size_t x = 0; x < green.r.size(); ++x) green.j[x] = root(green.r[x]);
  green.num_j = number_by_first(green.j, green.num_r);
}

/// H-classes: pairs (R-class, L-class) that occur.
void meet_to_h(GreenRelations& green) {
  const std::size_t n = green.r.size();
  Ids begin(static_cast<std::size_t>(green.num_r) + 1, 0), sorted(n);
  for (const auto r : green.r) ++begin[static_cast<std::size_t>(r) + 1];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  Ids at = begin;
  for (std::size_t x = 0; x < n; ++x)
    sorted[static_cast<std::size_t>(at[static_cast<std::size_t>(green.r[x])]++)] =
        static_cast<std::int32_t>(x);
  Ids seen_in(static_cast<std::size_t>(green.num_l), -1), h_of_l(static_cast<std::size_t>(green.num_l), 0);
  green.h.resize(n);
  std::int32_t count = 0;
  for (const auto x : sorted) {
    const auto l = static_cast<std::size_t>(green.l[static_cast<std::size_t>(x)]);
    const auto r = green.r[static_cast<std::size_t>(x)];
    if (seen_in[l] != r) {
      seen_in[l] = r;
      h_of_l[l] = count++;
    }
    green.h[static_cast<std::size_t>(x)] = h_of_l[l];
  }
  green.num_h = number_by_first(green.h, count);
}

void count_members(const TransitionMonoid& monoid, GreenRelations& green) {
  green.j_size.assign(static_cast<std::size_t>(green.num_j), 0);
  green.j_idempotents.assign(green.j_size.size(), 0);
  green.group_order.assign(green.j_size.size(), 0);
  green.h_size.assign(static_cast<std::size_t>(green.num_h), 0);
  for (const auto j : green.j) ++green.j_size[static_cast<std::size_t>(j)];
  for (const auto h : green.h) ++green.h_size[static_cast<std::size_t>(h)];
  for (std::int32_t x = 0; x < monoid.size(); ++x) {
    if (!monoid.is_idempotent(x)) continue;
    const auto j = static_cast<std::size_t>(green.j[static_cast<std::size_t>(x)]);
    green.idempotents.push_back(x);
    green.num_regular += green.j_idempotents[j]++ == 0 ? 1 : 0;
    green.group_order[j] = green.h_size[static_cast<std::size_t>(green.h[static_cast<std::size_t>(x)])];
    green.largest_group = std::max(green.largest_group, green.group_order[j]);
  }
}

/// The images S_1, S_2, .. of the words of each length, one after the other.
class WordLengths {
 public:
  explicit WordLengths(const TransitionMonoid& monoid)
      : monoid_(monoid), seen_in_(static_cast<std::size_t>(monoid.size()), 0), elements_{0} {
    advance();
  }

  void advance() {
    ++length_;
    Ids next;
    for (const auto x : elements_)
      for (Letter s = 0; s < monoid_.num_letters(); ++s) {
        const auto y = monoid_.right(x, s);
        auto& seen = seen_in_[static_cast<std::size_t>(y)];
        if (seen == length_) continue;
        seen = length_;
        next.push_back(y);
      }
    work_ += static_cast<std::int64_t>(elements_.size()) * monoid_.num_letters();
    elements_ = std::move(next);
    if (elements_.size() > seen_in_.size() / 4) sort_by_scanning();
  }

  std::int64_t length() const { return length_; }
  std::int64_t work() const { return work_; }
  const Ids& elements() const { return elements_; }
  /// Equal sets have equal fingerprints.
  std::uint64_t fingerprint() const {
    std::uint64_t sum = elements_.size();
    for (const auto x : elements_) {
      auto h = (static_cast<std::uint64_t>(x) + 1) * 0x9E3779B97F4A7C15ULL;
      h = (h ^ (h >> 32)) * 0xD6E8FEB86659FD93ULL;
      sum += h ^ (h >> 32);
    }
    return sum;
  }

 private:
  /// Rising order makes the next step read the Cayley graph from front to back.
  void sort_by_scanning() {
    std::size_t count = 0;
    for (std::size_t x = 0; x < seen_in_.size(); ++x)
      if (seen_in_[x] == length_) elements_[count++] = static_cast<std::int32_t>(x);
  }

  const TransitionMonoid& monoid_;
  Ids seen_in_;
  Ids elements_;
  std::int32_t length_ = 0;
  std::int64_t work_ = 0;
};

constexpr std::size_t kRecent = 8;

Ids sorted(Ids ids) {
  std::sort(ids.begin(), ids.end());
  return ids;
}

/// S_length: `words` is at S_now, `recent` holds the sets before it, older ones are computed again.
Ids words_of_length(const TransitionMonoid& monoid, std::int64_t length, const WordLengths& words,
                    const std::deque<Ids>& recent) {
  const auto back = static_cast<std::size_t>(words.length() - length);
  if (back == 0) return sorted(words.elements());
  if (back <= recent.size()) return sorted(recent[back - 1]);
  WordLengths again(monoid);
  while (again.length() < length) again.advance();
  return sorted(again.elements());
}

/// The sets repeat from `first` on, for the first time at `words`.
StableSemigroup stable_semigroup_after(const TransitionMonoid& monoid, std::int64_t first,
                                       const WordLengths& words, const std::deque<Ids>& recent) {
  ANSER_ASSERT(words_of_length(monoid, first, words, recent) ==
               sorted(words.elements()));  // not only fingerprints
  const std::int64_t period = words.length() - first;
  const std::int64_t index = (first + period - 1) / period * period;
  return {index, words_of_length(monoid, index, words, recent)};
}

void require_complete(const TransitionMonoid& monoid, std::string_view where) {
  require(monoid.complete(), where, "wants a complete monoid, this one has more than {} elements",
          monoid.size());
}

std::string word_text(const Moore& machine, const std::vector<Letter>& word) {
  if (word.empty()) return "1";
  bool single = true;
  for (const auto& name : machine.letter_names) single = single && name.size() == 1;
  std::string text;
  for (const Letter s : word) {
    if (!text.empty() && !single) text += " ";
    text += machine.letter_names[static_cast<std::size_t>(s)];
  }
  return text;
}

/// One D-class as a table of H-classes.
class EggBox {
 public:
  EggBox(const Moore& machine, const TransitionMonoid& monoid, const GreenRelations& green,
         const Ids& elements)
      : elements_(elements) {
    for (const auto x : elements) {
      rows_.emplace(green.r[static_cast<std::size_t>(x)], rows_.size());
      columns_.emplace(green.l[static_cast<std::size_t>(x)], columns_.size());
    }
    cells_.resize(rows_.size() * columns_.size());
    for (const auto x : elements) {
      auto& cell = cells_[rows_[green.r[static_cast<std::size_t>(x)]] * columns_.size() +
                          columns_[green.l[static_cast<std::size_t>(x)]]];
      if (cell.empty()) cell = " " + word_text(machine, monoid.word(x));
    }
    for (const auto e : green.idempotents)
      if (rows_.contains(green.r[static_cast<std::size_t>(e)]) &&
          columns_.contains(green.l[static_cast<std::size_t>(e)]))
        cells_[rows_[green.r[static_cast<std::size_t>(e)]] * columns_.size() +
               columns_[green.l[static_cast<std::size_t>(e)]]][0] = '*';
  }

  std::size_t num_rows() const { return rows_.size(); }
  std::size_t num_columns() const { return columns_.size(); }
  std::string table() const {
    std::size_t width = 0;
    for (const auto& cell : cells_) width = std::max(width, cell.size());
    std::string text;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      text += fmt::format("  {:<{}}", cells_[i], width);
      if ((i + 1) % columns_.size() == 0) {
        text.erase(text.find_last_not_of(' ') + 1);
        text += "\n";
      }
    }
    return text;
  }

 private:
  const Ids& elements_;
  std::map<std::int32_t, std::size_t> rows_, columns_;  // class -> place, by first element
  std::vector<std::string> cells_;
};

}  // namespace

GreenRelations green_relations(const TransitionMonoid& monoid) {
  require_complete(monoid, "automata::green_relations");
  GreenRelations green;
  const auto letters = static_cast<std::size_t>(monoid.num_letters());
  green.num_r = components_of(monoid.right_graph(), letters, green.r);
  green.num_l = components_of(monoid.left_graph(), letters, green.l);
  join_to_d(green);
  meet_to_h(green);
  count_members(monoid, green);
  return green;
}

std::string print_egg_boxes(const Moore& machine, const TransitionMonoid& monoid, const GreenRelations& green,
                            std::int64_t max_cells) {
  require_complete(monoid, "automata::print_egg_boxes");
  std::vector<Ids> members(static_cast<std::size_t>(green.num_j));
  for (std::int32_t x = 0; x < monoid.size(); ++x)
    members[static_cast<std::size_t>(green.j[static_cast<std::size_t>(x)])].push_back(x);
  std::string text;
  for (std::size_t j = 0; j < members.size(); ++j) {
    const EggBox box(machine, monoid, green, members[j]);
    const auto cells = static_cast<std::int64_t>(box.num_rows() * box.num_columns());
    const auto h = green.h[static_cast<std::size_t>(members[j].front())];
    text += fmt::format("D{}: {} x {} H-classes of {}", j + 1, box.num_rows(), box.num_columns(),
                        green.h_size[static_cast<std::size_t>(h)]);
    text += green.j_idempotents[j] > 0 ? fmt::format(", {} idempotents, groups of order {}\n",
                                                     green.j_idempotents[j], green.group_order[j])
                                       : std::string(", not regular\n");
    max_cells -= cells;
    text += max_cells >= 0 ? box.table() : std::string("  (not drawn)\n");
  }
  return text;
}

std::optional<StableSemigroup> stable_semigroup(const TransitionMonoid& monoid, std::int64_t max_work) {
  require_complete(monoid, "automata::stable_semigroup");
  // S_t is ultimately periodic: with S_first = S_again the first repetition, S_t = S_2t exactly for multiples
  // t of the period from `first` on.
  std::map<std::uint64_t, std::int64_t> first_with;
  WordLengths words(monoid);
  std::deque<Ids> recent;  // S_(t-1), S_(t-2), ..
  for (;; words.advance()) {
    if (words.work() > max_work) return std::nullopt;
    const auto [known, fresh] = first_with.emplace(words.fingerprint(), words.length());
    if (!fresh) return stable_semigroup_after(monoid, known->second, words, recent);
    recent.push_front(words.elements());
    if (recent.size() > kRecent) recent.pop_back();
  }
}

}  // namespace anser::automata
