#include "automata/random_dfa.h"

#include "automata/alphabet.h"
#include "core/base/error.h"

namespace anser::automata {

Dfa random_dfa(const RandomDfaOptions& options, const Rng& rng) {
  require(options.num_states >= 1, "automata::random_dfa", "num_states must be at least 1, got {}",
          options.num_states);
  require(options.num_letters >= 1, "automata::random_dfa", "num_letters must be at least 1, got {}",
          options.num_letters);
  Dfa dfa{.num_states = options.num_states,
          .num_letters = options.num_letters,
          .start = 0,
          .next = {},
          .accept = {},
          .letter_names = default_letter_names(options.num_letters)};
  Rng table = rng.split("table");
  Rng accept = rng.split("accept");
  for (State q = 0; q < dfa.num_states; ++q) {
    for (Letter s = 0; s < dfa.num_letters; ++s)
      dfa.next.push_back(static_cast<State>(table.below(static_cast<std::uint32_t>(dfa.num_states))));
    dfa.accept.push_back(static_cast<std::uint8_t>(accept.below(2)));
  }
  return dfa;
}

}  // namespace anser::automata
