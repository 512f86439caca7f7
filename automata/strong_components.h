// Strong components of a graph with `degree` numbered edges a node, given by a function: Tarjan's algorithm
// (1972) without recursion. For graphs with millions of nodes; machines as graphs: automata/dfa_graph.h.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace anser::automata {

struct StrongComponents {
  std::int32_t count = 0;
  std::vector<std::int32_t> of;  // component of a node; edges between components lead to smaller numbers
};

template <typename Next>
class TarjanSearch {
 public:
  TarjanSearch(std::int32_t nodes, std::size_t degree, const Next& next)
      : degree_(degree), next_(next), low_(static_cast<std::size_t>(nodes), 0) {
    result_.of.assign(low_.size(), -1);
  }

  StrongComponents run() {
    for (std::size_t root = 0; root < low_.size(); ++root)
      if (low_[root] == 0) search(static_cast<std::int32_t>(root));
    return std::move(result_);
  }

 private:
  struct Frame {
    std::int32_t node;
    std::int32_t order;
    std::size_t edge;
  };

  void enter(std::int32_t node) {
    low_[static_cast<std::size_t>(node)] = ++visited_;
    open_.push_back(node);
    frames_.push_back({node, visited_, 0});
  }

  void search(std::int32_t root) {
    enter(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      if (frame.edge == degree_) {
        leave();
        continue;
      }
      const std::int32_t to = next_(frame.node, frame.edge++);
      if (to < 0) continue;
      const auto at = static_cast<std::size_t>(to);
      if (low_[at] == 0)
        enter(to);
      else if (result_.of[at] < 0)
        lower(frame.node, low_[at]);
    }
  }

  void lower(std::int32_t node, std::int32_t bound) {
    auto& low = low_[static_cast<std::size_t>(node)];
    low = std::min(low, bound);
  }

  void leave() {
    const Frame frame = frames_.back();
    frames_.pop_back();
    const std::int32_t low = low_[static_cast<std::size_t>(frame.node)];
    if (low != frame.order) return lower(frames_.back().node, low);
    std::int32_t member;
    do {
      member = open_.back();
      open_.pop_back();
      result_.of[static_cast<std::size_t>(member)] = result_.count;
    } while (member != frame.node);
    ++result_.count;
  }

  std::size_t degree_;
  const Next& next_;
  std::vector<std::int32_t> low_;  // order of discovery from 1, lowered; 0: not visited
  std::vector<Frame> frames_;
  std::vector<std::int32_t> open_;
  std::int32_t visited_ = 0;
  StrongComponents result_;
};

/// next(node, edge) is a node or -1. O(nodes * degree).
template <typename Next>
[[nodiscard]] StrongComponents strong_components(std::int32_t nodes, std::size_t degree, const Next& next) {
  return TarjanSearch<Next>(nodes, degree, next).run();
}

}  // namespace anser::automata
