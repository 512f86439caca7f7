// The first byte chooses the group and the side; the rest is a word-problem CSV over all its elements.
#include <array>

#include "tasks/word_problem_csv.h"
#include "tests/fuzz/fuzz.h"

using namespace anser;

namespace {

std::array<tasks::WordProblem, 4> make_problems() {
  const auto problem = [](const char* name, bool left) {
    auto group = automata::PermutationGroup::parse(name);
    auto tokens = group.token_set("all");
    return tasks::WordProblem{std::move(group), std::move(tokens), left};
  };
  return {problem("s3", false), problem("s3", true), problem("z10", false), problem("a4", false)};
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto problems = make_problems();
  if (size == 0) return 0;
  tasks::WordProblemRows rows;
  const auto text = fuzz::as_text(data + 1, size - 1);
  if (!fuzz::parses([&] { rows = parse_word_problem_csv(problems[data[0] % problems.size()], text); }))
    return 0;
  fuzz::promise(rows.begin.size() == rows.size() + 1 && rows.begin.back() == rows.input.size() &&
                    rows.input.size() == rows.target.size(),
                "the tables fit");
  return 0;
}
