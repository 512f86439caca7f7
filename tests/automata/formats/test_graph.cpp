#include "automata/dfa_graph.h"
#include "tests/automata/formats/machines.h"
#include "tests/support/words.h"

using namespace anser;
using namespace anser::automata;
using anser::tests::require_says;

namespace {

Moore random_machine(int seed) {
  return to_moore(
      random_dfa({.num_states = 7, .num_letters = 1 + seed % 2}, Rng(static_cast<std::uint64_t>(seed))));
}

}  // namespace

TEST_CASE("every arc between components leads to a later one", "[automata][quick]") {
  const auto seed = GENERATE(range(0, 40));
  const Moore m = random_machine(seed);
  const Components c = strongly_connected_components(m);
  const auto order = topological_order(m, c);
  REQUIRE(order.size() == static_cast<std::size_t>(c.count));
  std::vector<std::int32_t> place(order.size(), -1);
  for (std::size_t i = 0; i < order.size(); ++i)
    place[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
  for (State q = 0; q < m.num_states; ++q)
    for (Letter s = 0; s < m.num_letters; ++s) {
      const auto from = c.of[static_cast<std::size_t>(q)], to = c.of[static_cast<std::size_t>(m.step(q, s))];
      REQUIRE((from == to || place[static_cast<std::size_t>(from)] < place[static_cast<std::size_t>(to)]));
    }
}

TEST_CASE("components of another machine have no order", "[automata][quick]") {
  const Moore swap{.num_states = 2,
                   .num_letters = 1,
                   .num_labels = 1,
                   .next = {1, 0},
                   .label = {0, 0},
                   .letter_names = {"a"},
                   .label_names = {"x"}};
  require_says(tests::message_of([&] {
                 (void)topological_order(swap, {.count = 2, .of = {0, 1}});
               }),
               "there is a circle");
  require_says(tests::message_of([&] { (void)topological_order(swap, {.count = 1, .of = {0}}); }),
               "those of 1 states, the machine has 2");
}

TEST_CASE("shortest words are the first of the shortest", "[automata][quick]") {
  const auto seed = GENERATE(range(0, 20));
  const Moore m = random_machine(seed);
  const auto words = tests::all_words_up_to(m.num_letters, 6);
  for (State from = 0; from < m.num_states; ++from) {
    const auto paths = shortest_paths(m, from);
    std::vector<int> seen(static_cast<std::size_t>(m.num_states));
    for (const auto& word : words) {
      State q = from;
      for (const Letter s : word) q = m.step(q, s);
      if (seen[static_cast<std::size_t>(q)]++ != 0) continue;
      REQUIRE(paths.distance[static_cast<std::size_t>(q)] == static_cast<int>(word.size()));
      REQUIRE(paths.word_to(q) == word);
    }
    for (State q = 0; q < m.num_states; ++q) {
      REQUIRE((paths.distance[static_cast<std::size_t>(q)] >= 0) == (seen[static_cast<std::size_t>(q)] != 0));
      if (seen[static_cast<std::size_t>(q)] == 0)
        require_says(tests::message_of([&] { (void)paths.word_to(q); }), "no word leads to state");
    }
  }
  REQUIRE_THROWS_AS(shortest_paths(m, 7), InputError);
}
