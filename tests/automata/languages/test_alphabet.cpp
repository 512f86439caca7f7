#include "automata/alphabet.h"
#include "automata/random_dfa.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

using namespace anser;
using namespace anser::automata;
using tests::contains;
using tests::message_of;

TEST_CASE("default letters are a..z, then x26 on, all distinct", "[automata][quick]") {
  const auto names = default_letter_names(30);
  REQUIRE(names.front() == "a");
  REQUIRE(names[25] == "z");
  REQUIRE(names[26] == "x26");
  REQUIRE_NOTHROW(check_alphabet(names, "test"));
  REQUIRE(random_dfa({.num_states = 2, .num_letters = 30}, Rng(0)).letter_names == names);
  REQUIRE(contains(message_of([] { (void)default_letter_names(0); }), "at least 1 letter"));
}

TEST_CASE("an alphabet is read from names with blanks between them, angles or not", "[automata][quick]") {
  REQUIRE(parse_alphabet(" a  b\t<push> pop ") == std::vector<std::string>{"a", "b", "push", "pop"});
  REQUIRE(parse_alphabet("( ) < >") == std::vector<std::string>{"(", ")", "<", ">"});
  REQUIRE(parse_alphabet("ä 日") == std::vector<std::string>{"ä", "日"});
}

TEST_CASE("alphabets that are none are refused in one sentence", "[automata][quick]") {
  REQUIRE(message_of([] { (void)parse_alphabet("  "); }) ==
          "alphabet: the alphabet is empty, wanted at least one letter");
  REQUIRE(message_of([] { (void)parse_alphabet("a b a"); }) ==
          "alphabet: letter \"a\" stands twice in the alphabet");
  REQUIRE(contains(message_of([] { (void)parse_alphabet("a \xff"); }), "is not UTF-8"));
  REQUIRE(contains(message_of([] {
                     check_alphabet({"a", ""}, "here");
                   }),
                   "here: the name of letter 1 is empty"));
  REQUIRE(contains(message_of([] { check_alphabet({"a b"}, "here"); }), "holds a blank"));
  REQUIRE(contains(message_of([] { check_alphabet({std::string("a\0", 2)}, "here"); }), "control character"));
}

TEST_CASE("words read back as they were printed", "[automata][quick]") {
  const std::vector<std::string> names = {"a", "push", "日"};
  const std::vector<Letter> word = {0, 1, 2, 1};
  REQUIRE(print_word(word, names) == "a push 日 push");
  REQUIRE(parse_word("a push 日 <push>", names) == word);
  REQUIRE(print_word({}, names).empty());
  REQUIRE(show_word({}, names) == "ε");
  REQUIRE(parse_word(" \t\r", names).empty());
  REQUIRE(message_of([&] { (void)parse_word("a posh", names); }) ==
          "word: unknown letter \"posh\" (did you mean \"push\"? known: a, push, 日)");
  REQUIRE(contains(message_of([&] { (void)parse_word("\xc3", names); }), "not UTF-8"));
  REQUIRE(contains(message_of([&] { (void)print_word(std::vector<Letter>{3}, names); }), "not in 0..2"));
}
