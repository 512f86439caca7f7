// A group compiled into one RWKV-7 layer, and the proof that the checkpoint is right for words of every
// length.
#include <fmt/format.h>

#include "analysis/construct/closure.h"
#include "analysis/construct/compile.h"
#include "tasks/task.h"

int main() {
  const auto task = anser::tasks::make_task("s4[tokens=swaps+id]");
  const auto compiled = anser::construct::compile_task(*task, {});
  fmt::print("{}: {} parameters, D = {}\n", task->facts().id, compiled.parameters, compiled.width);

  const auto closure = anser::construct::prove(compiled.file, "s4", task->machine(), {});
  fmt::print("{}: {} bit-distinct states\n", anser::construct::verdict_name(closure.verdict), closure.states);
  return closure.verdict == anser::construct::Verdict::proved ? 0 : 1;
}
