#include "automata/minimize.h"
#include "automata/regex.h"
#include "tests/automata/languages/regex_oracle.h"
#include "tests/automata/languages/small_dfas.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"
#include "tests/support/words.h"

using namespace anser;
using namespace anser::automata;
using tests::contains;
using tests::message_of;
using tests::same_tables;

namespace {

/// Accepted words up to `length`, letters glued together; "-" is the empty word.
std::string words_of(const std::string& expression, const std::string& alphabet = "a b", int length = 3) {
  const Dfa dfa = compile_regex(expression, {.alphabet = parse_alphabet(alphabet)});
  std::string text;
  for (const auto& w : tests::all_words_up_to(dfa.num_letters, length)) {
    if (!accepts(dfa, w)) continue;
    if (!text.empty()) text += " ";
    if (w.empty()) text += "-";
    for (const Letter s : w) text += dfa.letter_names[static_cast<std::size_t>(s)];
  }
  return text;
}

bool equal(const std::string& x, const std::string& y, const std::string& alphabet = "a b") {
  const RegexOptions options = {.alphabet = parse_alphabet(alphabet)};
  return same_tables(compile_regex(x, options), compile_regex(y, options));
}

}  // namespace

TEST_CASE("every operator means what the grammar says", "[automata][quick]") {
  REQUIRE(words_of("a") == "a");
  REQUIRE(words_of("ab") == "ab");
  REQUIRE(words_of("a|b") == "a b");
  REQUIRE(words_of("()") == "-");
  REQUIRE(words_of("( )") == "-");
  REQUIRE(words_of("a*") == "- a aa aaa");
  REQUIRE(words_of("a+") == "a aa aaa");
  REQUIRE(words_of("a?") == "- a");
  REQUIRE(words_of("a{2}") == "aa");
  REQUIRE(words_of("a{2,}") == "aa aaa");
  REQUIRE(words_of("a{1,2}") == "a aa");
  REQUIRE(words_of("a{0}") == "-");
  REQUIRE(words_of("a{0,0}") == "-");
  REQUIRE(words_of("a{ 1 , 2 }") == "a aa");
  REQUIRE(words_of("..") == "aa ab ba bb");
  REQUIRE(words_of("[ab]", "a b c") == "a b");
  REQUIRE(words_of("[^ab]", "a b c") == "c");
  REQUIRE(words_of("[^a b]", "a b").empty());
  REQUIRE(words_of("[a-c]", "a b c d") == "a b c");
  REQUIRE(words_of("[a-]", "a -") == "a -");
  REQUIRE(words_of("~(a.*)", "a b", 1) == "- b");
  REQUIRE(words_of("a*&.{2}") == "aa");
  REQUIRE(words_of("(ab)* | b", "a b", 4) == "- b ab abab");
  REQUIRE(words_of(" a \t b\n") == "ab");
  REQUIRE(words_of("~(.*)").empty());
}

TEST_CASE("postfix binds tighter than complement, then concatenation, intersection, union",
          "[automata][quick]") {
  REQUIRE(equal("~a*", "~(a*)"));
  REQUIRE_FALSE(equal("~a*", "(~a)*"));
  REQUIRE(equal("~ab", "(~a)b"));
  REQUIRE(equal("a~b", "a(~b)"));
  REQUIRE(equal("ab*", "a(b*)"));
  REQUIRE(equal("a.&.b|b", "((a.)&(.b))|b"));
  REQUIRE(equal("a|b.&.b", "a|((b.)&(.b))"));
  REQUIRE(equal("~~a", "a"));
  REQUIRE(equal("~~~a", "~a"));
  REQUIRE(equal("a**", "a*"));
  REQUIRE(equal("a?{3}", "a{0,3}"));
  REQUIRE(equal("(a|()){3}", "a{0,3}"));
  REQUIRE(equal("(a*b*)*", ".*"));
  REQUIRE(equal("(a{2,3}){2}", "a{4,6}"));
}

TEST_CASE("letters of several characters, escaped letters, letters beyond ASCII", "[automata][quick]") {
  const Dfa named = compile_regex("<push> <pop>*");
  REQUIRE(named.letter_names == std::vector<std::string>{"pop", "push"});
  REQUIRE(accepts(named, std::vector<Letter>{1, 0, 0}));
  REQUIRE(compile_regex("[<push>ab]").letter_names == std::vector<std::string>{"a", "b", "push"});
  REQUIRE(compile_regex(R"(\(\)\*\<\>\[\]\\\.\^)").letter_names ==
          std::vector<std::string>{"(", ")", "*", ".", "<", ">", "[", "\\", "]", "^"});
  REQUIRE(compile_regex(R"(<a\>b>)").letter_names == std::vector<std::string>{"a>b"});
  REQUIRE(compile_regex("[*+.?(){}|&~^]").letter_names.size() == 12);
  REQUIRE(compile_regex("日本*").num_states == 3);
  REQUIRE(compile_regex("[α-γ]").letter_names == std::vector<std::string>{"α", "β", "γ"});
  REQUIRE(compile_regex("<a>b").letter_names == std::vector<std::string>{"a", "b"});
  REQUIRE(compile_regex("\\ε").letter_names == std::vector<std::string>{"ε"});
  REQUIRE(compile_regex("(0|1(01*0)*1)*").num_states == 3);  // binary numbers that 3 divides
}

TEST_CASE("the alphabet is the one given, in its order, else the letters seen, sorted", "[automata][quick]") {
  REQUIRE(compile_regex("ba").letter_names == std::vector<std::string>{"a", "b"});
  REQUIRE(compile_regex("a", {.alphabet = {"b", "a"}}).letter_names == std::vector<std::string>{"b", "a"});
  REQUIRE(words_of(".", "a b c") == "a b c");
  REQUIRE(compile_regex("a{0}b").letter_names == std::vector<std::string>{"a", "b"});
  REQUIRE(contains(message_of([] { (void)compile_regex(".*"); }), "names no letter"));
  REQUIRE(contains(message_of([] { (void)compile_regex("a", {.alphabet = {"a", "a"}}); }), "stands twice"));
}

TEST_CASE("compiled expressions are minimal and canonical", "[automata][quick]") {
  for (const char* text : {"(a|b)*a(a|b){6}", "~((aa)*)&(bb)*", "(ab)*|(ba)*", "a{100}", "~()"}) {
    const Dfa dfa = compile_regex(text, {.alphabet = {"a", "b"}});
    REQUIRE(same_tables(minimize(dfa), dfa));
  }
  REQUIRE(compile_regex("(a|b)*a(a|b){6}").num_states == 128);
  REQUIRE(compile_regex("a{100}").num_states == 102);
}

TEST_CASE("random expressions agree with the definition on all words up to length 7", "[automata][quick]") {
  const auto words = tests::all_words_up_to(2, 7);
  for (std::uint64_t seed = 0; seed < 250; ++seed) {
    Rng rng(seed);
    const tests::Expression e = tests::random_expression(1 + static_cast<int>(rng.below(9)), rng);
    const std::string text = tests::print(e);
    const Dfa dfa = compile_regex(text, {.alphabet = {"a", "b"}});
    for (const auto& w : words)
      if (accepts(dfa, w) != tests::Matcher(w).matches(e, 0, w.size()))
        FAIL(text + " with seed " + std::to_string(seed));
  }
}

TEST_CASE("expressions that would blow up are refused with the number", "[automata][quick]") {
  REQUIRE(contains(message_of([] { (void)compile_regex("a{1000000000}"); }), "needs an automaton of"));
  REQUIRE(contains(message_of([] { (void)compile_regex("((a{1000}){1000}){1000}"); }),
                   "needs an automaton of 3"));
  REQUIRE(contains(message_of([] { (void)compile_regex("a{1000000}{1000000}{1000000}{1000000}"); }),
                   "more than"));
  REQUIRE(contains(message_of([] { (void)compile_regex("(){1000000}{1000000}a"); }), "needs an automaton"));
  REQUIRE(contains(
      message_of([] { (void)compile_regex("(a|b)*a(a|b){30}", {.alphabet = {}, .max_states = 5000}); }),
      "reaches more than 5000 subsets"));
  REQUIRE(contains(message_of([] { (void)compile_regex("a", {.alphabet = {}, .max_states = 0}); }),
                   "max_states is 0"));
  REQUIRE_NOTHROW(compile_regex("a{5000}"));  // subsets as lists
  REQUIRE_NOTHROW(compile_regex("(a{1000}){0}b"));
}

TEST_CASE("deep nesting is refused, not fatal", "[automata][quick]") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "a" + std::string(depth, ')');
  };
  REQUIRE(compile_regex(nested(1000)).num_states == 3);
  REQUIRE(contains(message_of([&] { (void)compile_regex(nested(1001)); }), "nested deeper than 1000"));
  REQUIRE(contains(message_of([&] { (void)compile_regex(std::string(500000, '(')); }),
                   "nested deeper than 1000"));
  REQUIRE(compile_regex(std::string(100001, '~') + "a").num_states == 3);
  REQUIRE(contains(message_of([] { (void)compile_regex("a" + std::string(5000, '*')); }),
                   "nested deeper than 1000"));
  std::string deep = "a";
  for (int i = 0; i < 240; ++i) deep = "~(b" + deep + "&.*)";
  REQUIRE_NOTHROW(compile_regex(deep));
  REQUIRE(
      contains(message_of([] { (void)compile_regex(std::string((1 << 20) + 1, 'a')); }), "1048577 bytes"));
}

TEST_CASE("no bytes crash the parser: an automaton, or one InputError", "[automata][quick]") {
  constexpr std::string_view kPieces[] = {"(", ")",   "|",     "&", "~", "*", "+", "?",        "{",
                                          "}", "{2}", "{1,3}", ",", ".", "[", "]", "^",        "-",
                                          "<", ">",   "\\",    " ", "a", "b", "1", "\xce\xb1", "\xff"};
  int good = 0;
  for (std::uint64_t seed = 0; seed < 20000; ++seed) {
    Rng rng(seed);
    std::string text;
    for (std::uint32_t i = rng.below(14); i-- > 0;)
      text += rng.below(20) == 0 ? std::string(1, static_cast<char>(rng.below(256)))
                                 : std::string(kPieces[rng.below(std::size(kPieces))]);
    try {
      check(compile_regex(text, {.alphabet = {}, .max_states = 1000, .max_nfa_size = 1000}));
      ++good;
    } catch (const InputError& error) {
      REQUIRE(std::string(error.what()).size() > 10);
    }
  }
  REQUIRE(good > 500);
}
