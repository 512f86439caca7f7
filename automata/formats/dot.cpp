#include "automata/formats/dot.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "automata/dfa.h"
#include "automata/formats/columns.h"
#include "automata/formats/dot_graph.h"
#include "automata/utf8.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

bool is_blank_text(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// Names in order of first use.
class Numbering {
 public:
  std::int32_t operator()(const std::string& name) {
    const auto [at, added] = number_.emplace(name, static_cast<std::int32_t>(names_.size()));
    if (added) names_.push_back(name);
    return at->second;
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::unordered_map<std::string, std::int32_t> number_;
  std::vector<std::string> names_;
};

/// Gives a graph its meaning as an automaton.
class Meaning {
 public:
  Meaning(const DotGraph& graph, std::string_view source) : graph_(graph), source_(source) {}

  PartialMachine read() {
    require(graph_.attributes.get("letters") != "drawing", source_,
            "is a drawing that does not hold all letters, wanted the automaton that was drawn");
    find_markers();
    number_states();
    read_outputs();
    read_arcs();
    return std::move(partial_);
  }

 private:
  const DotNode& node(std::size_t i) const { return graph_.nodes[i]; }

  /// Start markers: nodes that are not drawn as states, without edges to them or letters on edges from them.
  void find_markers() {
    marker_.assign(graph_.nodes.size(), 0);
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      const auto shape = node(i).attributes.get("shape");
      const bool hidden = shape == "none" || shape == "point" || shape == "plaintext" || shape == "plain" ||
                          node(i).attributes.get("style").find("invis") != std::string_view::npos;
      marker_[i] = hidden || node(i).name.rfind("__start", 0) == 0 ? 1 : 0;
    }
    for (const auto& edge : graph_.edges) {
      marker_[edge.to] = 0;
      if (!is_blank_text(edge.attributes.get("label"))) marker_[edge.from] = 0;
    }
  }

  void number_states() {
    number_.assign(graph_.nodes.size(), kNoArc);
    Moore& m = partial_.machine;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (marker_[i] != 0) continue;
      number_[i] = m.num_states++;
      partial_.state_names.push_back(shortened(node(i).name));
    }
    require(m.num_states >= 1, source_, "the automaton has no state, wanted at least one");
    m.start = kNoArc;
    for (const auto& edge : graph_.edges) {
      if (marker_[edge.from] == 0) continue;
      const State to = number_[edge.to];
      require(m.start == kNoArc || m.start == to, source_, "line {}: a second start, \"{}\", wanted one",
              edge.line, shortened(node(edge.to).name));
      m.start = to;
    }
    require(m.start != kNoArc, source_,
            "has no start, wanted an arrow without a letter from a node of shape none, as in "
            "__start0 [shape=none]; __start0 -> \"{}\"",
            partial_.state_names[0]);
  }

  static bool is_accepting(const DotNode& node) {
    const auto shape = node.attributes.get("shape");
    return shape == "doublecircle" || shape == "doubleoctagon" || node.attributes.get("peripheries") == "2";
  }

  static bool is_record(const DotNode& node) {
    const auto shape = node.attributes.get("shape");
    return shape == "record" || shape == "Mrecord";
  }

  void read_outputs() {
    bool any_record = false, all_bars = true, any_accepting = false;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (marker_[i] != 0) continue;
      const bool bar = dot_record_fields(node(i).attributes.get("label")).size() > 1;
      any_record = any_record || (bar && is_record(node(i)));
      all_bars = all_bars && bar;
      any_accepting = any_accepting || is_accepting(node(i));
    }
    any_record || (all_bars && !any_accepting) ? read_moore() : read_acceptor();
  }

  void set_labels(std::vector<std::string> names) {
    partial_.machine.label_names = std::move(names);
    partial_.machine.num_labels = static_cast<std::int32_t>(partial_.machine.label_names.size());
  }

  void read_acceptor() {
    set_labels({"reject", "accept"});
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i)
      if (marker_[i] == 0) partial_.machine.label.push_back(is_accepting(node(i)) ? 1 : 0);
    require_no_mealy();
  }

  void read_moore() {
    Numbering labels;
    std::vector<std::string> outputs;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (marker_[i] != 0) continue;
      const auto fields = dot_record_fields(node(i).attributes.get("label"));
      if (fields.size() != 2 || fields[1].empty())
        fail(source_, "state \"{}\" has the label \"{}\", wanted \"name|output\" as other states have",
             shortened(node(i).name), shortened(node(i).attributes.get("label")));
      if (is_accepting(node(i)))
        fail(source_, "state \"{}\" has both an output and a double border, wanted one of them",
             shortened(node(i).name));
      outputs.push_back(fields[1]);
    }
    const bool acceptor = std::all_of(outputs.begin(), outputs.end(),
                                      [](const auto& o) { return o == "reject" || o == "accept"; });
    if (acceptor) labels("reject"), labels("accept");
    for (const auto& output : outputs) partial_.machine.label.push_back(labels(output));
    set_labels(labels.names());
  }

  /// An acceptor without accepting states whose edges all read "in/out" is a Mealy machine misunderstood.
  void require_no_mealy() const {
    const auto& labels = partial_.machine.label;
    if (std::find(labels.begin(), labels.end(), 1) != labels.end()) return;
    std::size_t arcs = 0;
    for (const auto& edge : graph_.edges) {
      if (marker_[edge.from] != 0) continue;
      const auto label = edge.attributes.get("label");
      const auto slash = label.find('/');
      if (slash == std::string_view::npos || slash == 0 || slash + 1 == label.size()) return;
      ++arcs;
    }
    require(arcs == 0, source_,
            "no state accepts and every edge reads \"in/out\": a Mealy machine, wanted an acceptor or a "
            "Moore machine");
  }

  std::vector<std::string> letters_of(const DotEdge& edge) const {
    const std::string shown = dot_shown(edge.attributes.get("label"));
    auto letters =
        graph_.attributes.get("letters") == "whole" ? std::vector<std::string>{shown} : split_letters(shown);
    if (letters.empty() || is_blank_text(letters[0]))
      fail(source_, "line {}: the edge from \"{}\" to \"{}\" has no letter", edge.line,
           shortened(node(edge.from).name), shortened(node(edge.to).name));
    return letters;
  }

  struct Arc {
    State from;
    Letter letter;
    State to;
    std::size_t line;
  };

  void read_arcs() {
    Numbering letters;
    std::vector<Arc> arcs;
    for (const auto& edge : graph_.edges) {
      if (marker_[edge.from] != 0) continue;
      for (const auto& letter : letters_of(edge))
        arcs.push_back({number_[edge.from], letters(letter), number_[edge.to], edge.line});
    }
    Moore& m = partial_.machine;
    m.letter_names = letters.names();
    m.num_letters = static_cast<Letter>(m.letter_names.size());
    require(m.num_letters >= 1, source_, "the alphabet is empty: no edge has a letter");
    require_table_fits(m.num_states, m.num_letters, source_);
    m.next.assign(static_cast<std::size_t>(m.num_states) * m.letter_names.size(), kNoArc);
    for (const auto& arc : arcs) {
      State& to = m.next[static_cast<std::size_t>(arc.from) * m.letter_names.size() +
                         static_cast<std::size_t>(arc.letter)];
      if (to != kNoArc && to != arc.to)
        fail(source_,
             "line {}: a second arc of state \"{}\" and letter \"{}\", wanted a deterministic automaton",
             arc.line, partial_.state_names[static_cast<std::size_t>(arc.from)],
             shortened(m.letter_names[static_cast<std::size_t>(arc.letter)]));
      to = arc.to;
    }
  }

  const DotGraph& graph_;
  std::string source_;
  std::vector<std::uint8_t> marker_;  // [nodes], 1: marks the start
  std::vector<State> number_;         // [nodes], state or kNoArc
  PartialMachine partial_;
};

void check_names(const std::vector<std::string>& names, const char* noun) {
  for (const auto& name : names) {
    const bool control =
        std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    require(!name.empty() && is_utf8(name) && !control && name.front() != ' ' && name.back() != ' ',
            "automata::print_dot",
            "the {} \"{}\" is empty, not UTF-8, or holds blanks at its ends or control characters", noun,
            is_utf8(name) && !control ? shortened(name) : "?");
  }
}

std::string node_line(const Moore& machine, State q, bool acceptor) {
  const auto label = static_cast<std::size_t>(machine.label[static_cast<std::size_t>(q)]);
  if (!acceptor)
    return fmt::format("s{0} [shape=\"record\" style=\"rounded\" label=\"{{ s{0} | {1} }}\"];\n", q,
                       dot_escaped(machine.label_names[label], true));
  return fmt::format("s{0} [shape=\"{1}\" label=\"s{0}\"];\n", q, label == 1 ? "doublecircle" : "circle");
}

}  // namespace

ReadMachine parse_dot(std::string_view text, std::string_view source, const ReadOptions& options) {
  const DotGraph graph = parse_dot_graph(text, source);
  return complete(Meaning(graph, source).read(), options, source);
}

std::string print_dot(const Moore& machine) {
  check(machine);
  check_names(machine.letter_names, "letter");
  check_names(machine.label_names, "label");
  const bool whole =
      std::any_of(machine.letter_names.begin(), machine.letter_names.end(),
                  [](const auto& name) { return split_letters(name) != std::vector<std::string>{name}; });
  std::string dot = "digraph automaton {\n";
  if (whole) dot += "letters=\"whole\";\n";
  const bool acceptor = is_acceptor(machine);
  for (State q = 0; q < machine.num_states; ++q) dot += node_line(machine, q, acceptor);
  for (State q = 0; q < machine.num_states; ++q)
    for (Letter s = 0; s < machine.num_letters; ++s)
      dot += fmt::format("s{} -> s{} [label=\"{}\"];\n", q, machine.step(q, s),
                         dot_escaped(machine.letter_names[static_cast<std::size_t>(s)]));
  return dot + fmt::format("__start0 [label=\"\" shape=\"none\"];\n__start0 -> s{};\n}}\n", machine.start);
}

}  // namespace anser::automata
