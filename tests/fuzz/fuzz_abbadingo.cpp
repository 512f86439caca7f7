#include "automata/formats/abbadingo.h"
#include "tests/fuzz/fuzz.h"

using namespace anser;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  automata::Samples samples;
  if (!fuzz::parses([&] { samples = automata::parse_abbadingo(fuzz::as_text(data, size)); })) return 0;
  fuzz::promise(samples.words.size() == samples.labels.size(), "a label per word");
  std::string printed;
  if (!fuzz::parses([&] { printed = print_abbadingo(samples); })) return 0;
  const automata::Samples again = automata::parse_abbadingo(printed);
  fuzz::promise(
      again.words == samples.words && again.labels == samples.labels && again.alphabet == samples.alphabet,
      "printing and reading give the same samples");
  return 0;
}
