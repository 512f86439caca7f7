// Any bytes as a regular expression: an automaton or one InputError, never anything else. The first byte says
// whether the alphabet is given.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "automata/regex.h"
#include "core/base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 512) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  anser::automata::RegexOptions options;
  options.max_states = 300;  // small, so that an input takes milliseconds
  options.max_nfa_size = 1000;
  if (data[0] % 2 == 1) options.alphabet = {"a", "b", "push", "é"};
  try {
    anser::automata::check(anser::automata::compile_regex(text, options));
  } catch (const anser::InputError&) {
  }
  return 0;
}
