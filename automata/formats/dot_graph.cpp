#include "automata/formats/dot_graph.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "automata/formats/columns.h"
#include "automata/utf8.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

constexpr std::array<std::string_view, 5> kDotAttributes = {"label", "shape", "peripheries", "style",
                                                            "letters"};
constexpr std::size_t kMaxNesting = 1000;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '.' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return std::string(text);
}

struct Token {
  enum class Kind { end, name, quoted, html, arrow, line, symbol };
  Kind kind = Kind::end;
  std::string text;
  std::size_t line = 1;

  bool is(char c) const { return kind == Kind::symbol && text[0] == c; }
  bool is_id() const { return kind == Kind::name || kind == Kind::quoted || kind == Kind::html; }
  bool is_keyword(const char* word) const { return kind == Kind::name && lower(text) == word; }
};

class Lexer {
 public:
  Lexer(std::string_view text, std::string_view source) : text_(text), source_(source) {}

  Token next() {
    skip_blanks();
    if (at_ == text_.size()) return token(Token::Kind::end, "the end of the text");
    const char c = text_[at_];
    const char after = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (c == '"') return quoted();
    if (c == '<') return html();
    if (c == '-' && (after == '>' || after == '-')) {
      at_ += 2;
      return token(after == '>' ? Token::Kind::arrow : Token::Kind::line, after == '>' ? "->" : "--");
    }
    if (is_name_character(c) || (c == '-' && (is_digit(after) || after == '.'))) return name();
    if (std::strchr("{}[]=;,:+", c) == nullptr || c == '\0')
      fail(source_, "line {}: a character that DOT does not know, code {}", line_,
           static_cast<unsigned char>(c));
    ++at_;
    return token(Token::Kind::symbol, std::string(1, c));
  }

 private:
  Token token(Token::Kind kind, std::string text) const { return {kind, std::move(text), line_}; }

  char step() {
    if (text_[at_] == '\n') ++line_;
    return text_[at_++];
  }

  bool starts(std::string_view part) const { return text_.substr(at_, part.size()) == part; }

  void skip_blanks() {
    while (at_ < text_.size()) {
      const bool line_start = at_ == 0 || text_[at_ - 1] == '\n';
      if (is_blank(text_[at_])) {
        step();
      } else if (starts("//") || (text_[at_] == '#' && line_start)) {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (starts("/*")) {
        const std::size_t begin = line_;
        const std::size_t end = text_.find("*/", at_ + 2);
        require(end != std::string_view::npos, source_, "line {}: a comment has no end", begin);
        while (at_ < end + 2) step();
      } else {
        return;
      }
    }
  }

  Token name() {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && is_name_character(text_[at_])) ++at_;
    return token(Token::Kind::name, std::string(text_.substr(begin, at_ - begin)));
  }

  /// A quoted string, or several joined by '+'. \" is a quote, \ at the end of a line joins lines, all else
  /// stays.
  Token quoted() {
    const std::size_t begin = line_;
    std::string out;
    do {
      ++at_;
      for (;;) {
        require(at_ < text_.size(), source_, "line {}: a quoted text has no end", begin);
        const char c = step();
        if (c == '"') break;
        if (c == '\\' && at_ < text_.size()) {
          const char escaped = step();
          if (escaped == '\n') continue;
          if (escaped != '"') out += c;
          out += escaped;
        } else {
          out += c;
        }
      }
      skip_blanks();
    } while (joined());
    return {Token::Kind::quoted, std::move(out), begin};
  }

  /// Consumes a '+' before another quoted string.
  bool joined() {
    if (at_ == text_.size() || text_[at_] != '+') return false;
    const std::size_t plus = at_++;
    skip_blanks();
    require(at_ < text_.size() && text_[at_] == '"', source_, "line {}: wanted a quoted text after '+'",
            line_);
    return plus < at_;
  }

  Token html() {
    const std::size_t begin = line_, from = at_;
    std::size_t depth = 0;
    do {
      require(at_ < text_.size(), source_, "line {}: an HTML text has no end", begin);
      const char c = step();
      depth += c == '<' ? 1 : 0;
      depth -= c == '>' ? 1 : 0;
    } while (depth > 0);
    return {Token::Kind::html, std::string(text_.substr(from, at_ - from)), begin};
  }

  std::string_view text_;
  std::string source_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

class Parser {
 public:
  Parser(std::string_view text, std::string_view source) : source_(source), lexer_(text, source) {
    advance();
  }

  DotGraph parse() {
    if (token_.is_keyword("strict")) advance();
    require(!token_.is_keyword("graph"), source_, "line {}: an undirected graph, wanted a digraph",
            token_.line);
    if (!token_.is_keyword("digraph")) unexpected("wanted digraph");
    advance();
    if (token_.is_id()) advance();
    open_brace();
    while (!scopes_.empty()) statement();
    if (token_.is_keyword("digraph") || token_.is_keyword("graph") || token_.is_keyword("strict"))
      fail(source_, "line {}: a second graph, wanted one", token_.line);
    if (token_.kind != Token::Kind::end) unexpected("wanted nothing after the graph");
    return std::move(graph_);
  }

 private:
  struct Scope {
    DotAttributes node, edge;
  };

  void advance() { token_ = lexer_.next(); }

  [[noreturn]] void unexpected(const char* wanted) const {
    fail(source_, "line {}: \"{}\", {}", token_.line, shortened(token_.text), wanted);
  }

  void open_brace() {
    if (!token_.is('{')) unexpected("wanted {");
    require(scopes_.size() < kMaxNesting, source_, "line {}: subgraphs nested deeper than {}", token_.line,
            kMaxNesting);
    scopes_.push_back(scopes_.empty() ? Scope{} : scopes_.back());
    advance();
  }

  void statement() {
    if (token_.is(';')) return advance();
    if (token_.is('{')) return open_brace();
    if (token_.is('}')) return close_brace();
    if (token_.is_keyword("subgraph")) {
      advance();
      if (token_.is_id()) advance();
      return open_brace();
    }
    if (token_.is_keyword("graph") || token_.is_keyword("node") || token_.is_keyword("edge"))
      return defaults();
    if (!token_.is_id()) unexpected("wanted a node, an edge or }");
    node_or_edge();
  }

  void close_brace() {
    scopes_.pop_back();
    advance();
    if (token_.kind == Token::Kind::arrow) fail(source_, "line {}: an edge of a whole subgraph", token_.line);
  }

  void defaults() {
    const std::string what = lower(token_.text);
    advance();
    DotAttributes& target = what == "node"        ? scopes_.back().node
                            : what == "edge"      ? scopes_.back().edge
                            : scopes_.size() == 1 ? graph_.attributes
                                                  : ignored_;
    if (!token_.is('[')) unexpected("wanted [");
    attributes(target);
  }

  void node_or_edge() {
    std::string id = take_id();
    if (token_.is('=')) {
      advance();
      if (!token_.is_id()) unexpected("wanted a value");
      set(scopes_.size() == 1 ? graph_.attributes : ignored_, id);
      return;
    }
    skip_port();
    std::vector<std::size_t> chain = {node(id)};
    const std::size_t line = token_.line;
    while (token_.kind == Token::Kind::arrow) {
      advance();
      if (token_.is('{') || token_.is_keyword("subgraph"))
        fail(source_, "line {}: an edge of a whole subgraph", token_.line);
      if (!token_.is_id()) unexpected("wanted a node");
      chain.push_back(node(take_id()));
      skip_port();
    }
    require(token_.kind != Token::Kind::line, source_, "line {}: an undirected edge, wanted ->", token_.line);
    if (chain.size() == 1) return attributes(graph_.nodes[chain[0]].attributes);
    DotAttributes own = scopes_.back().edge;
    attributes(own);
    for (std::size_t i = 0; i + 1 < chain.size(); ++i)
      graph_.edges.push_back({chain[i], chain[i + 1], own, line});
  }

  std::string take_id() {
    require(token_.kind != Token::Kind::html, source_, "line {}: an HTML text, wanted plain text",
            token_.line);
    std::string id = std::move(token_.text);
    advance();
    return id;
  }

  void skip_port() {
    while (token_.is(':')) {
      advance();
      if (!token_.is_id()) unexpected("wanted a port");
      advance();
    }
  }

  std::size_t node(const std::string& name) {
    const auto [at, added] = number_.emplace(name, graph_.nodes.size());
    if (added) graph_.nodes.push_back({name, scopes_.back().node});
    return at->second;
  }

  /// "[a=b, c=d] [e=f]", or nothing.
  void attributes(DotAttributes& target) {
    while (token_.is('[')) {
      advance();
      while (!token_.is(']')) {
        if (!token_.is_id()) unexpected("wanted an attribute or ]");
        const std::string key = take_id();
        if (token_.is('=')) {
          advance();
          if (!token_.is_id()) unexpected("wanted a value");
          set(target, key);
        }
        if (token_.is(',') || token_.is(';')) advance();
      }
      advance();
    }
  }

  /// Takes the value that the token is.
  void set(DotAttributes& target, const std::string& key) {
    if (std::find(kDotAttributes.begin(), kDotAttributes.end(), key) == kDotAttributes.end())
      return advance();
    target.values[key] = std::make_shared<const std::string>(take_id());
  }

  std::string source_;
  Lexer lexer_;
  Token token_;
  std::vector<Scope> scopes_;
  DotGraph graph_;
  DotAttributes ignored_;
  std::unordered_map<std::string, std::size_t> number_;
};

}  // namespace

std::string_view DotAttributes::get(std::string_view key) const {
  const auto found = values.find(key);
  return found == values.end() ? std::string_view() : std::string_view(*found->second);
}

DotGraph parse_dot_graph(std::string_view text, std::string_view source) {
  require(is_utf8(text), source, "is not UTF-8 text");
  return Parser(text, source).parse();
}

std::string dot_escaped(std::string_view text, bool record) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\' || (record && c != '\0' && std::strchr("{}|<> ", c) != nullptr)) out += '\\';
    out += c;
  }
  return out;
}

std::string dot_shown(std::string_view label) {
  std::string out;
  for (std::size_t i = 0; i < label.size(); ++i) {
    if (label[i] != '\\' || i + 1 == label.size()) {
      out += is_blank(label[i]) ? ' ' : label[i];
      continue;
    }
    const char c = label[++i];
    out += c == 'n' || c == 'l' || c == 'r' ? '\n' : c;
  }
  return out;
}

std::vector<std::string> dot_record_fields(std::string_view label) {
  std::string whole = trimmed(label);
  if (whole.size() >= 2 && whole.front() == '{' && whole.back() == '}')
    whole = whole.substr(1, whole.size() - 2);
  std::vector<std::string> fields(1);
  std::size_t kept = 0;  // characters of the field that came escaped: blanks among them are no padding
  const auto close = [&] {
    std::string& field = fields.back();
    while (field.size() > kept && is_blank(field.back())) field.pop_back();
    kept = 0;
  };
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (whole[i] == '\\' && i + 1 < whole.size()) {
      fields.back() += whole[++i];
      kept = fields.back().size();
    } else if (whole[i] == '|') {
      close();
      fields.emplace_back();
    } else if (!is_blank(whole[i]) || !fields.back().empty()) {
      fields.back() += whole[i];
    }
  }
  close();
  return fields;
}

std::vector<std::string> split_letters(std::string_view shown) {
  std::vector<std::string> parts;
  std::size_t begin = 0, depth = 0;
  for (std::size_t i = 0; i <= shown.size(); ++i) {
    const char c = i < shown.size() ? shown[i] : '\n';
    const char after = i + 1 < shown.size() ? shown[i + 1] : ',';
    // A bracket right before a comma is a letter itself, not the beginning of "(1, 2)".
    if (c == '(' || c == '[' || c == '{' || c == '<') depth += after != ',' ? 1 : 0;
    if (c == ')' || c == ']' || c == '}' || c == '>') depth -= depth > 0 ? 1 : 0;
    if (c != '\n' && (c != ',' || depth > 0)) continue;
    std::string part = trimmed(shown.substr(begin, i - begin));
    const bool after_comma = begin > 0 && shown[begin - 1] == ',';
    if (part.empty() && (c == ',' || after_comma) && !(c == '\n' && after_comma && i < shown.size()))
      return {trimmed(shown)};
    if (!part.empty()) parts.push_back(std::move(part));
    begin = i + 1;
    depth = 0;
  }
  return parts;
}

}  // namespace anser::automata
