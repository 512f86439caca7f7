#include "automata/formats/att.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "automata/dfa.h"
#include "automata/formats/columns.h"
#include "automata/nfa.h"
#include "automata/utf8.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

constexpr std::int64_t kMaxId = std::numeric_limits<std::int64_t>::max();

struct SymbolTable {
  std::vector<std::string> letters;                     // by id, epsilon left out
  std::unordered_map<std::string_view, Letter> number;  // name -> letter, or kEpsilon
  std::unordered_map<std::int64_t, Letter> by_id;
};

SymbolTable parse_symbols(std::string_view text, std::string_view source) {
  std::map<std::int64_t, std::string_view> names;
  std::unordered_set<std::string_view> seen;
  for (const auto& line : split_lines(text, source)) {
    if (line.columns.size() != 2)
      fail(source, "symbol table, line {}: {} columns, wanted \"name id\"", line.number, line.columns.size());
    const auto id = parse_integer(line.columns[1]);
    if (!id || *id < 0)
      fail(source, "symbol table, line {}: the id is \"{}\", wanted an integer in 0..{}", line.number,
           shortened(line.columns[1]), kMaxId);
    if (!names.emplace(*id, line.columns[0]).second)
      fail(source, "symbol table, line {}: the id {} stands twice", line.number, *id);
    if (!seen.insert(line.columns[0]).second)
      fail(source, "symbol table, line {}: the name \"{}\" stands twice", line.number,
           shortened(line.columns[0]));
  }
  SymbolTable table;
  for (const auto& [id, name] : names) {
    const Letter letter = id == 0 ? kEpsilon : static_cast<Letter>(table.letters.size());
    if (id != 0) table.letters.emplace_back(name);
    table.number.emplace(name, letter);
    table.by_id.emplace(id, letter);
  }
  require(!table.letters.empty(), source, "the symbol table has no letter, wanted at least one besides id 0");
  return table;
}

struct Arc {
  std::int64_t from, to;
  std::string_view label;
  std::size_t line;
};

/// Turns lines into an Nfa; every complaint begins with the name of the text.
class Reader {
 public:
  Reader(std::string_view text, std::string_view symbols, std::string_view source)
      : source_(source), symbols_(symbols), lines_(split_lines(text, source)) {}

  Nfa read() {
    require(!lines_.empty(), source_, "is empty: the automaton has no state, wanted at least one");
    decide_columns();
    for (const auto& line : lines_) line.columns.size() <= 2 ? read_final(line) : read_arc(line);
    number_states();
    number_letters();
    require_table_fits(nfa_.num_states, nfa_.num_letters, source_);
    for (const auto& arc : arcs_)
      nfa_.arcs.push_back({number_.at(arc.from), letter(arc), number_.at(arc.to)});
    return std::move(nfa_);
  }

  /// What the file calls the states.
  std::vector<std::string> state_names() const {
    std::vector<std::string> names;
    for (const auto& [state, number] : number_) names.push_back(fmt::format("{}", state));
    return names;
  }
  std::size_t weights() const { return weights_; }

 private:
  /// Four columns are two labels, or a label and a weight. Decided for the whole file, never guessed.
  void decide_columns() {
    bool equal = true, all_real = true, any_letter = false, any_point = false;
    std::unordered_set<std::string_view> labels;
    for (const auto& line : lines_) {
      const auto& c = line.columns;
      if (c.size() > 5)
        fail(source_,
             "line {}: {} columns, wanted \"source target label [label] [weight]\" or \"state [weight]\"",
             line.number, c.size());
      if (c.size() >= 3) labels.insert(c[2]);
      if (c.size() != 4) continue;
      equal = equal && c[2] == c[3];
      all_real = all_real && parse_real(c[3]).has_value();
      any_letter = any_letter || !parse_integer(c[2]);
      any_point = any_point || !parse_integer(c[3]);
      if (c[2] != c[3] && different_ == 0) different_ = line.number;
    }
    if (equal) return;
    const bool also_label = std::any_of(lines_.begin(), lines_.end(), [&](const auto& line) {
      return line.columns.size() == 4 && labels.count(line.columns[3]) != 0;
    });
    weight_in_fourth_ = all_real && (any_point || (any_letter && !also_label));
    if (weight_in_fourth_) return;
    require(
        !all_real, source_,
        "line {}: the fourth column may be a label or a weight; write weights with a point (1.0), or both "
        "labels and the weight",
        different_);
    fail(source_, "line {}: the labels \"{}\" and \"{}\" differ: a transducer, wanted an acceptor",
         different_, shortened(line_at(different_).columns[2]), shortened(line_at(different_).columns[3]));
  }

  const TextLine& line_at(std::size_t number) const {
    return *std::find_if(lines_.begin(), lines_.end(),
                         [=](const auto& line) { return line.number == number; });
  }

  std::int64_t state(const TextLine& line, std::size_t column) {
    const auto value = parse_integer(line.columns[column]);
    if (!value || *value < 0)
      fail(source_, "line {}: the state is \"{}\", wanted an integer in 0..{}", line.number,
           shortened(line.columns[column]), kMaxId);
    if (number_.empty()) start_ = *value;
    number_.emplace(*value, 0);
    return *value;
  }

  /// Whether the weight lets a path through; counts those that are dropped.
  bool passes(const TextLine& line, std::size_t column) {
    const auto value = parse_real(line.columns[column]);
    if (!value || std::isnan(*value) || *value == -std::numeric_limits<double>::infinity())
      fail(source_, "line {}: the weight is \"{}\", wanted a number", line.number,
           shortened(line.columns[column]));
    if (std::isinf(*value)) return false;
    if (*value != 0) ++weights_;
    return true;
  }

  void read_final(const TextLine& line) {
    const auto q = state(line, 0);
    const bool final = line.columns.size() == 1 || passes(line, 1);
    if (!final_.emplace(q, final).second)
      fail(source_, "line {}: the state {} is final twice", line.number, q);
  }

  void read_arc(const TextLine& line) {
    const auto& c = line.columns;
    const auto from = state(line, 0), to = state(line, 1);
    const bool weight_fourth = c.size() == 4 && weight_in_fourth_;
    if (c.size() == 5 && c[2] != c[3])
      fail(source_, "line {}: the labels \"{}\" and \"{}\" differ: a transducer, wanted an acceptor",
           line.number, shortened(c[2]), shortened(c[3]));
    const bool passes_through = c.size() == 5 ? passes(line, 4) : !weight_fourth || passes(line, 3);
    if (passes_through)
      arcs_.push_back({from, to, c[2], line.number});
    else
      labels_only_.push_back(c[2]);
  }

  void number_states() {
    require(static_cast<std::int64_t>(number_.size()) <= kMaxReadStates, source_,
            "{} states, at most {} can be read", number_.size(), kMaxReadStates);
    for (auto& [state, number] : number_) number = nfa_.num_states++;
    nfa_.starts = {number_.at(start_)};
    nfa_.accept.assign(static_cast<std::size_t>(nfa_.num_states), 0);
    for (const auto& [state, final] : final_)
      nfa_.accept[static_cast<std::size_t>(number_.at(state))] = final ? 1 : 0;
  }

  void number_letters() {
    if (!symbols_.empty()) {
      table_ = parse_symbols(symbols_, source_);
      for (const auto& arc : arcs_) labels_are_ids_ = labels_are_ids_ && table_.number.count(arc.label) == 0;
    } else {
      labels_are_ids_ = false;
      std::set<std::string_view> used(labels_only_.begin(), labels_only_.end());
      for (const auto& arc : arcs_) used.insert(arc.label);
      if (used.count("0") != 0)
        fail(source_,
             "the label 0 is epsilon to OpenFst and may be meant as a letter; wanted a symbol table (\"name "
             "id\" "
             "lines in a file of the same name ending in .syms)");
      for (const char* epsilon : {"<eps>", "<epsilon>"})
        if (used.erase(epsilon) != 0) table_.number.emplace(epsilon, kEpsilon);
      table_.letters.assign(used.begin(), used.end());
      sort_symbols(table_.letters);
      for (std::size_t s = 0; s < table_.letters.size(); ++s)
        table_.number.emplace(table_.letters[s], static_cast<Letter>(s));
      require(!table_.letters.empty(), source_, "the alphabet is empty: no arc has a letter");
    }
    nfa_.letter_names = table_.letters;
    nfa_.num_letters = static_cast<Letter>(table_.letters.size());
  }

  Letter letter(const Arc& arc) const {
    if (labels_are_ids_) {
      const auto id = parse_integer(arc.label);
      const auto found = id ? table_.by_id.find(*id) : table_.by_id.end();
      if (found != table_.by_id.end()) return found->second;
    } else {
      const auto found = table_.number.find(arc.label);
      if (found != table_.number.end()) return found->second;
    }
    fail(source_, "line {}: the label \"{}\" is not in the symbol table", arc.line, shortened(arc.label));
  }

  std::string source_;
  std::string_view symbols_;
  std::vector<TextLine> lines_;
  bool weight_in_fourth_ = false;
  std::size_t different_ = 0;  // line whose third and fourth column differ
  std::size_t weights_ = 0;
  std::int64_t start_ = 0;
  std::map<std::int64_t, State> number_;  // state in the file -> state
  std::map<std::int64_t, bool> final_;
  std::vector<Arc> arcs_;
  std::vector<std::string_view> labels_only_;  // of arcs that let nothing through
  SymbolTable table_;
  bool labels_are_ids_ = true;
  Nfa nfa_;
};

bool is_deterministic(const Nfa& nfa) {
  std::unordered_map<std::int64_t, State> target;
  for (const auto& arc : nfa.arcs) {
    if (arc.letter == kEpsilon) return false;
    const auto key = std::int64_t{arc.from} * nfa.num_letters + arc.letter;
    const auto [at, added] = target.emplace(key, arc.to);
    if (!added && at->second != arc.to) return false;
  }
  return true;
}

PartialMachine as_machine(const Nfa& nfa, std::vector<std::string> state_names) {
  Moore m{
      .num_states = nfa.num_states,
      .num_letters = nfa.num_letters,
      .num_labels = 2,
      .start = nfa.starts.at(0),
      .next = std::vector<State>(static_cast<std::size_t>(nfa.num_states) * nfa.letter_names.size(), kNoArc),
      .label = std::vector<std::int32_t>(nfa.accept.begin(), nfa.accept.end()),
      .letter_names = nfa.letter_names,
      .label_names = {"reject", "accept"}};
  for (const auto& arc : nfa.arcs)
    m.next[static_cast<std::size_t>(arc.from) * nfa.letter_names.size() +
           static_cast<std::size_t>(arc.letter)] = arc.to;
  return {std::move(m), std::move(state_names)};
}

void check_acceptor(const Moore& machine, const char* where) {
  check(machine);
  require(is_acceptor(machine), where,
          "a Moore machine with other outputs than accept and reject; AT&T text holds "
          "acceptors, wanted .json or .dot");
  for (const auto& name : machine.letter_names) {
    const bool blank =
        std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20; });
    require(!name.empty() && !blank && is_utf8(name), where,
            "the letter \"{}\" holds a blank, which AT&T text cannot hold; wanted .json or .dot",
            shortened(name));
    require(name != "<eps>" && name != "<epsilon>", where, "the letter \"{}\" would be read as epsilon",
            name);
  }
}

}  // namespace

ReadMachine parse_att(std::string_view text, std::string_view source, const ReadOptions& options,
                      std::string_view symbols) {
  Reader reader(text, symbols, source);
  const Nfa nfa = reader.read();
  std::vector<std::string> notes;
  if (reader.weights() > 0) {
    require(!options.strict, source, "{} weights are not 0", reader.weights());
    notes.push_back(fmt::format("{}: {} weights that are not 0 were dropped", source, reader.weights()));
  }
  ReadMachine result;
  if (is_deterministic(nfa)) {
    result = complete(as_machine(nfa, reader.state_names()), options, source);
  } else {
    require(!options.strict, source, "is nondeterministic");
    const Dfa dfa = determinise(nfa, options.max_subsets);
    notes.push_back(fmt::format("{}: nondeterministic, determinised from {} to {} states", source,
                                nfa.num_states, dfa.num_states));
    result = complete({to_moore(dfa), {}}, options, source);
  }
  result.notes.insert(result.notes.begin(), notes.begin(), notes.end());
  result.unknown_letters_reject = true;
  return result;
}

std::string print_att(const Moore& machine) {
  check_acceptor(machine, "automata::print_att");
  std::string out;
  const auto print_state = [&](State q) {
    for (Letter s = 0; s < machine.num_letters; ++s) {
      const auto& name = machine.letter_names[static_cast<std::size_t>(s)];
      out += fmt::format("{}\t{}\t{}\t{}\n", q, machine.step(q, s), name, name);
    }
  };
  print_state(machine.start);
  for (State q = 0; q < machine.num_states; ++q)
    if (q != machine.start) print_state(q);
  for (State q = 0; q < machine.num_states; ++q)
    if (machine.label[static_cast<std::size_t>(q)] == 1) out += fmt::format("{}\n", q);
  return out;
}

std::string print_symbols(const Moore& machine) {
  check_acceptor(machine, "automata::print_symbols");
  std::string out = "<eps>\t0\n";
  for (std::size_t s = 0; s < machine.letter_names.size(); ++s)
    out += fmt::format("{}\t{}\n", machine.letter_names[s], s + 1);
  return out;
}

}  // namespace anser::automata
