#include "tasks/tomita.h"

#include "automata/minimize.h"
#include "core/base/error.h"
#include "tasks/language_task.h"
#include "tasks/machine_rule.h"

namespace anser::tasks {
namespace {

/// One row {after 0, after 1, accepting} for each state.
struct Row {
  automata::State zero;
  automata::State one;
  bool accepting;
};

std::vector<Row> rows(int n, TomitaReading reading) {
  switch (n) {
    case 1:
      return {{1, 0, true}, {1, 1, false}};
    case 2:
      return {{2, 1, true}, {0, 2, false}, {2, 2, false}};
    case 3:
      // 0: no odd run of 1s is open; 1: in one; 2: an odd number of 0s after it; 3: an even number of 0s, or
      // 1s again; 4: broken. Where only the next run of 0s counts, a new run of 1s begins after 3.
      return {{0, 1, true},
              {2, 0, true},
              {3, 4, false},
              {2, reading == TomitaReading::later ? 3 : 1, true},
              {4, 4, false}};
    case 4:
      return {{1, 0, true}, {2, 0, true}, {3, 0, true}, {3, 3, false}};
    case 5:
      return {{1, 2, true}, {0, 3, false}, {3, 0, false}, {2, 1, false}};
    case 6:
      return {{1, 2, true}, {2, 0, false}, {0, 1, false}};
    default:
      return {{0, 1, true}, {2, 1, true}, {2, 3, true}, {4, 3, true}, {4, 4, false}};
  }
}

constexpr const char* kTitles[] = {"1*",
                                   "(10)*",
                                   "no odd run of 1s before an odd run of 0s",
                                   "no 000",
                                   "even numbers of 0s and of 1s",
                                   "#0 - #1 a multiple of 3",
                                   "0*1*0*1*"};

TomitaReading parse_reading(const Id& id, int n) {
  if (!id.has("reading")) return TomitaReading::later;
  require(n == 3, print_id(id), "reading= goes with n=3 alone");
  const std::string reading = id.get("reading", "");
  require(reading == "later" || reading == "immediate", print_id(id), "unknown reading \"{}\"{}", reading,
          suggest(reading, {"later", "immediate"}));
  return reading == "later" ? TomitaReading::later : TomitaReading::immediate;
}

}  // namespace

automata::Dfa tomita_language(int n, TomitaReading reading) {
  require(n >= 1 && n <= 7, "tasks::tomita_language", "n must be in 1..7, got {}", n);
  const std::vector<Row> table = rows(n, reading);
  const auto row = [&](automata::State q) { return table[static_cast<std::size_t>(q)]; };
  return build_dfa(
      {.num_states = static_cast<automata::State>(table.size()),
       .start = 0,
       .letters = letters_of("01"),
       .labels = {},
       .next = [&](automata::State q, automata::Letter s) { return s == 0 ? row(q).zero : row(q).one; },
       .label = [&](automata::State q) { return row(q).accepting ? 1 : 0; }});
}

std::unique_ptr<Task> make_tomita(const Id& id) {
  id.require_known({"n", "reading", "mode", "negatives"});
  require(id.has("n"), "tasks::make_tomita", "tomita needs a number: tomita[n=4]");
  const int n = static_cast<int>(id.get_int("n", 1, 1, 7));
  const TomitaReading reading = parse_reading(id, n);
  const LanguageTaskOptions options = parse_language_options(id, {}, language_modes());
  Id canonical{.name = "tomita", .parameters = {{"n", fmt::format("{}", n)}}};
  TaskFacts facts;
  facts.title = fmt::format("Tomita {}: {}", n, kTitles[n - 1]);
  if (n == 3) {
    const char* name = reading == TomitaReading::later ? "later" : "immediate";
    canonical.parameters.emplace_back("reading", name);
    facts.title += reading == TomitaReading::later ? " at any later place" : " directly after it";
  }
  append_language_options(canonical, options);
  facts.id = print_id(canonical);
  facts.citation = n == 3 && reading == TomitaReading::immediate
                       ? "Tomita 1982; Bhattamishra, Ahuja and Goyal 2020"
                       : "Tomita 1982; Weiss, Goldberg and Yahav 2018";
  facts.source = "the languages' definitions; uniform words of each length";
  facts.fidelity = Fidelity::port;
  facts.train_lengths = {2, 50};
  facts.test_lengths = {51, 100};
  return std::make_unique<LanguageTask>(std::move(facts), tomita_language(n, reading), options);
}

}  // namespace anser::tasks
