#include <algorithm>
#include <map>
#include <numeric>

#include "automata/permutation_group.h"
#include "tasks/shortcut_audit.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"
#include "tests/support/words.h"

using namespace anser;
using namespace anser::tasks;

namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Label of every prefix.
std::vector<std::int32_t> labels_of(const automata::Moore& m, const std::vector<std::int32_t>& word) {
  std::vector<std::int32_t> labels;
  automata::State q = m.start;
  for (const auto s : word) labels.push_back(m.label[static_cast<std::size_t>(q = m.step(q, s))]);
  return labels;
}

/// Best accuracy at position t (from 1) of a guess made from clue(word), by counting all words of length t.
template <typename Clue>
double accuracy_by_counting(const automata::Moore& m, int t, const Clue& clue) {
  std::map<std::vector<std::int32_t>, std::map<std::int32_t, double>> count;
  double total = 0;
  for (const auto& word : tests::all_words_up_to(m.num_letters, t)) {
    if (static_cast<int>(word.size()) != t) continue;
    ++count[clue(word)][labels_of(m, word).back()];
    ++total;
  }
  double right = 0;
  for (const auto& [seen, labels] : count) {
    double best = 0;
    for (const auto& [label, c] : labels) best = std::max(best, c);
    right += best;
  }
  return right / total;
}

const Shortcut& find(const ShortcutAudit& audit, const std::string& name, int length) {
  const auto at = std::find_if(audit.shortcuts.begin(), audit.shortcuts.end(),
                               [&](const Shortcut& s) { return s.name == name && s.length == length; });
  if (at == audit.shortcuts.end()) throw std::runtime_error("no shortcut " + name);
  return *at;
}

}  // namespace

TEST_CASE("S5 with swaps has no shortcut above chance + 2 % on the last 8 positions", "[tasks][quick]") {
  const auto task = make_task("s5[tokens=swaps+id]");
  const ShortcutAudit audit = audit_shortcuts(*task, {.lengths = {32, 64, 128, 512}});
  REQUIRE_FALSE(audit.leaky);
  REQUIRE(audit.verdict == "no shortcut above chance + 2 %");
  REQUIRE(audit.chance == 1.0 / 120);
  for (const Shortcut& s : audit.shortcuts) {
    CAPTURE(s.name, s.length.hi, s.accuracy);
    REQUIRE(s.exact == (s.name != "bag of tokens"));
    REQUIRE(s.high >= 1.0 / 120 - 1e-15);
    REQUIRE(s.accuracy < 1.0 / 120 + 0.02);
  }
  REQUIRE(find(audit, "sign", 128).accuracy == Approx(1.0 / 60).epsilon(1e-9));
  REQUIRE_NOTHROW(find(audit, "last 256 tokens", 512));
}

TEST_CASE("averaged over 32 positions the last 4 tokens of S5 score 14 % and the last 16 score 51 %",
          "[tasks][quick]") {
  const auto task = make_task("s5[tokens=swaps+id]");
  REQUIRE(mean(window_floor(*task, 4, 32)) == Approx(0.14).margin(0.005));
  REQUIRE(mean(window_floor(*task, 16, 32)) == Approx(0.51).margin(0.005));
  REQUIRE(window_floor(*task, 4, 0).empty());
  REQUIRE(window_floor(*task, 0, 1) == std::vector<double>{1.0 / 11});
}

TEST_CASE("transpositions alone give the sign away by the length", "[tasks][quick]") {
  const ShortcutAudit audit = audit_shortcuts(*make_task("s5[tokens=swaps]"), {.lengths = {128}});
  REQUIRE(find(audit, "constant", 128).accuracy == Approx(1.0 / 120).epsilon(1e-6));
  REQUIRE(find(audit, "length mod 2", 128).accuracy == Approx(1.0 / 60).epsilon(1e-6));
  REQUIRE(find(audit, "length mod 3", 128).accuracy > 1.0 / 120);
}

TEST_CASE("abelian tasks are leaky by letter counts and say so", "[tasks][quick]") {
  const std::string id = GENERATE("parity", "mod[n=7]", "z60", "z6[tokens=gens]", "s2");
  const ShortcutAudit audit = audit_shortcuts(*make_task(id));
  CAPTURE(id, audit.verdict);
  REQUIRE(audit.leaky);
  REQUIRE(audit.best.accuracy == Approx(1.0));
  REQUIRE(tests::contains(audit.verdict, "letter counts"));
}

TEST_CASE("window floors are those of counting all words", "[tasks][quick]") {
  const std::string id =
      GENERATE("s3[tokens=swaps+id]", "s3[tokens=gens]", "a4[tokens=gens]", "mod[n=3]",
               "random_dfa[n=5,k=2,seed=1]", "random_dfa[n=6,k=3,seed=4]", "contains[word=aba,letters=2]");
  const auto task = make_task(id);
  const int longest = task->facts().num_tokens == 2 ? 9 : 6;
  for (int window = 0; window <= 4; ++window) {
    const auto floor = window_floor(*task, window, longest);
    for (int t = window + 1; t <= longest; ++t) {
      CAPTURE(id, window, t);
      const auto newest = [&](const auto& word) {
        return std::vector<std::int32_t>(word.end() - window, word.end());
      };
      REQUIRE(floor[static_cast<std::size_t>(t - 1)] ==
              Approx(accuracy_by_counting(task->machine(), t, newest)).margin(1e-12));
    }
  }
}

TEST_CASE("sign, abelianisation and letter counts are those of counting all words", "[tasks][quick]") {
  // A word of length 1 has one judged position, so the audit's figure is the accuracy at that position;
  // length 6 has six.
  const auto judged = [](const Task& task, const auto& clue) {
    double sum = 0;
    for (int t = 1; t <= 6; ++t) sum += accuracy_by_counting(task.machine(), t, clue) / 6;
    return sum;
  };
  const auto s4 = make_task("s4[tokens=gens]");
  const auto group = automata::PermutationGroup::parse("s4");
  const auto tokens = group.token_set("gens");
  const auto sign = [&](const std::vector<std::int32_t>& word) {
    std::int32_t product = 1;
    for (const auto s : word) product *= group.sign(tokens[static_cast<std::size_t>(s)]);
    return std::vector<std::int32_t>{product};
  };
  const ShortcutAudit audit = audit_shortcuts(*s4, {.lengths = {6}});
  REQUIRE(find(audit, "sign", 6).accuracy == Approx(judged(*s4, sign)).margin(1e-12));
  REQUIRE(find(audit, "letter counts (abelianisation of order 2)", 6).accuracy ==
          Approx(judged(*s4, sign)).margin(1e-12));

  const auto dfa = make_task("random_dfa[n=5,k=2,seed=2]");
  const ShortcutAudit counted = audit_shortcuts(*dfa, {.lengths = {6}});
  for (const int p : {2, 3, 5}) {
    const auto counts = [p](const std::vector<std::int32_t>& word) {
      std::vector<std::int32_t> c(2, 0);
      for (const auto s : word) c[static_cast<std::size_t>(s)] = (c[static_cast<std::size_t>(s)] + 1) % p;
      return c;
    };
    REQUIRE(find(counted, fmt::format("letter counts mod {}", p), 6).accuracy ==
            Approx(judged(*dfa, counts)).margin(1e-12));
  }
}

TEST_CASE("estimates of large machines lie within their interval of the exact value", "[tasks][quick]") {
  // A random automaton of 40 states has too many label maps to enumerate; a window as long as the word sees
  // everything.
  const auto task = make_task("random_dfa[n=40,k=2,seed=3]");
  const ShortcutAudit audit = audit_shortcuts(*task, {.lengths = {64}, .samples = 20000});
  const Shortcut& drawn = find(audit, "last 32 tokens", 64);
  REQUIRE_FALSE(drawn.exact);
  REQUIRE(drawn.low < drawn.accuracy);
  REQUIRE(drawn.high > drawn.accuracy);
  REQUIRE(drawn.high - drawn.low < 0.02);
  const ShortcutAudit other = audit_shortcuts(*task, {.lengths = {64}, .samples = 20000, .seed = 1});
  REQUIRE(std::abs(find(other, "last 32 tokens", 64).accuracy - drawn.accuracy) < 0.01);
  REQUIRE(audit_shortcuts(*task, {.lengths = {64}}).best.accuracy == audit.best.accuracy);
  double previous = 0;
  for (const int w : {1, 2, 3, 4, 8, 16, 32}) {
    const double now = find(audit, fmt::format("last {} token{}", w, w == 1 ? "" : "s"), 64).accuracy;
    REQUIRE(now > previous - 0.01);
    previous = now;
  }
}

TEST_CASE("impossible audits are refused", "[tasks][quick]") {
  const auto task = make_task("parity");
  REQUIRE(
      tests::contains(tests::message_of([&] { (void)audit_shortcuts(*task, {.lengths = {}}); }), "lengths"));
  REQUIRE(tests::contains(tests::message_of([&] {
                            (void)audit_shortcuts(*task, {.lengths = {32, 0}});
                          }),
                          "got 0"));
  REQUIRE(
      tests::contains(tests::message_of([&] { (void)audit_shortcuts(*task, {.samples = 0}); }), "samples"));
  REQUIRE_THROWS_AS(window_floor(*task, -1, 4), InputError);
  REQUIRE_THROWS_AS(window_floor(*task, 1, -4), InputError);
  REQUIRE_NOTHROW((void)audit_shortcuts(*task, {.lengths = {1}}));
}

namespace {

/// The same task as one whose words the audit may only sample: it does not tell that its letters are uniform.
class Veiled : public Task {
 public:
  explicit Veiled(const Task& task) : Task(task.facts()), task_(task) {}

 private:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override {
    task_.sample(rng.next_u64(), Split::train, 0, input, target);
  }
  const Task& task_;
};

}  // namespace

TEST_CASE("measured shortcuts agree with the exact ones", "[tasks][quick]") {
  const auto task =
      make_task(GENERATE("s3[tokens=swaps]", "mod[n=3]", "random_dfa[n=5,k=2,seed=4]", "z4[tokens=gens]"));
  const AuditOptions options{.lengths = {24}, .samples = 20000};
  const ShortcutAudit exact = audit_shortcuts(*task, options),
                      measured = audit_shortcuts(Veiled(*task), options);
  for (const auto* name : {"constant", "answer only (position)", "length mod 2", "length mod 7",
                           "last 1 token", "last 3 tokens"}) {
    CAPTURE(task->facts().id, name);
    const Shortcut estimate = find(measured, name, 24);
    REQUIRE_FALSE(estimate.exact);
    REQUIRE(estimate.accuracy == Approx(find(exact, name, 24).accuracy).margin(0.015));
    REQUIRE(estimate.low <= estimate.accuracy);
    REQUIRE(estimate.accuracy <= estimate.high);
  }
}

TEST_CASE("a leak that is planted is found: counts, sign by length, the last token", "[tasks][quick]") {
  const AuditOptions options{.lengths = {LengthLaw(20, 40)}, .samples = 5000};
  const ShortcutAudit parity = audit_shortcuts(*make_task("parity"), options);
  REQUIRE(parity.leaky);
  REQUIRE(std::any_of(parity.shortcuts.begin(), parity.shortcuts.end(), [](const Shortcut& s) {
    return s.name == "letter counts mod 2" && s.accuracy == 1.0 && s.leaky && s.length == LengthLaw(20, 40);
  }));
  const ShortcutAudit swaps =
      audit_shortcuts(*make_task("s3[tokens=swaps]"), options);  // sign = length mod 2
  REQUIRE(std::any_of(swaps.shortcuts.begin(), swaps.shortcuts.end(), [](const Shortcut& s) {
    return s.name == "length mod 2" && s.leaky && s.accuracy > 0.3;
  }));
  REQUIRE_FALSE(audit_shortcuts(*make_task("a5"), options).leaky);
}
