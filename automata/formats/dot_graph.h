// The part of Graphviz's language that automata are written in: directed graphs with names and attributes,
// and nothing of what they mean (automata/formats/dot.h).
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace anser::automata {

/// Attributes that matter to automata (kDotAttributes in dot_graph.cpp); values as written, quotes removed,
/// other escapes kept. Shared: defaults are stored once however many nodes take them.
struct DotAttributes {
  std::map<std::string, std::shared_ptr<const std::string>, std::less<>> values;

  /// Value of an attribute, or "".
  [[nodiscard]] std::string_view get(std::string_view key) const;
};

struct DotNode {
  std::string name;
  DotAttributes attributes;
};

struct DotEdge {
  std::size_t from = 0;  // numbers of nodes
  std::size_t to = 0;
  DotAttributes attributes;
  std::size_t line = 0;  // where it stands, from 1
};

struct DotGraph {
  DotAttributes attributes;
  std::vector<DotNode> nodes;  // by first mention
  std::vector<DotEdge> edges;  // as they stand
};

/// Subgraphs lend their default attributes to what stands in them and are otherwise part of the whole.
/// InputError naming source and line: broken syntax, undirected graphs, edges of whole subgraphs, HTML
/// labels, bytes that are not UTF-8. O(length).
[[nodiscard]] DotGraph parse_dot_graph(std::string_view text, std::string_view source);

/// Text within double quotes that Graphviz shows literally; in a record label, `|`, braces, angles and blanks
/// too.
[[nodiscard]] std::string dot_escaped(std::string_view text, bool record = false);
/// The text that Graphviz shows for a label: escapes resolved, "\n", "\l" and "\r" as line ends.
[[nodiscard]] std::string dot_shown(std::string_view label);
/// Fields of a record label, "{ s0 | out }": split at bars, without outer braces, escapes and blanks at the
/// ends.
[[nodiscard]] std::vector<std::string> dot_record_fields(std::string_view label);

/// The letters in the shown label of an edge, "a, b": split at line ends and at commas outside brackets. A
/// part that is empty stays with its comma: "," is a letter.
[[nodiscard]] std::vector<std::string> split_letters(std::string_view shown);

}  // namespace anser::automata
