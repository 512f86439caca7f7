#include "automata/permutation_group.h"
#include "core/base/ids.h"
#include "tests/fuzz/fuzz.h"

using namespace anser;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::as_text(data, size);
  (void)automata::PermutationGroup::is_name(text);
  Id id;
  if (!fuzz::ends_well([&] { id = parse_id(text); })) return 0;
  const Id again = parse_id(print_id(id));
  fuzz::promise(again.name == id.name && again.parameters == id.parameters,
                "printing and reading give the same id");
  fuzz::ends_well([&] { (void)id.get_int("n", 3, 1, 100); });
  fuzz::ends_well([&] { id.require_known({"n", "tokens", "length"}); });
  return 0;
}
