#include "automata/formats/dot.h"

#include "tests/fuzz/machine_promises.h"

using namespace anser;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  automata::ReadMachine read;
  if (!fuzz::parses([&] { read = automata::parse_dot(fuzz::as_text(data, size)); })) return 0;
  fuzz::promise_well_read(read);
  // Names with control characters or blanks at their ends are read but not written.
  std::string printed;
  if (!fuzz::parses([&] { printed = print_dot(read.machine); })) return 0;
  const automata::Moore again = automata::parse_dot(printed).machine;
  fuzz::promise(again.next == read.machine.next && again.start == read.machine.start &&
                    again.letter_names == read.machine.letter_names,
                "printing and reading give the same arcs");
  for (std::size_t q = 0; q < again.label.size(); ++q)
    fuzz::promise(again.label_names[static_cast<std::size_t>(again.label[q])] ==
                      read.machine.label_names[static_cast<std::size_t>(read.machine.label[q])],
                  "printing and reading give the same outputs");
  return 0;
}
