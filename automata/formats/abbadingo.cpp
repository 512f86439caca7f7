#include "automata/formats/abbadingo.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "automata/formats/columns.h"
#include "automata/utf8.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

constexpr std::int64_t kMaxAlphabet = 1 << 16;

class Reader {
 public:
  Reader(std::string_view text, std::string_view source)
      : source_(source), lines_(split_lines(text, source)) {}

  Samples read() {
    require(!lines_.empty(), source_, "is empty, wanted a header \"words letters\"");
    const auto& header = lines_[0].columns;
    require(header.size() == 2, source_, "line {}: the header has {} columns, wanted \"words letters\"",
            lines_[0].number, header.size());
    const auto words =
        number(lines_[0], 0, "the number of words", 0, std::numeric_limits<std::int64_t>::max());
    letters_ = number(lines_[0], 1, "the number of letters", 1, kMaxAlphabet);
    require(static_cast<std::uint64_t>(words) == lines_.size() - 1, source_,
            "the header says {} words, the file has {}", words, lines_.size() - 1);
    for (std::size_t i = 1; i < lines_.size(); ++i) check_line(lines_[i]);
    set_alphabet();
    for (std::size_t i = 1; i < lines_.size(); ++i) read_word(lines_[i]);
    return std::move(samples_);
  }

 private:
  std::int64_t number(const TextLine& line, std::size_t column, const char* what, std::int64_t lo,
                      std::int64_t hi) const {
    const auto value = parse_integer(line.columns[column]);
    if (!value || *value < lo || *value > hi)
      fail(source_, "line {}: {} is \"{}\", wanted an integer in {}..{}", line.number, what,
           shortened(line.columns[column]), lo, hi);
    return *value;
  }

  void check_line(const TextLine& line) const {
    if (line.columns.size() < 2)
      fail(source_, "line {}: one column, wanted \"label length symbols..\"", line.number);
    (void)number(line, 0, "the label", -1, std::numeric_limits<std::int32_t>::max());
    const auto length = number(line, 1, "the length", 0, std::numeric_limits<std::int32_t>::max());
    if (static_cast<std::size_t>(length) != line.columns.size() - 2)
      fail(source_, "line {}: the length is {}, the line has {} symbols", line.number, length,
           line.columns.size() - 2);
    for (std::size_t i = 2; i < line.columns.size(); ++i)
      if (line.columns[i].find_first_of(":/") != std::string_view::npos)
        fail(source_, "line {}: the symbol \"{}\" holds a flexfringe attribute, wanted plain symbols",
             line.number, shortened(line.columns[i]));
  }

  void set_alphabet() {
    std::vector<std::string> used;
    for (std::size_t i = 1; i < lines_.size(); ++i)
      for (std::size_t c = 2; c < lines_[i].columns.size(); ++c)
        if (number_.emplace(lines_[i].columns[c], 0).second) used.emplace_back(lines_[i].columns[c]);
    require(used.size() <= static_cast<std::size_t>(letters_), source_,
            "the header says {} letters, the words have {}", letters_, used.size());
    const bool numbers = std::all_of(used.begin(), used.end(), [&](const auto& symbol) {
      const auto value = parse_integer(symbol);
      return value && *value >= 0 && *value < letters_ && symbol == fmt::format("{}", *value);
    });
    if (numbers) {
      used.clear();
      for (std::int64_t s = 0; s < letters_; ++s) used.push_back(fmt::format("{}", s));
    } else {
      sort_symbols(used);
    }
    for (std::size_t s = 0; s < used.size(); ++s) {
      const auto found = number_.find(used[s]);
      if (found != number_.end()) found->second = static_cast<Letter>(s);
    }
    samples_.alphabet = std::move(used);
  }

  void read_word(const TextLine& line) {
    samples_.labels.push_back(static_cast<std::int32_t>(*parse_integer(line.columns[0])));
    auto& word = samples_.words.emplace_back();
    for (std::size_t c = 2; c < line.columns.size(); ++c) word.push_back(number_.at(line.columns[c]));
  }

  std::string source_;
  std::vector<TextLine> lines_;
  std::int64_t letters_ = 0;
  std::unordered_map<std::string_view, Letter> number_;
  Samples samples_;
};

constexpr const char* kPrint = "automata::print_abbadingo";

void check(const Samples& samples) {
  require(!samples.alphabet.empty(), kPrint, "the alphabet is empty, wanted at least one letter");
  require(samples.words.size() == samples.labels.size(), kPrint, "{} words with {} labels",
          samples.words.size(), samples.labels.size());
  for (const auto& name : samples.alphabet)
    require(!name.empty() && is_utf8(name) && name.find_first_of(" \t\r\n\f\v:/") == std::string::npos,
            kPrint, "the letter \"{}\" is empty or holds blanks, ':' or '/', which the format cannot hold",
            shortened(name));
  const auto letters = static_cast<Letter>(samples.alphabet.size());
  for (std::size_t i = 0; i < samples.words.size(); ++i) {
    require(samples.labels[i] >= -1, kPrint, "word {} has the label {}, wanted at least -1", i,
            samples.labels[i]);
    for (const Letter s : samples.words[i])
      require(s >= 0 && s < letters, kPrint, "word {} has the letter {}, wanted 0..{}", i, s, letters - 1);
  }
}

}  // namespace

Samples parse_abbadingo(std::string_view text, std::string_view source) {
  return Reader(text, source).read();
}

std::string print_abbadingo(const Samples& samples) {
  check(samples);
  std::string out = fmt::format("{} {}\n", samples.words.size(), samples.alphabet.size());
  for (std::size_t i = 0; i < samples.words.size(); ++i) {
    out += fmt::format("{} {}", samples.labels[i], samples.words[i].size());
    for (const Letter s : samples.words[i]) out += " " + samples.alphabet[static_cast<std::size_t>(s)];
    out += '\n';
  }
  return out;
}

}  // namespace anser::automata
