#include "automata/dfa_graph.h"

#include <fmt/format.h>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/strong_components.hpp>
#include <map>

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

/// Text within double quotes of the DOT language.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
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

std::string print_dot(const Moore& machine) {
  check(machine);
  std::string dot = "digraph automaton {\n  rankdir=LR;\n  node [shape=circle];\n  entry [shape=point];\n";
  dot += fmt::format("  entry -> {};\n", machine.start);
  for (State q = 0; q < machine.num_states; ++q) {
    const auto& label =
        machine.label_names[static_cast<std::size_t>(machine.label[static_cast<std::size_t>(q)])];
    const bool two_labels = label == "accept" || label == "reject";
    dot += two_labels ? fmt::format("  {} [shape={}];\n", q, label == "accept" ? "doublecircle" : "circle")
                      : fmt::format("  {} [label={}];\n", q, quoted(label));
  }
  for (State q = 0; q < machine.num_states; ++q) {
    std::map<State, std::string> letters;
    for (Letter s = 0; s < machine.num_letters; ++s) {
      auto& list = letters[machine.step(q, s)];
      list += (list.empty() ? "" : ", ") + machine.letter_names[static_cast<std::size_t>(s)];
    }
    for (const auto& [to, list] : letters)
      dot += fmt::format("  {} -> {} [label={}];\n", q, to, quoted(list));
  }
  return dot + "}\n";
}

}  // namespace anser::automata
