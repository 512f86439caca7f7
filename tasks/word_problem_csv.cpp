#include "tasks/word_problem_csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <numeric>
#include <optional>
#include <unordered_set>

#include "core/base/error.h"

namespace anser::tasks {
namespace {

using automata::Element;
using automata::PermutationGroup;

constexpr const char* kExport = "tasks::word_problem_csv";
constexpr std::string_view kHeader = "seed,input,target";
constexpr std::size_t kPiece = std::size_t{1} << 16;  // bytes handed to the sink at a time

/// base^exponent with commas between the thousands; "about 10^n" where it has more than 18 digits.
std::string power_text(std::int64_t base, int exponent) {
  const double digits = exponent * std::log10(static_cast<double>(base));
  if (digits > 18) return fmt::format("about 10^{:.0f}", std::floor(digits));
  std::int64_t value = 1;
  for (int i = 0; i < exponent; ++i) value *= base;
  const std::string plain = fmt::format("{}", value);
  std::string text;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (i > 0 && (plain.size() - i) % 3 == 0) text += ',';
    text += plain[i];
  }
  return text;
}

/// base^exponent, or nothing above `limit`.
std::optional<std::int64_t> power(std::int64_t base, int exponent, std::int64_t limit) {
  std::int64_t value = 1;
  for (int i = 0; i < exponent && base > 1; ++i) {
    if (value > limit / base) return std::nullopt;
    value *= base;
  }
  return value;
}

void check(const WordProblem& problem, int length) {
  require(!problem.tokens.empty(), kExport, "wanted at least one token");
  for (const Element token : problem.tokens)
    require(token >= 0 && token < problem.group.order(), kExport, "{} has no element {}",
            problem.group.title(), token);
  require(length >= 1, kExport, "wanted words of at least 1 letter, got {}", length);
}

/// Products by table where the group is small enough, else by the group.
class Products {
 public:
  explicit Products(const WordProblem& problem) : problem_(problem), tokens_(problem.tokens.size()) {
    const auto order = static_cast<std::size_t>(problem.group.order());
    table_.reserve(order * tokens_);
    for (Element i = 0; i < problem.group.order(); ++i)
      for (const Element token : problem.tokens)
        table_.push_back(problem.newest_left ? problem.group.product(token, i)
                                             : problem.group.product(i, token));
  }
  /// The product so far and one token more, by its place in the set.
  Element next(Element product, std::size_t place) const {
    return table_[static_cast<std::size_t>(product) * tokens_ + place];
  }
  Element token(std::size_t place) const { return problem_.tokens[place]; }
  std::size_t size() const { return tokens_; }

 private:
  const WordProblem& problem_;
  std::size_t tokens_;
  std::vector<Element> table_;
};

/// Writes lines into one buffer that is handed on when it is full.
class Lines {
 public:
  Lines(const Products& products, std::int64_t seed_column, const TextSink& sink)
      : products_(products), seed_(fmt::format("{},", seed_column)), sink_(sink) {
    buffer_ = std::string(kHeader) + "\n";
  }
  void add(const std::vector<std::size_t>& word) {
    buffer_ += seed_;
    for (std::size_t t = 0; t < word.size(); ++t) append(products_.token(word[t]), t == 0 ? "" : " ");
    Element product = PermutationGroup::identity();
    for (std::size_t t = 0; t < word.size(); ++t) {
      product = products_.next(product, word[t]);
      append(product, t == 0 ? "," : " ");
    }
    buffer_ += '\n';
    if (buffer_.size() >= kPiece) flush();
  }
  void flush() {
    sink_(buffer_);
    buffer_.clear();
  }

 private:
  void append(Element number, std::string_view before) {
    buffer_ += before;
    fmt::format_to(std::back_inserter(buffer_), "{}", number);
  }

  const Products& products_;
  std::string seed_;
  const TextSink& sink_;
  std::string buffer_;
};

/// The word of a number in product order: the last letter runs fastest.
void set_word(std::vector<std::size_t>& word, std::int64_t number, std::size_t letters) {
  for (std::size_t t = word.size(); t-- > 0; number /= static_cast<std::int64_t>(letters))
    word[t] = static_cast<std::size_t>(number) % letters;
}

/// Few words in all: the first `rows` of a shuffle of their numbers.
void add_shuffled(Lines& lines, std::int64_t words, std::int64_t rows, std::size_t letters, int length,
                  Rng& rng) {
  std::vector<std::uint32_t> numbers(static_cast<std::size_t>(words));
  std::iota(numbers.begin(), numbers.end(), 0U);
  std::vector<std::size_t> word(static_cast<std::size_t>(length));
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows); ++i) {
    std::swap(numbers[i], numbers[i + rng.below(static_cast<std::uint32_t>(numbers.size() - i))]);
    set_word(word, numbers[i], letters);
    lines.add(word);
  }
}

/// Many words: draws until there are `rows` different ones. At most a quarter are taken, so 4/3 draws a row.
void add_drawn(Lines& lines, std::int64_t rows, std::size_t letters, int length, Rng& rng) {
  std::unordered_set<std::u16string> seen;
  seen.reserve(static_cast<std::size_t>(rows));
  std::vector<std::size_t> word(static_cast<std::size_t>(length));
  std::u16string key(word.size(), u'\0');
  while (static_cast<std::int64_t>(seen.size()) < rows) {
    for (std::size_t t = 0; t < word.size(); ++t) {
      word[t] = rng.below(static_cast<std::uint32_t>(letters));
      key[t] = static_cast<char16_t>(word[t]);
    }
    if (seen.insert(key).second) lines.add(word);
  }
}

// --- reading

/// A line being read, with the place of the next character for messages.
struct Cursor {
  std::string_view source;
  std::size_t line = 1;
  std::string_view text;
  std::size_t at = 0;

  bool done() const { return at == text.size(); }
  bool take(char c) {
    if (done() || text[at] != c) return false;
    ++at;
    return true;
  }
  /// What stands at the cursor, for messages.
  std::string seen() const {
    if (done()) return "the end of the line";
    const auto byte = static_cast<unsigned char>(text[at]);
    return byte < 0x20 || byte >= 0x7f ? fmt::format("the byte {}", byte) : fmt::format("\"{}\"", text[at]);
  }

  template <typename... Args>
  [[noreturn]] void refuse(std::size_t column, fmt::format_string<Args...> format, Args&&... args) const {
    fail("tasks::parse_word_problem_csv", "{}, line {}, column {}: {}", source, line, column + 1,
         fmt::format(format, std::forward<Args>(args)...));
  }

  template <typename Number>
  Number number(std::string_view what) {
    Number value{};
    const auto [stop, error] = std::from_chars(text.data() + at, text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) refuse(at, "{} is too large", what);
    if (error != std::errc()) refuse(at, "wanted {}, got {}", what, seen());
    at = static_cast<std::size_t>(stop - text.data());
    return value;
  }
};

/// Elements separated by single spaces up to a comma or the end of the line, and the column of each.
void read_elements(Cursor& cursor, const PermutationGroup& group, std::vector<Element>& elements,
                   std::vector<std::size_t>& columns) {
  do {
    columns.push_back(cursor.at);
    const auto element = cursor.number<std::int64_t>("the number of an element");
    if (element < 0 || element >= group.order())
      cursor.refuse(columns.back(), "{} has no element {}, wanted 0..{}", group.title(), element,
                    group.order() - 1);
    elements.push_back(static_cast<Element>(element));
  } while (cursor.take(' '));
}

/// One data line. Input and target of earlier lines stand before `begin`.
class RowReader {
 public:
  explicit RowReader(const WordProblem& problem)
      : problem_(problem), place_(static_cast<std::size_t>(problem.group.order()), -1), products_(problem) {
    for (std::size_t i = 0; i < problem.tokens.size(); ++i)
      place_[static_cast<std::size_t>(problem.tokens[i])] = static_cast<std::int64_t>(i);
  }

  void read(Cursor& cursor, WordProblemRows& rows) {
    const std::size_t begin = rows.input.size();
    rows.seed.push_back(cursor.number<std::int64_t>("the seed, a whole number"));
    comma(cursor, "the input");
    columns_.clear();
    read_elements(cursor, problem_.group, rows.input, columns_);
    check_tokens(cursor, rows.input, begin);
    comma(cursor, "the target");
    columns_.clear();
    read_elements(cursor, problem_.group, rows.target, columns_);
    if (!cursor.done()) cursor.refuse(cursor.at, "wanted the end of the line, got {}", cursor.seen());
    if (rows.input.size() != rows.target.size())
      cursor.refuse(columns_.front(), "the input has {} elements and the target {}, wanted the same",
                    rows.input.size() - begin, rows.target.size() - begin);
    check_products(cursor, rows, begin);
    rows.begin.push_back(rows.input.size());
  }

 private:
  static void comma(Cursor& cursor, std::string_view field) {
    if (!cursor.take(',')) cursor.refuse(cursor.at, "wanted a comma and {}, got {}", field, cursor.seen());
  }
  void check_tokens(const Cursor& cursor, const std::vector<Element>& input, std::size_t begin) const {
    for (std::size_t t = begin; t < input.size(); ++t)
      if (place_[static_cast<std::size_t>(input[t])] < 0)
        cursor.refuse(columns_[t - begin], "element {} is none of the {} tokens", input[t],
                      problem_.tokens.size());
  }
  void check_products(const Cursor& cursor, const WordProblemRows& rows, std::size_t begin) const {
    Element product = PermutationGroup::identity();
    for (std::size_t t = begin; t < rows.input.size(); ++t) {
      const auto place = place_[static_cast<std::size_t>(rows.input[t])];
      product = products_.next(product, static_cast<std::size_t>(place));
      if (rows.target[t] != product)
        cursor.refuse(columns_[t - begin], "target {} is not the product of the first {} elements, {}",
                      rows.target[t], t - begin + 1, product);
    }
  }

  const WordProblem& problem_;
  std::vector<std::int64_t> place_;  // of an element among the tokens, -1 where it is none
  Products products_;
  std::vector<std::size_t> columns_;
};

}  // namespace

void write_exhaustive_csv(const WordProblem& problem, int length, std::int64_t seed_column,
                          const TextSink& sink) {
  check(problem, length);
  const auto letters = static_cast<std::int64_t>(problem.tokens.size());
  const auto rows = power(letters, length, kMaxCsvRows);
  require(rows.has_value(), kExport, "all words of {} letters over {} tokens are {} rows, wanted at most {}",
          length, letters, power_text(letters, length), kMaxCsvRows);
  const Products products(problem);
  Lines lines(products, seed_column, sink);
  std::vector<std::size_t> word(static_cast<std::size_t>(length));
  for (std::int64_t i = 0; i < *rows; ++i) {
    set_word(word, i, products.size());
    lines.add(word);
  }
  lines.flush();
}

void write_sampled_csv(const WordProblem& problem, std::int64_t rows, int length, std::int64_t seed_column,
                       const Rng& rng, const TextSink& sink) {
  check(problem, length);
  require(rows >= 1 && rows <= kMaxCsvRows, kExport, "wanted 1..{} rows, got {}", kMaxCsvRows, rows);
  require(rows <= kMaxCsvSampleNumbers / length, kExport,
          "{} words of {} letters are {} numbers to hold, wanted at most {}", rows, length,
          static_cast<double>(rows) * length, kMaxCsvSampleNumbers);
  const auto letters = static_cast<std::int64_t>(problem.tokens.size());
  const auto words = power(letters, length, 4 * kMaxCsvRows);
  require(!words || rows <= *words, kExport, "{} tokens have only {} words of {} letters, got {} rows",
          letters, words.value_or(0), length, rows);
  const Products products(problem);
  Lines lines(products, seed_column, sink);
  Rng draw = rng.split("word-problem csv");
  if (words && *words <= 4 * rows)
    add_shuffled(lines, *words, rows, products.size(), length, draw);
  else
    add_drawn(lines, rows, products.size(), length, draw);
  lines.flush();
}

WordProblemRows parse_word_problem_csv(const WordProblem& problem, std::string_view text,
                                       std::string_view source) {
  check(problem, 1);
  WordProblemRows rows;
  rows.begin = {0};
  RowReader reader(problem);
  Cursor cursor{.source = source, .line = 1, .text = {}, .at = 0};
  for (std::size_t at = 0; at < text.size() || cursor.line == 1; ++cursor.line) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    cursor.text = text.substr(at, end - at);
    cursor.at = 0;
    if (cursor.line == 1) {
      if (cursor.text != kHeader) cursor.refuse(0, "wanted the header \"{}\"", kHeader);
    } else {
      reader.read(cursor, rows);
    }
    at = end + 1;
  }
  return rows;
}

}  // namespace anser::tasks
