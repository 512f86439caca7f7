// The input is an AT&T file; after a NUL byte, if there is one, its symbol table.
#include "automata/formats/att.h"
#include "tests/fuzz/machine_promises.h"

using namespace anser;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::as_text(data, size);
  const auto middle = std::min(text.find('\0'), text.size());
  const auto symbols = text.substr(std::min(middle + 1, text.size()));
  automata::ReadMachine read;
  const automata::ReadOptions options{.max_subsets = 2000};
  if (!fuzz::parses([&] { read = automata::parse_att(text.substr(0, middle), "att", options, symbols); }))
    return 0;
  fuzz::promise_well_read(read);
  std::string printed;
  if (!fuzz::parses([&] { printed = print_att(read.machine); })) return 0;
  fuzz::promise_same(automata::parse_att(printed, "again", {}, print_symbols(read.machine)).machine,
                     read.machine);
  return 0;
}
