#include <map>

#include "automata/dfa.h"
#include "automata/equivalence.h"
#include "automata/minimize.h"
#include "automata/monoid.h"
#include "automata/regex.h"
#include "tasks/bhattamishra.h"
#include "tasks/flare.h"
#include "tasks/language_task.h"
#include "tasks/tomita.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"
#include "tests/support/words.h"
#include "tests/tasks/languages/read_word.h"

using namespace anser;
using namespace anser::tasks;

namespace {

/// Is the automaton that of the expression over its letters?
void require_language(const automata::Dfa& dfa, const std::string& regex) {
  CAPTURE(regex);
  REQUIRE(dfa.next == automata::minimize(dfa).next);
  REQUIRE_FALSE(
      automata::find_difference(dfa, automata::compile_regex(regex, {.alphabet = dfa.letter_names})));
}

std::int64_t monoid_size(const automata::Dfa& dfa) {
  return automata::enumerate_monoid(automata::to_moore(dfa)).size();
}

std::string complaint(const std::string& id) {
  return tests::message_of([&] { make_task(id); });
}

}  // namespace

TEST_CASE("Tomita's languages are those of their expressions", "[tasks][quick]") {
  require_language(tomita_language(1), "1*");
  require_language(tomita_language(2), "(10)*");
  // An odd run of 1s, and later an odd run of 0s.
  require_language(tomita_language(3), "~((()|.*0)1(11)*(0.*1)?0(00)*(1.*)?)");
  require_language(tomita_language(3, TomitaReading::immediate), "~((()|.*0)1(11)*0(00)*(1.*)?)");
  require_language(tomita_language(4), "~(.*000.*)");
  require_language(tomita_language(5), "(1*01*0)*1*&(0*10*1)*0*");
  require_language(tomita_language(6), "(0(01)*(1|00)|1(10)*(0|11))*");
  require_language(tomita_language(7), "0*1*0*1*");
}

TEST_CASE("sizes of Tomita's automata and monoids are those of the table", "[tasks][quick]") {
  const std::map<int, std::pair<int, int>> sizes = {{1, {2, 2}}, {2, {3, 6}}, {3, {5, 27}}, {4, {4, 12}},
                                                    {5, {4, 4}}, {6, {3, 3}}, {7, {5, 9}}};
  for (const auto& [n, size] : sizes) {
    CAPTURE(n);
    REQUIRE(tomita_language(n).num_states == size.first);
    REQUIRE(monoid_size(tomita_language(n)) == size.second);
  }
  REQUIRE(tomita_language(3, TomitaReading::immediate).num_states == 5);
  REQUIRE(monoid_size(tomita_language(3, TomitaReading::immediate)) == 26);
}

TEST_CASE("the two readings of Tomita 3 first differ on 100110", "[tasks][quick]") {
  const automata::Dfa later = tomita_language(3), immediate = tomita_language(3, TomitaReading::immediate);
  REQUIRE(automata::find_difference(later, immediate) == std::vector<std::int32_t>{1, 0, 0, 1, 1, 0});
  REQUIRE(accepts(immediate, std::vector<std::int32_t>{1, 0, 0, 1, 1, 0}));
  int differ = 0, differ_at_12 = 0;
  for (const auto& word : tests::all_words_up_to(2, 12)) {
    const bool differs = accepts(later, word) != accepts(immediate, word);
    differ += differs;
    differ_at_12 += differs && word.size() == 12;
  }
  REQUIRE(differ == 327);
  REQUIRE(differ_at_12 == 179);
}

TEST_CASE("FLaRe's languages are those of their expressions and sizes", "[tasks][quick]") {
  require_language(flare_language("even-pairs"), "()|0|1|0.*0|1.*1");
  require_language(flare_language("repeat-01"), "(01)*");
  require_language(flare_language("parity"), "(0*10*1)*0*10*");
  require_language(flare_language("first"), "1.*");
  REQUIRE(flare_language("cycle-navigation").num_states == 7);
  REQUIRE(flare_language("modular-arithmetic-simple").num_states == 25);
  REQUIRE(flare_language("dyck-2-3").num_states == 16);
  REQUIRE(monoid_size(flare_language("dyck-2-3")) == 285);
  REQUIRE(monoid_size(flare_language("modular-arithmetic-simple")) == 685);
  // 1 + 2 * 3 is 4 from left to right, not 2.
  const auto arithmetic = make_task("flare[language=modular-arithmetic-simple]");
  REQUIRE(tests::label_name_after(*arithmetic, "1 + 2 * 3 = 4") == "accept");
  REQUIRE(tests::label_name_after(*arithmetic, "1 + 2 * 3 = 2") == "reject");
  REQUIRE(tests::label_name_after(*arithmetic, "3 = 3") == "accept");
  REQUIRE(tests::label_name_after(*arithmetic, "3 =") == "reject");
  const auto navigation = make_task("flare[language=cycle-navigation]");
  REQUIRE(tests::label_name_after(*navigation, "> > = < < < 4") == "accept");
  REQUIRE(tests::label_name_after(*navigation, "> > 4") == "reject");
  const auto dyck = make_task("flare[language=dyck-2-3]");
  REQUIRE(tests::label_name_after(*dyck, "(0 (1 (0 )0 )1 )0") == "accept");
  REQUIRE(tests::label_name_after(*dyck, "(0 (1 (0 (0 )0 )0 )1 )0") == "reject");
  REQUIRE(tests::label_name_after(*dyck, "(0 (1 )0 )1") == "reject");
}

TEST_CASE("FLaRe's lengths are those that the language has", "[tasks][quick]") {
  const auto lengths = [](const std::string& language) {
    return make_task(fmt::format("flare[language={}]", language))->facts().lengths.title();
  };
  REQUIRE(lengths("even-pairs") == "any");
  REQUIRE(lengths("repeat-01") == "even");
  REQUIRE(lengths("parity") == "from 1");
  REQUIRE(lengths("cycle-navigation") == "from 1");
  REQUIRE(lengths("modular-arithmetic-simple") == "3, 5, 7, ...");
  REQUIRE(lengths("dyck-2-3") == "even");
  REQUIRE(lengths("first") == "from 1");
}

TEST_CASE("Bhattamishra's languages and their legal next letters", "[tasks][quick]") {
  REQUIRE(bhattamishra_language("aa").num_states == 2);  // over a alone
  require_language(bhattamishra_language("abab"), "(abab)*");
  require_language(bhattamishra_language("d1"), "(ab)*");
  require_language(bhattamishra_language("d2"), "(a(ab)*b)*");
  require_language(bhattamishra_language("d3"), "(a(a(ab)*b)*b)*");
  require_language(bhattamishra_language("parity"), "(0*10*1)*0*");
  REQUIRE(bhattamishra_language("d12").num_states == 14);
  REQUIRE_FALSE(automata::find_difference(bhattamishra_language("tomita3"),
                                          tomita_language(3, TomitaReading::immediate)));
  const auto d2 = make_task("bhattamishra[language=d2]");
  REQUIRE(tests::label_name_after(*d2, "a") == "{a,b}");
  REQUIRE(tests::label_name_after(*d2, "a a") == "{b}");
  REQUIRE(tests::label_name_after(*d2, "a a b b") == "{a,end}");
  const auto aa = make_task("bhattamishra[language=aa]");
  REQUIRE(aa->facts().label_names == std::vector<std::string>{"{a,end}", "{a}"});
  REQUIRE(aa->facts().chance == Approx(0.5));
  // After an odd run of 1s and one 0 a word of Tomita 3 can still be saved, by another 0 alone.
  const auto tomita3 = make_task("bhattamishra[language=tomita3]");
  REQUIRE(tests::label_name_after(*tomita3, "1 0") == "{0}");
  REQUIRE(tests::label_name_after(*tomita3, "1 0 0") == "{0,1,end}");
}

TEST_CASE("chance in Tomita's modes is that of the language", "[tasks][quick]") {
  REQUIRE(make_task("tomita[n=4]")->facts().chance == 0.5);
  REQUIRE(make_task("tomita[n=1,mode=next-set]")->facts().chance == Approx(1));  // always {1,end}
  // Four blocks share a word of 0*1*0*1* evenly in the limit, the last of them alone without 0.
  REQUIRE(make_task("tomita[n=7,mode=next-set]")->facts().chance == Approx(0.75).margin(2e-3));
}

TEST_CASE("unknown languages are refused with the nearest name, others with why they are not regular",
          "[tasks][quick]") {
  REQUIRE(tests::contains(complaint("flare[language=pairty]"), "did you mean \"parity\"?"));
  REQUIRE(tests::contains(complaint("flare[language=majority]"), "not regular"));
  REQUIRE(tests::contains(complaint("bhattamishra[language=shuffle-dyck]"), "not regular"));
  REQUIRE(tests::contains(complaint("bhattamishra[language=d0]"), "unknown language \"d0\""));
  REQUIRE(tests::contains(complaint("bhattamishra[language=d65]"), "unknown language"));
  REQUIRE(tests::contains(complaint("tomita[n=8]"), "not an integer in 1..7"));
  REQUIRE(tests::contains(complaint("tomita"), "needs a number"));
  REQUIRE(tests::contains(complaint("tomita[n=4,reading=later]"), "goes with n=3 alone"));
  REQUIRE(tests::contains(complaint("tomita[n=3,reading=latter]"), "did you mean \"later\"?"));
}
