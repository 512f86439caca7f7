// One sample of every task id, word for word as it was: tests/golden/task_samples.txt.
// Written anew by   ANSER_UPDATE_GOLDEN=1 ./check -R golden_samples

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>

#include "core/base/files.h"
#include "tasks/task.h"
#include "tests/support/catch.h"

using namespace anser;

namespace {

const std::string kGolden = "tests/golden/task_samples.txt";

/// The id, and one line for tokens and one for targets, by name; "." where nothing is asked.
std::string transcript(const tasks::Task& task) {
  const tasks::TaskFacts& facts = task.facts();
  const int length = facts.lengths.at_least(12);
  const tasks::Example word = task.sample(0, tasks::Split::sealed, 0, length);
  std::vector<std::string> tokens, labels;
  for (const std::int32_t token : word.input)
    tokens.push_back(facts.token_names[static_cast<std::size_t>(token)]);
  for (const std::int32_t label : word.target)
    labels.push_back(label == tasks::kUnscored ? "." : facts.label_names[static_cast<std::size_t>(label)]);
  return fmt::format("{}\n  input  {}\n  target {}\n", facts.id, fmt::join(tokens, " | "),
                     fmt::join(labels, " | "));
}

std::string all_transcripts() {
  std::string text;
  for (const std::string& id : tasks::known_tasks())
    if (id.find("file=") == std::string::npos) text += transcript(*tasks::make_task(id));
  return text;
}

}  // namespace

TEST_CASE("every task gives the sample it always gave", "[tasks][golden]") {
  const std::string now = all_transcripts();
  if (std::getenv("ANSER_UPDATE_GOLDEN") != nullptr) write_file(kGolden, now);
  const std::string golden = read_file(kGolden);
  for (std::size_t begin = 0; begin < now.size();) {
    const std::size_t end = std::min(now.find('\n', begin), now.size());
    const std::string line = now.substr(begin, end - begin);
    CAPTURE(line);
    REQUIRE(golden.compare(begin, end - begin, line) == 0);
    begin = end + 1;
  }
  REQUIRE(golden == now);
}
