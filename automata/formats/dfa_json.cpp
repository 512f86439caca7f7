#include "automata/formats/dfa_json.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "automata/dfa.h"
#include "automata/utf8.h"
#include "core/base/error.h"
#include "core/base/ids.h"
#include "core/base/json.h"

namespace anser::automata {
namespace {

constexpr int kMaxDepth = 16;
constexpr std::size_t kMostShown = 60;

/// A value as a message shows it: one line, not long.
std::string shown(const Json& value) {
  if (value.is_array()) return "an array";
  if (value.is_object()) return "an object";
  std::string text = value.dump();
  if (text.size() <= kMostShown) return text;
  text.resize(kMostShown);
  while (!is_utf8(text)) text.pop_back();
  return text + "..";
}

/// JSON whose objects hold every key once: the parser itself would keep the last.
Json parse_without_duplicates(std::string_view text, std::string_view source) {
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    require(depth <= kMaxDepth, source, "arrays or objects nested deeper than {}", kMaxDepth);
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key)
      require(keys.back().insert(value.get<std::string>()).second, source, "field {} stands twice",
              shown(value));
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), watch);
  } catch (const Json::parse_error& error) {
    fail(source, "not valid JSON at byte {}", error.byte);
  } catch (const Json::exception&) {
    fail(source, "not valid JSON: a number is too large");
  }
}

bool is_integer_in(const Json& value, std::int64_t lo, std::int64_t hi) {
  if (!value.is_number_integer()) return false;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(hi)) return false;
  return value.get<std::int64_t>() >= lo && value.get<std::int64_t>() <= hi;
}

/// Turns parsed JSON into tables; every complaint begins with the name of the text.
class Reader {
 public:
  Reader(const Json& root, std::string_view source, bool missing)
      : root_(root), source_(source), missing_(missing) {}

  PartialMachine read() {
    require(root_.is_object(), source_,
            "is not a JSON object with states, alphabet, start, accept and delta");
    check_keys();
    m_.num_states = integer(field("states"), "\"states\"", 1, kMaxReadStates);
    m_.letter_names = names(field("alphabet"), "alphabet", "letter");
    m_.num_letters = static_cast<Letter>(m_.letter_names.size());
    require_table_fits(m_.num_states, m_.num_letters, source_);
    m_.start = integer(field("start"), "\"start\"", 0, m_.num_states - 1);
    check_rows();
    root_.contains("output") ? read_output() : read_accept();
    read_delta();
    return {std::move(m_), {}};
  }

 private:
  const Json& field(const char* key) const { return root_.at(key); }

  void check_keys() const {
    const std::vector<std::string> known = {"states", "alphabet", "start", "accept",
                                            "output", "labels",   "delta"};
    for (const auto& [key, value] : root_.items())
      if (std::find(known.begin(), known.end(), key) == known.end())
        fail(source_, "unknown field {}{}", shown(Json(key)), suggest(key.substr(0, kMostShown), known));
    for (const char* key : {"states", "alphabet", "start", "delta"})
      require(root_.contains(key), source_, "field \"{}\" is missing", key);
    require(root_.contains("accept") || root_.contains("output"), source_, "field \"accept\" is missing");
    require(!root_.contains("accept") || !root_.contains("output"), source_,
            "has both \"accept\" and \"output\", wanted one of them");
    require(!root_.contains("labels") || root_.contains("output"), source_,
            "has \"labels\" without \"output\"");
  }

  std::int32_t integer(const Json& value, std::string_view what, std::int64_t lo, std::int64_t hi) const {
    if (!is_integer_in(value, lo, hi))
      fail(source_, "{} is {}, wanted an integer in {}..{}", what, shown(value), lo, hi);
    return value.get<std::int32_t>();
  }

  const Json& array(const Json& value, std::string_view what) const {
    require(value.is_array(), source_, "{} is not an array", what);
    return value;
  }

  std::vector<std::string> names(const Json& list, const char* key, const char* noun) const {
    std::vector<std::string> result;
    std::unordered_set<std::string> seen;
    for (const auto& name : array(list, fmt::format("\"{}\"", key))) {
      if (!name.is_string() || name.get_ref<const std::string&>().empty())
        fail(source_, "{} {} of \"{}\" is {}, wanted a non-empty string", noun, result.size(), key,
             shown(name));
      result.push_back(name.get<std::string>());
      if (!seen.insert(result.back()).second)
        fail(source_, "{} {} stands twice in \"{}\"", noun, shown(name), key);
    }
    require(!result.empty(), source_, "\"{}\" is empty, wanted at least one {}", key, noun);
    return result;
  }

  /// Before anything of the size of "states" is allocated.
  void check_rows() const {
    const auto& delta = array(field("delta"), "\"delta\"");
    require(delta.size() == static_cast<std::size_t>(m_.num_states), source_,
            "\"delta\" has {} rows, wanted one for each of the {} states", delta.size(), m_.num_states);
  }

  void set_labels(std::vector<std::string> label_names) {
    m_.label_names = std::move(label_names);
    m_.num_labels = static_cast<std::int32_t>(m_.label_names.size());
  }

  void read_accept() {
    set_labels({"reject", "accept"});
    m_.label.assign(static_cast<std::size_t>(m_.num_states), 0);
    for (const auto& value : array(field("accept"), "\"accept\"")) {
      auto& bit =
          m_.label[static_cast<std::size_t>(integer(value, "an entry of \"accept\"", 0, m_.num_states - 1))];
      if (bit != 0) fail(source_, "state {} stands twice in \"accept\"", shown(value));
      bit = 1;
    }
  }

  void read_output() {
    const auto& output = array(field("output"), "\"output\"");
    require(output.size() == static_cast<std::size_t>(m_.num_states), source_,
            "\"output\" has {} entries, wanted one for each of the {} states", output.size(), m_.num_states);
    for (std::size_t q = 0; q < output.size(); ++q) {
      const bool name = output[q].is_string() && !output[q].get_ref<const std::string&>().empty();
      if (!name && !is_integer_in(output[q], INT64_MIN, INT64_MAX))
        fail(source_, "\"output\" of state {} is {}, wanted a non-empty string or an integer", q,
             shown(output[q]));
      if (output[q].is_string() != output[0].is_string())
        fail(source_, "\"output\" holds both text ({}) and numbers ({})",
             shown(output[0].is_string() ? output[0] : output[q]),
             shown(output[0].is_string() ? output[q] : output[0]));
    }
    set_labels(label_order(output));
    std::unordered_map<std::string, std::int32_t> number;
    for (std::size_t i = 0; i < m_.label_names.size(); ++i)
      number.emplace(m_.label_names[i], static_cast<std::int32_t>(i));
    for (std::size_t q = 0; q < output.size(); ++q) {
      const auto found = number.find(text_of(output[q]));
      if (found == number.end())
        fail(source_, "\"output\" of state {} is {}, which is not in \"labels\"", q, shown(output[q]));
      m_.label.push_back(found->second);
    }
  }

  static std::string text_of(const Json& output) {
    return output.is_string() ? output.get<std::string>() : output.dump();
  }

  std::vector<std::string> label_order(const Json& output) const {
    if (root_.contains("labels")) return names(field("labels"), "labels", "label");
    std::vector<std::string> order;
    if (!output[0].is_string()) {
      std::set<std::int64_t> numbers;
      for (const auto& value : output) numbers.insert(value.get<std::int64_t>());
      for (const auto value : numbers) order.push_back(fmt::format("{}", value));
      return order;
    }
    std::unordered_set<std::string> seen;
    for (const auto& value : output)
      if (seen.insert(value.get<std::string>()).second) order.push_back(value.get<std::string>());
    const bool acceptor = std::all_of(order.begin(), order.end(),
                                      [](const auto& name) { return name == "reject" || name == "accept"; });
    return acceptor ? std::vector<std::string>{"reject", "accept"} : order;
  }

  void read_delta() {
    const auto& delta = field("delta");
    const std::int64_t lowest = missing_ ? -1 : 0;
    m_.next.reserve(static_cast<std::size_t>(m_.num_states) * m_.letter_names.size());
    for (std::size_t q = 0; q < delta.size(); ++q) {
      if (!delta[q].is_array()) fail(source_, "row {} of \"delta\" is not an array", q);
      if (delta[q].size() != m_.letter_names.size())
        fail(source_, "row {} of \"delta\" has {} entries, wanted {} (one a letter)", q, delta[q].size(),
             m_.letter_names.size());
      for (std::size_t s = 0; s < delta[q].size(); ++s) {
        if (!is_integer_in(delta[q][s], lowest, m_.num_states - 1))
          fail(source_, "\"delta\" of state {} and letter {} is {}, wanted an integer in {}..{}{}", q,
               shown(Json(m_.letter_names[s])), shown(delta[q][s]), lowest, m_.num_states - 1,
               missing_ ? " (-1: no arc)" : "");
        m_.next.push_back(delta[q][s].get<State>());
      }
    }
  }

  const Json& root_;
  std::string source_;
  bool missing_;
  Moore m_;
};

/// Names of the labels by first state, as the reader numbers them.
std::vector<std::string> labels_by_first_state(const Moore& machine) {
  std::vector<std::uint8_t> seen(machine.label_names.size());
  std::vector<std::string> order;
  for (const auto label : machine.label) {
    if (seen[static_cast<std::size_t>(label)]++ == 0)
      order.push_back(machine.label_names[static_cast<std::size_t>(label)]);
    seen[static_cast<std::size_t>(label)] = 1;
  }
  return order;
}

void require_text(const std::vector<std::string>& names, const char* noun) {
  std::unordered_set<std::string_view> seen;
  for (const auto& name : names) {
    require(is_utf8(name) && !name.empty(), "automata::print_dfa_json", "a {} name is empty or not UTF-8",
            noun);
    require(seen.insert(name).second, "automata::print_dfa_json", "{} name \"{}\" stands twice", noun, name);
  }
}

}  // namespace

PartialMachine parse_partial_dfa_json(std::string_view text, std::string_view source,
                                      bool allow_missing_arcs) {
  const Json root = parse_without_duplicates(text, source);
  return Reader(root, source, allow_missing_arcs).read();
}

ReadMachine parse_dfa_json(std::string_view text, std::string_view source, const ReadOptions& options) {
  return complete(parse_partial_dfa_json(text, source), options, source);
}

std::string print_dfa_json(const Moore& machine) {
  check(machine);
  require_text(machine.letter_names, "letter");
  require_text(machine.label_names, "label");
  Json root;
  root["states"] = machine.num_states;
  root["alphabet"] = machine.letter_names;
  root["start"] = machine.start;
  const bool acceptor = is_acceptor(machine);
  Json& answers = root[acceptor ? "accept" : "output"] = Json::array();
  for (State q = 0; q < machine.num_states; ++q) {
    const auto label = static_cast<std::size_t>(machine.label[static_cast<std::size_t>(q)]);
    if (!acceptor) answers.push_back(machine.label_names[label]);
    if (acceptor && label == 1) answers.push_back(q);
  }
  if (!acceptor && labels_by_first_state(machine) != machine.label_names)
    root["labels"] = machine.label_names;
  Json& delta = root["delta"] = Json::array();
  for (State q = 0; q < machine.num_states; ++q) {
    const auto row = machine.next.begin() + static_cast<std::ptrdiff_t>(q) * machine.num_letters;
    delta.push_back(std::vector<State>(row, row + machine.num_letters));
  }
  return root.dump() + "\n";
}

}  // namespace anser::automata
