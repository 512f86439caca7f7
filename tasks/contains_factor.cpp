#include "tasks/contains_factor.h"

#include <algorithm>

#include "core/base/error.h"
#include "tasks/machine_task.h"

namespace anser::tasks {
namespace {

/// delta(q, s) of the Knuth-Morris-Pratt automaton: the longest prefix of `word` that ends word[0..q) s.
automata::State longest_prefix(const std::string& word, std::size_t q, char s) {
  if (q == word.size()) return static_cast<automata::State>(q);
  const std::string read = word.substr(0, q) + s;
  for (std::size_t length = std::min(word.size(), read.size()); length > 0; --length)
    if (read.compare(read.size() - length, length, word, 0, length) == 0)
      return static_cast<automata::State>(length);
  return 0;
}

automata::Moore factor_machine(const std::string& word, int letters) {
  automata::Moore machine;
  machine.num_states = static_cast<automata::State>(word.size() + 1);
  machine.num_letters = letters;
  machine.num_labels = 2;
  for (std::size_t q = 0; q <= word.size(); ++q) {
    for (int s = 0; s < letters; ++s)
      machine.next.push_back(longest_prefix(word, q, static_cast<char>('a' + s)));
    machine.label.push_back(q == word.size() ? 1 : 0);
  }
  for (int s = 0; s < letters; ++s)
    machine.letter_names.push_back(std::string(1, static_cast<char>('a' + s)));
  machine.label_names = {"no", "yes"};
  return machine;
}

class ContainsFactor : public MachineTask {
 public:
  ContainsFactor(TaskFacts facts, const std::string& word, int letters)
      : MachineTask(std::move(facts), factor_machine(word, letters)) {}
};

}  // namespace

std::unique_ptr<Task> make_contains_factor(const Id& id) {
  id.require_known({"word", "letters"});
  const std::string word = id.get("word", "aa");
  const int letters = static_cast<int>(id.get_int("letters", 7, 1, 26));
  const bool known =
      std::all_of(word.begin(), word.end(), [&](char c) { return c >= 'a' && c < 'a' + letters; });
  require(known && !word.empty() && word.size() <= 64, print_id(id),
          "word={} is not 1 to 64 letters of a..{}", word, static_cast<char>('a' + letters - 1));
  TaskFacts facts;
  facts.id = fmt::format("contains[word={},letters={}]", word, letters);
  facts.title = fmt::format("has the word so far the factor {}?", word);
  facts.hardness = "star-free, in AC0 (Schuetzenberger 1965; McNaughton and Papert 1971)";
  facts.token_set = fmt::format("letters a to {}", static_cast<char>('a' + letters - 1));
  facts.citation = "Knuth, Morris and Pratt 1977";
  facts.source = "tasks/contains_factor.h";
  facts.chance = 1;  // in the limit of long words every one contains the factor
  return std::make_unique<ContainsFactor>(std::move(facts), word, letters);
}

}  // namespace anser::tasks
