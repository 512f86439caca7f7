#include "automata/regex_syntax.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "automata/utf8.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

using Kind = RegexNode::Kind;

constexpr int kMaxDepth = 1000;
constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr std::int64_t kMaxCount = 1'000'000'000;
constexpr std::string_view kBlanks = " \t\r\n\v\f";

/// One display column each: characters as they are, blanks and control characters as spaces, other bytes as
/// '?'.
std::vector<std::string> columns(std::string_view text) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < text.size();) {
    const Utf8Character c = utf8_character(text, i);
    const std::size_t length = std::max<std::size_t>(c.length, 1);
    const bool control = c.code_point < 0x20 || (c.code_point >= 0x7f && c.code_point < 0xa0);
    result.push_back(c.length == 0 ? "?" : control ? " " : std::string(text.substr(i, length)));
    i += length;
  }
  return result;
}

std::string encode_utf8(std::uint32_t c) {
  std::string bytes;
  const auto put = [&](std::uint32_t byte) { bytes += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | (c >> 6));
  } else if (c < 0x10000) {
    put(0xe0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3f));
  } else {
    put(0xf0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3f));
    put(0x80 | ((c >> 6) & 0x3f));
  }
  if (c >= 0x80) put(0x80 | (c & 0x3f));
  return bytes;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  RegexNode parse() {
    if (text_.size() > kMaxBytes)
      fail("regex", "the expression has {} bytes, at most {} are read", text_.size(), kMaxBytes);
    for (std::size_t i = 0; i < text_.size(); i += utf8_character(text_, i).length)
      if (utf8_character(text_, i).length == 0) fail_at(i, "a byte that is not UTF-8");
    skip_blanks();
    if (at_end()) fail_at(at_, "the expression is empty (write () for the empty word)");
    RegexNode node = parse_union();
    if (!at_end()) fail_at(at_, "\")\" without its \"(\"");  // nothing else ends a union early
    return node;
  }

 private:
  [[noreturn]] void fail_at(std::size_t place, std::string_view message) const {
    fail_in_regex(text_, place, message);
  }

  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool next_is(char c) const { return !at_end() && text_[at_] == c; }
  void skip_blanks() {
    while (!at_end() && kBlanks.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  /// Steps over c and the blanks after it, if c is next.
  bool take(char c) {
    if (!next_is(c)) return false;
    ++at_;
    skip_blanks();
    return true;
  }
  std::string_view character() const { return text_.substr(at_, utf8_character(text_, at_).length); }

  RegexNode join(Kind kind, std::vector<RegexNode> children, std::size_t place) const {
    int depth = 0;
    for (const auto& child : children) depth = std::max(depth, child.depth);
    if (depth >= kMaxDepth) fail_too_deep(place);
    RegexNode node;
    node.kind = kind;
    node.children = std::move(children);
    node.depth = depth + 1;
    return node;
  }
  [[noreturn]] void fail_too_deep(std::size_t place) const {
    fail_at(place, fmt::format("operators are nested deeper than {}", kMaxDepth));
  }

  RegexNode parse_union() { return parse_list('|', Kind::unite, &Parser::parse_intersection); }
  RegexNode parse_intersection() { return parse_list('&', Kind::intersection, &Parser::parse_concatenation); }

  RegexNode parse_list(char separator, Kind kind, RegexNode (Parser::*part)()) {
    const std::size_t place = at_;
    std::vector<RegexNode> parts;
    parts.push_back((this->*part)());
    while (take(separator)) parts.push_back((this->*part)());
    if (parts.size() == 1) return std::move(parts.front());
    return join(kind, std::move(parts), place);
  }

  RegexNode parse_concatenation() {
    const std::size_t place = at_;
    std::vector<RegexNode> parts;
    while (!at_end() && !next_is('|') && !next_is('&') && !next_is(')')) parts.push_back(parse_prefixed());
    if (parts.empty()) fail_missing();
    if (parts.size() == 1) return std::move(parts.front());
    return join(Kind::concatenation, std::move(parts), place);
  }
  [[noreturn]] void fail_missing() const {
    if (at_end())
      fail_at(at_, "the expression ends where an operand is wanted (write () for the empty word)");
    fail_at(at_, fmt::format("\"{}\" where an operand is wanted (write () for the empty word)", character()));
  }

  RegexNode parse_prefixed() {
    const std::size_t place = at_;
    bool complement = false;
    for (; take('~'); complement = !complement) {
    }
    if (at_end() || next_is('|') || next_is('&') || next_is(')')) fail_missing();
    RegexNode node = parse_postfixed();
    if (!complement) return node;
    std::vector<RegexNode> child;
    child.push_back(std::move(node));
    return join(Kind::complement, std::move(child), place);
  }

  RegexNode parse_postfixed() {
    RegexNode node = parse_atom();
    for (;;) {
      const std::size_t place = at_;
      if (take('*')) {
        node = repeat(std::move(node), 0, RegexNode::kUnbounded, place);
      } else if (take('+')) {
        node = repeat(std::move(node), 1, RegexNode::kUnbounded, place);
      } else if (take('?')) {
        node = repeat(std::move(node), 0, 1, place);
      } else if (take('{')) {
        const auto [low, high] = parse_counts();
        node = repeat(std::move(node), low, high, place);
      } else {
        return node;
      }
    }
  }

  RegexNode repeat(RegexNode node, std::int64_t low, std::int64_t high, std::size_t place) const {
    std::vector<RegexNode> child;
    child.push_back(std::move(node));
    RegexNode result = join(Kind::repeat, std::move(child), place);
    result.low = low;
    result.high = high;
    return result;
  }

  /// After "{": "m}", "m,}" or "m,n}".
  std::pair<std::int64_t, std::int64_t> parse_counts() {
    if (next_is(',')) fail_at(at_, "a count is wanted before \",\" (write {0,n} for at most n)");
    const std::int64_t low = parse_count();
    std::int64_t high = low;
    if (take(',')) {
      const std::size_t place = at_;
      high = next_is('}') ? RegexNode::kUnbounded : parse_count();
      if (high != RegexNode::kUnbounded && high < low)
        fail_at(place, fmt::format("the counts {{{},{}}} go down, wanted {{m,n}} with m <= n", low, high));
    }
    if (!take('}')) fail_at(at_, "\"}\" or \",\" is wanted after a count");
    return {low, high};
  }

  std::int64_t parse_count() {
    const std::size_t place = at_;
    std::int64_t count = 0;
    while (!at_end() && std::isdigit(static_cast<unsigned char>(peek())) != 0) {
      count = count * 10 + (peek() - '0');
      if (count > kMaxCount) fail_at(place, fmt::format("a count is above {}", kMaxCount));
      ++at_;
    }
    if (at_ == place) fail_at(place, "a count is wanted: {m}, {m,} or {m,n}");
    skip_blanks();
    return count;
  }

  RegexNode parse_atom() {
    const std::size_t place = at_;
    if (take('(')) return parse_group(place);
    if (take('[')) return parse_class(place);
    RegexNode node;
    node.kind = Kind::letters;
    if (take('.')) {
      node.others = true;
      return node;
    }
    refuse_special();
    node.symbols.push_back(parse_symbol());
    skip_blanks();
    return node;
  }

  void refuse_special() const {
    const char c = peek();
    if (c == '*' || c == '+' || c == '?' || c == '{')
      fail_at(at_,
              fmt::format("\"{0}\" without something to repeat before it (write \\{0} for the letter)", c));
    if (c == '^')
      fail_at(
          at_,
          "\"^\" has a meaning only after \"[\" (write \\^ for the letter; expressions match whole words)");
    if (c == ']' || c == '}' || c == '>')
      fail_at(at_, fmt::format("\"{0}\" without its opening (write \\{0} for the letter)", c));
    if (character() == "ε")
      fail_at(at_, "\"ε\" is no operator (write () for the empty word, \\ε for the letter)");
  }

  RegexNode parse_group(std::size_t place) {
    if (take(')')) return {};
    if (++level_ > kMaxDepth) fail_too_deep(place);
    RegexNode node = parse_union();
    --level_;
    if (!take(')')) fail_at(place, "\"(\" without its \")\"");
    return node;
  }

  /// After "[": letters and ranges up to "]".
  RegexNode parse_class(std::size_t place) {
    RegexNode node;
    node.kind = Kind::letters;
    node.others = take('^');
    while (!next_is(']')) {
      if (at_end()) fail_at(place, "\"[\" without its \"]\"");
      if (next_is('[') || next_is('>'))
        fail_at(at_, fmt::format("\"{0}\" inside [..] (write \\{0} for the letter)", peek()));
      const RegexNode::Symbol from = parse_symbol();
      skip_blanks();
      if (next_is('-') && !node_ends_after_hyphen()) {
        take('-');
        add_range(node, from);
      } else {
        node.symbols.push_back(from);
      }
    }
    if (node.symbols.empty()) fail_at(place, "[] holds no letter (write ~(.*) for no word at all)");
    take(']');
    return node;
  }

  /// Is the hyphen that comes next the last thing in its class, so a letter?
  bool node_ends_after_hyphen() const {
    const std::size_t after = text_.find_first_not_of(kBlanks, at_ + 1);
    return after == std::string_view::npos || text_[after] == ']';
  }

  void add_range(RegexNode& node, const RegexNode::Symbol& from) {
    constexpr std::uint32_t kMaxRange = 1024;
    if (next_is('[') || next_is('>'))
      fail_at(at_, fmt::format("\"{0}\" inside [..] (write \\{0} for the letter)", peek()));
    const RegexNode::Symbol to = parse_symbol();
    skip_blanks();
    const auto first = single(from.name), last = single(to.name);
    if (!first || !last) fail_at(from.place, "a range goes from one character to another, not between names");
    if (*last < *first) fail_at(from.place, fmt::format("the range {}-{} goes down", from.name, to.name));
    if (*last - *first >= kMaxRange)
      fail_at(from.place, fmt::format("a range of {} letters, at most {}", *last - *first + 1, kMaxRange));
    for (std::uint32_t c = *first; c <= *last; ++c)
      if (c > 0x20 && c != 0x7f && (c < 0xd800 || c > 0xdfff))
        node.symbols.push_back({.name = encode_utf8(c), .place = from.place});
  }

  static std::optional<std::uint32_t> single(std::string_view name) {
    const Utf8Character c = utf8_character(name, 0);
    return c.length == name.size() ? std::optional(c.code_point) : std::nullopt;
  }

  /// A character, an escape or a name in angles; blanks after it are left.
  RegexNode::Symbol parse_symbol() {
    const std::size_t place = at_;
    if (next_is('<')) return {.name = parse_name(), .place = place};
    if (next_is('\\')) return {.name = std::string(parse_escape()), .place = place};
    const std::string_view c = character();
    if (utf8_character(c, 0).code_point < 0x20 || c == "\x7f") fail_at(at_, "a control character");
    at_ += c.size();
    return {.name = std::string(c), .place = place};
  }

  std::string_view parse_escape() {
    const std::size_t place = at_++;
    if (at_end()) fail_at(place, "a backslash at the end");
    const std::string_view c = character();
    const auto byte = static_cast<unsigned char>(c[0]);
    if (byte <= 0x20 || byte == 0x7f) fail_at(place, "a backslash before a blank (letters have no blanks)");
    if (std::isalnum(byte) != 0)
      fail_at(place, fmt::format("unknown escape \\{} (only special characters take a backslash)", c));
    at_ += c.size();
    return c;
  }

  /// From "<" to ">".
  std::string parse_name() {
    const std::size_t place = at_++;
    std::string name;
    while (!next_is('>')) {
      if (at_end()) fail_at(place, "\"<\" without its \">\" (write \\< for the letter)");
      const auto byte = static_cast<unsigned char>(peek());
      if (byte <= 0x20 || byte == 0x7f) fail_at(at_, "a blank in the name of a letter");
      if (next_is('<')) fail_at(at_, "\"<\" in the name of a letter (write \\< there)");
      if (next_is('\\')) {
        name += parse_escape();
      } else {
        name += character();
        at_ += character().size();
      }
    }
    ++at_;
    if (name.empty()) fail_at(place, "<> names no letter");
    return name;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int level_ = 0;
};

}  // namespace

RegexNode parse_regex(std::string_view text) {
  return Parser(text).parse();
}

void fail_in_regex(std::string_view text, std::size_t place, std::string_view message) {
  constexpr std::size_t kAround = 50;
  const std::vector<std::string> before = columns(text.substr(0, place));
  const std::vector<std::string> after = columns(text.substr(place));
  const std::size_t skipped = before.size() > kAround + 3 ? before.size() - kAround : 0;
  const std::size_t shown = after.size() > kAround + 3 ? kAround : after.size();
  std::string line = skipped > 0 ? "..." : "";
  for (std::size_t i = skipped; i < before.size(); ++i) line += before[i];
  for (std::size_t i = 0; i < shown; ++i) line += after[i];
  if (shown < after.size()) line += "...";
  const std::size_t indent = before.size() - skipped + (skipped > 0 ? 3 : 0);
  fail("regex", "{} at column {}\n  {}\n  {}^", message, before.size() + 1, line, std::string(indent, ' '));
}

}  // namespace anser::automata
