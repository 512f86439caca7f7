#include "automata/dfa_graph.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/strong_components.hpp>
#include <boost/range/iterator_range.hpp>
#include <functional>
#include <queue>

#include "core/base/error.h"

namespace anser::automata {
namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

Graph make_graph(const Moore& machine) {
  Graph graph(static_cast<std::size_t>(machine.num_states));
  for (State q = 0; q < machine.num_states; ++q)
    for (Letter s = 0; s < machine.num_letters; ++s)
      boost::add_edge(static_cast<std::size_t>(q), static_cast<std::size_t>(machine.step(q, s)), graph);
  return graph;
}

}  // namespace

Components strongly_connected_components(const Moore& machine) {
  check(machine);
  const Graph graph = make_graph(machine);
  std::vector<std::int32_t> found(static_cast<std::size_t>(machine.num_states));
  const auto count = boost::strong_components(
      graph, boost::make_iterator_property_map(found.begin(), boost::get(boost::vertex_index, graph)));
  Components result;
  std::vector<std::int32_t> renamed(static_cast<std::size_t>(count), -1);
  for (const auto component : found) {
    auto& name = renamed[static_cast<std::size_t>(component)];
    if (name < 0) name = result.count++;
    result.of.push_back(name);
  }
  return result;
}

std::vector<std::uint8_t> reachable_states(const Moore& machine, State from) {
  check(machine);
  require(from >= 0 && from < machine.num_states, "automata::reachable_states", "state {} is not in 0..{}",
          from, machine.num_states - 1);
  const Graph graph = make_graph(machine);
  std::vector<boost::default_color_type> color(static_cast<std::size_t>(machine.num_states));
  boost::breadth_first_search(graph, static_cast<std::size_t>(from),
                              boost::color_map(boost::make_iterator_property_map(
                                  color.begin(), boost::get(boost::vertex_index, graph))));
  std::vector<std::uint8_t> reached;
  for (const auto c : color) reached.push_back(c == boost::white_color ? 0 : 1);
  return reached;
}

std::vector<std::int32_t> topological_order(const Moore& machine, const Components& components) {
  check(machine);
  require(components.of.size() == static_cast<std::size_t>(machine.num_states), "automata::topological_order",
          "the components are those of {} states, the machine has {}", components.of.size(),
          machine.num_states);
  Graph graph(static_cast<std::size_t>(components.count));
  for (State q = 0; q < machine.num_states; ++q)
    for (Letter s = 0; s < machine.num_letters; ++s) {
      const auto from = components.of[static_cast<std::size_t>(q)];
      const auto to = components.of[static_cast<std::size_t>(machine.step(q, s))];
      if (from != to) boost::add_edge(static_cast<std::size_t>(from), static_cast<std::size_t>(to), graph);
    }
  // Kahn's algorithm rather than boost::topological_sort, whose choice among several orders is unspecified.
  std::vector<std::int64_t> open(static_cast<std::size_t>(components.count));
  for (const auto edge : boost::make_iterator_range(boost::edges(graph))) ++open[boost::target(edge, graph)];
  std::priority_queue<std::int32_t, std::vector<std::int32_t>, std::greater<>> ready;
  for (std::int32_t c = 0; c < components.count; ++c)
    if (open[static_cast<std::size_t>(c)] == 0) ready.push(c);
  std::vector<std::int32_t> order;
  while (!ready.empty()) {
    const auto c = ready.top();
    ready.pop();
    order.push_back(c);
    for (const auto edge : boost::make_iterator_range(boost::out_edges(static_cast<std::size_t>(c), graph)))
      if (--open[boost::target(edge, graph)] == 0)
        ready.push(static_cast<std::int32_t>(boost::target(edge, graph)));
  }
  require(order.size() == static_cast<std::size_t>(components.count), "automata::topological_order",
          "the components are not those of the machine: there is a circle among them");
  return order;
}

namespace {

/// Notes, at the first arc into a state, where it came from. Out-edges are visited in letter order.
class ShortestPathsVisitor : public boost::default_bfs_visitor {
 public:
  ShortestPathsVisitor(const Moore& machine, ShortestPaths& paths) : machine_(machine), paths_(paths) {}

  void tree_edge(Graph::edge_descriptor edge, const Graph& graph) const {
    const auto from = boost::source(edge, graph), to = boost::target(edge, graph);
    paths_.distance[to] = paths_.distance[from] + 1;
    paths_.parent[to] = static_cast<State>(from);
    Letter s = 0;
    while (machine_.step(static_cast<State>(from), s) != static_cast<State>(to)) ++s;
    paths_.last[to] = s;
  }

 private:
  const Moore& machine_;
  ShortestPaths& paths_;
};

}  // namespace

std::vector<Letter> ShortestPaths::word_to(State to) const {
  require(to >= 0 && static_cast<std::size_t>(to) < distance.size(), "automata::ShortestPaths",
          "state {} is not in 0..{}", to, static_cast<std::int64_t>(distance.size()) - 1);
  require(distance[static_cast<std::size_t>(to)] >= 0, "automata::ShortestPaths", "no word leads to state {}",
          to);
  std::vector<Letter> word;
  for (State q = to; parent[static_cast<std::size_t>(q)] >= 0; q = parent[static_cast<std::size_t>(q)])
    word.push_back(last[static_cast<std::size_t>(q)]);
  std::reverse(word.begin(), word.end());
  return word;
}

ShortestPaths shortest_paths(const Moore& machine, State from) {
  check(machine);
  require(from >= 0 && from < machine.num_states, "automata::shortest_paths", "state {} is not in 0..{}",
          from, machine.num_states - 1);
  const Graph graph = make_graph(machine);
  const auto n = static_cast<std::size_t>(machine.num_states);
  ShortestPaths paths{std::vector<std::int32_t>(n, -1), std::vector<State>(n, -1),
                      std::vector<Letter>(n, -1)};
  paths.distance[static_cast<std::size_t>(from)] = 0;
  std::vector<boost::default_color_type> color(n);
  boost::breadth_first_search(graph, static_cast<std::size_t>(from),
                              boost::visitor(ShortestPathsVisitor(machine, paths))
                                  .color_map(boost::make_iterator_property_map(
                                      color.begin(), boost::get(boost::vertex_index, graph))));
  return paths;
}

}  // namespace anser::automata
