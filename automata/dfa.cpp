#include "automata/dfa.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/ids.h"
#include "core/base/json.h"

namespace anser::automata {
namespace {

constexpr std::int64_t kMaxStates = 1 << 24;

/// Turns parsed JSON into a Dfa; every complaint begins with the name of the text.
class DfaReader {
 public:
  DfaReader(const Json& root, std::string_view source) : root_(root), source_(source) {}

  Dfa read() {
    require(root_.is_object(), source_,
            "is not a JSON object with states, alphabet, start, accept and delta");
    check_keys();
    Dfa dfa;
    dfa.num_states = static_cast<State>(integer(root_["states"], "\"states\"", 1, kMaxStates));
    dfa.letter_names = read_alphabet();
    dfa.num_letters = static_cast<Letter>(dfa.letter_names.size());
    dfa.start = state(root_["start"], dfa, "\"start\"");
    read_accept(dfa);
    read_delta(dfa);
    return dfa;
  }

 private:
  void check_keys() const {
    const std::vector<std::string> keys = {"states", "alphabet", "start", "accept", "delta"};
    for (const auto& key : keys) require(root_.contains(key), source_, "field \"{}\" is missing", key);
    for (const auto& [key, value] : root_.items())
      require(std::find(keys.begin(), keys.end(), key) != keys.end(), source_, "unknown field \"{}\"{}", key,
              suggest(key, keys));
  }

  std::int64_t integer(const Json& value, std::string_view what, std::int64_t lo, std::int64_t hi) const {
    require(value.is_number_integer(), source_, "{} is {}, wanted an integer in {}..{}", what, value.dump(),
            lo, hi);
    const bool huge =
        value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(hi);
    require(!huge && value.get<std::int64_t>() >= lo && value.get<std::int64_t>() <= hi, source_,
            "{} is {}, wanted an integer in {}..{}", what, value.dump(), lo, hi);
    return value.get<std::int64_t>();
  }

  State state(const Json& value, const Dfa& dfa, std::string_view what) const {
    return static_cast<State>(integer(value, what, 0, dfa.num_states - 1));
  }

  const Json& array(const Json& value, std::string_view what) const {
    require(value.is_array(), source_, "{} is not an array", what);
    return value;
  }

  std::vector<std::string> read_alphabet() const {
    std::vector<std::string> names;
    for (const auto& name : array(root_["alphabet"], "\"alphabet\"")) {
      require(name.is_string() && !name.get<std::string>().empty(), source_,
              "letter {} of \"alphabet\" is {}, wanted a non-empty string", names.size(), name.dump());
      require(std::find(names.begin(), names.end(), name.get<std::string>()) == names.end(), source_,
              "letter {} stands twice in \"alphabet\"", name.dump());
      names.push_back(name.get<std::string>());
    }
    require(!names.empty(), source_, "\"alphabet\" is empty, wanted at least one letter");
    return names;
  }

  void read_accept(Dfa& dfa) const {
    dfa.accept.assign(static_cast<std::size_t>(dfa.num_states), 0);
    for (const auto& value : array(root_["accept"], "\"accept\"")) {
      auto& bit = dfa.accept[static_cast<std::size_t>(state(value, dfa, "an entry of \"accept\""))];
      require(bit == 0, source_, "state {} stands twice in \"accept\"", value.dump());
      bit = 1;
    }
  }

  void read_delta(Dfa& dfa) const {
    const auto& delta = array(root_["delta"], "\"delta\"");
    require(delta.size() == static_cast<std::size_t>(dfa.num_states), source_,
            "\"delta\" has {} rows, wanted one for each of the {} states", delta.size(), dfa.num_states);
    for (std::size_t q = 0; q < delta.size(); ++q) {
      const auto& row = array(delta[q], fmt::format("row {} of \"delta\"", q));
      require(row.size() == dfa.letter_names.size(), source_,
              "row {} of \"delta\" has {} entries, wanted {} (one a letter)", q, row.size(),
              dfa.letter_names.size());
      for (std::size_t s = 0; s < row.size(); ++s)
        dfa.next.push_back(state(
            row[s], dfa, fmt::format("\"delta\" of state {} and letter \"{}\"", q, dfa.letter_names[s])));
    }
  }

  const Json& root_;
  std::string source_;
};

}  // namespace

void check(const Dfa& dfa) {
  require(dfa.accept.size() == static_cast<std::size_t>(std::max(dfa.num_states, 0)), "automata::check",
          "{} accept bits for {} states", dfa.accept.size(), dfa.num_states);
  const auto broken = std::find_if(dfa.accept.begin(), dfa.accept.end(), [](auto bit) { return bit > 1; });
  require(broken == dfa.accept.end(), "automata::check", "accept bit of state {} is neither 0 nor 1",
          broken - dfa.accept.begin());
  check(Moore{.num_states = dfa.num_states,
              .num_letters = dfa.num_letters,
              .num_labels = 2,
              .start = dfa.start,
              .next = dfa.next,
              .label = std::vector<std::int32_t>(dfa.accept.begin(), dfa.accept.end()),
              .letter_names = dfa.letter_names,
              .label_names = {"reject", "accept"}});
}

State run(const Dfa& dfa, std::span<const Letter> word) {
  State q = dfa.start;
  for (const Letter s : word) {
    require(s >= 0 && s < dfa.num_letters, "automata::run", "letter {} is not in 0..{}", s,
            dfa.num_letters - 1);
    q = dfa.step(q, s);
  }
  return q;
}

bool accepts(const Dfa& dfa, std::span<const Letter> word) {
  return dfa.accept[static_cast<std::size_t>(run(dfa, word))] != 0;
}

Letter letter_of(const Dfa& dfa, std::string_view name) {
  const auto at = std::find(dfa.letter_names.begin(), dfa.letter_names.end(), name);
  require(at != dfa.letter_names.end(), "automata::letter_of", "unknown letter \"{}\"{}", name,
          suggest(name, dfa.letter_names));
  return static_cast<Letter>(at - dfa.letter_names.begin());
}

Moore to_moore(const Dfa& dfa) {
  check(dfa);
  return {.num_states = dfa.num_states,
          .num_letters = dfa.num_letters,
          .num_labels = 2,
          .start = dfa.start,
          .next = dfa.next,
          .label = std::vector<std::int32_t>(dfa.accept.begin(), dfa.accept.end()),
          .letter_names = dfa.letter_names,
          .label_names = {"reject", "accept"}};
}

bool is_acceptor(const Moore& machine) {
  return machine.label_names == std::vector<std::string>{"reject", "accept"};
}

Dfa to_dfa(const Moore& machine) {
  check(machine);
  require(is_acceptor(machine), "automata::to_dfa", "the labels are not \"reject\" and \"accept\" but {}",
          fmt::join(machine.label_names, ", "));
  return {.num_states = machine.num_states,
          .num_letters = machine.num_letters,
          .start = machine.start,
          .next = machine.next,
          .accept = std::vector<std::uint8_t>(machine.label.begin(), machine.label.end()),
          .letter_names = machine.letter_names};
}

Dfa parse_dfa(std::string_view text, std::string_view source) {
  const Json root = parse_json(text, source);
  return DfaReader(root, source).read();
}

Dfa read_dfa(const std::filesystem::path& path) {
  return parse_dfa(read_file(path), path.string());
}

std::string print_dfa(const Dfa& dfa) {
  check(dfa);
  Json root;
  root["states"] = dfa.num_states;
  root["alphabet"] = dfa.letter_names;
  root["start"] = dfa.start;
  root["accept"] = Json::array();
  root["delta"] = Json::array();
  for (State q = 0; q < dfa.num_states; ++q) {
    if (dfa.accept[static_cast<std::size_t>(q)] != 0) root["accept"].push_back(q);
    const auto row = dfa.next.begin() + static_cast<std::ptrdiff_t>(q) * dfa.num_letters;
    root["delta"].push_back(std::vector<State>(row, row + dfa.num_letters));
  }
  return root.dump() + "\n";
}

}  // namespace anser::automata
