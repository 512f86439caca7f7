#include "automata/dfa.h"
#include "automata/formats/dfa_json.h"
#include "tests/fuzz/machine_promises.h"

using namespace anser;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::as_text(data, size);
  automata::ReadMachine read;
  const bool ok = fuzz::parses([&] { read = automata::parse_dfa_json(text); });
  automata::Dfa dfa;
  const bool strict_ok = fuzz::parses([&] { dfa = automata::parse_dfa(text); });
  fuzz::promise(ok || !strict_ok, "what the strict reader takes, the other takes too");
  if (strict_ok)
    fuzz::promise(print_dfa(automata::parse_dfa(print_dfa(dfa))) == print_dfa(dfa), "a round trip");
  if (!ok) return 0;
  fuzz::promise_well_read(read);
  fuzz::promise_same(automata::parse_dfa_json(print_dfa_json(read.machine)).machine, read.machine);
  return 0;
}
