#include "automata/dfa.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "automata/formats/dfa_json.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/ids.h"

namespace anser::automata {

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
  const Moore machine = parse_partial_dfa_json(text, source, false).machine;
  require(is_acceptor(machine), source, "is a Moore machine with the outputs {}, wanted \"accept\"",
          fmt::join(machine.label_names, ", "));
  return to_dfa(machine);
}

Dfa read_dfa(const std::filesystem::path& path) {
  return parse_dfa(read_file(path), path.string());
}

std::string print_dfa(const Dfa& dfa) {
  return print_dfa_json(to_moore(dfa));
}

}  // namespace anser::automata
