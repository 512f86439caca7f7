#include "automata/regex.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

using namespace anser;
using namespace anser::automata;
using tests::contains;
using tests::message_of;

namespace {

struct Mistake {
  std::string expression;
  std::size_t column;  // of the caret, from 1
  std::string message;
};

std::string message_for(const std::string& expression) {
  return message_of([&] { (void)compile_regex(expression, {.alphabet = {"a", "b", "push"}}); });
}

}  // namespace

TEST_CASE("a syntax error is one sentence, the expression, and a caret under the place",
          "[automata][quick]") {
  REQUIRE(message_for("a(b|a") == "regex: \"(\" without its \")\" at column 2\n  a(b|a\n   ^");
  REQUIRE(message_for("") ==
          "regex: the expression is empty (write () for the empty word) at column 1\n  \n  ^");
}

TEST_CASE("every mistake has its message and its column", "[automata][quick]") {
  const std::vector<Mistake> mistakes = {
      {"  ", 3, "the expression is empty"},
      {"(ab", 1, "\"(\" without its \")\""},
      {"ab)", 3, "\")\" without its \"(\""},
      {"a)b(", 2, "\")\" without its \"(\""},
      {"a|", 3, "the expression ends where an operand is wanted"},
      {"|a", 1, "\"|\" where an operand is wanted"},
      {"a||b", 3, "\"|\" where an operand is wanted"},
      {"a&", 3, "the expression ends where an operand is wanted"},
      {"(a|)", 4, "\")\" where an operand is wanted (write () for the empty word)"},
      {"~", 2, "the expression ends where an operand is wanted"},
      {"a~|b", 3, "\"|\" where an operand is wanted"},
      {"*a", 1, "\"*\" without something to repeat before it (write \\* for the letter)"},
      {"(+a)", 2, "\"+\" without something to repeat"},
      {"a|?", 3, "\"?\" without something to repeat"},
      {"{2}", 1, "\"{\" without something to repeat"},
      {"~*", 2, "\"*\" without something to repeat"},
      {"a{", 3, "a count is wanted"},
      {"a{}", 3, "a count is wanted: {m}, {m,} or {m,n}"},
      {"a{,3}", 3, "a count is wanted before \",\" (write {0,n} for at most n)"},
      {"a{3", 4, "\"}\" or \",\" is wanted after a count"},
      {"a{3,", 5, "a count is wanted"},
      {"a{3,4", 6, "\"}\" or \",\" is wanted"},
      {"a{3 4}", 5, "\"}\" or \",\" is wanted"},
      {"a{-1}", 3, "a count is wanted"},
      {"a{3,2}", 5, "the counts {3,2} go down"},
      {"a{1000000001}", 3, "a count is above 1000000000"},
      {"a{99999999999999999999999}", 3, "a count is above 1000000000"},
      {"ab]", 3, "\"]\" without its opening"},
      {"a}", 2, "\"}\" without its opening"},
      {"a>", 2, "\">\" without its opening"},
      {"^ab$", 1, "\"^\" has a meaning only after \"[\""},
      {"[ab", 1, "\"[\" without its \"]\""},
      {"b[^a", 2, "\"[\" without its \"]\""},
      {"[]", 1, "[] holds no letter"},
      {"[^]", 1, "[] holds no letter"},
      {"[a[b]]", 3, "\"[\" inside [..]"},
      {"[b-a]", 2, "the range b-a goes down"},
      {"[<push>-b]", 2, "a range goes from one character to another"},
      {"[a-\U0001F600]", 2, "a range of 128416 letters, at most 1024"},
      {"[a-z]", 2, "letter \"c\" is not in the alphabet (did you mean"},
      {"<push", 1, "\"<\" without its \">\""},
      {"a<>", 2, "<> names no letter"},
      {"<pu sh>", 4, "a blank in the name of a letter"},
      {"<a<b>", 3, "\"<\" in the name of a letter"},
      {"a\\", 2, "a backslash at the end"},
      {"\\d", 1, "unknown escape \\d"},
      {"a\\ b", 2, "a backslash before a blank"},
      {"ε|a", 1, "\"ε\" is no operator (write () for the empty word"},
      {"abc", 3, "letter \"c\" is not in the alphabet (did you mean \"a\"? known: a, b, push)"},
      {"a<posh>", 2, "letter \"posh\" is not in the alphabet (did you mean \"push\"?"},
      {"(c){0}", 2, "letter \"c\" is not in the alphabet"},
      {std::string("a\x01"), 2, "a control character"},
      {"a\xff", 2, "a byte that is not UTF-8"},
      {"a\xce", 2, "a byte that is not UTF-8"},
      {"日)", 2, "\")\" without its \"(\""},
  };
  for (const auto& mistake : mistakes) {
    CAPTURE(mistake.expression);
    const std::string message = message_for(mistake.expression);
    CAPTURE(message);
    CHECK(contains(message, "regex: " + mistake.message));
    CHECK(contains(message, " at column " + std::to_string(mistake.column) + "\n  "));
    CHECK(message.substr(message.rfind('\n')) == "\n  " + std::string(mistake.column - 1, ' ') + "^");
  }
}

TEST_CASE("of a long expression the part around the place is shown", "[automata][quick]") {
  const std::string message = message_for(std::string(500, 'a') + ")" + std::string(500, 'b'));
  REQUIRE(message == "regex: \")\" without its \"(\" at column 501\n  ..." + std::string(50, 'a') + ")" +
                         std::string(49, 'b') + "...\n  " + std::string(53, ' ') + "^");
}
