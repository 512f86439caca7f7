// anser language accepts | words | count | conformance

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

#include "automata/alphabet.h"
#include "automata/conformance.h"
#include "automata/minimize.h"
#include "automata/near_miss.h"
#include "automata/word_counts.h"
#include "automata/word_sampler.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "experiments/cli/language_argument.h"
#include "experiments/cli/language_verbs.h"
#include "experiments/cli/number_options.h"

namespace anser::cli {
namespace {

struct Options {
  std::optional<std::string> alphabet;
  std::string language, words, length = "10", side = "accepted", method = "wp";
  std::int64_t count = 5;
  std::int64_t extra = 0;
  std::uint64_t seed = 0;
  bool json = false, strict = false;
};

/// Reads words of a language, one a line.
class WordReader {
 public:
  WordReader(const LanguageArgument& argument, const automata::Dfa& dfa)
      : by_number_(argument.kind == LanguageArgument::Kind::task),
        unknown_rejects_(argument.unknown_letters_reject),
        index_(written_names(dfa.letter_names)) {}

  /// Nothing where a letter is unknown and that means rejection.
  std::optional<std::vector<automata::Letter>> read(std::string_view line) const {
    std::vector<automata::Letter> word;
    for (std::size_t i = 0; i < line.size();) {
      const std::size_t begin = line.find_first_not_of(" \t", i);
      if (begin == std::string_view::npos) break;
      i = std::min(line.find_first_of(" \t", begin), line.size());
      const auto letter = find(line.substr(begin, i - begin));
      if (!letter) return std::nullopt;
      word.push_back(*letter);
    }
    return word;
  }

 private:
  std::optional<automata::Letter> find(std::string_view name) const {
    if (const auto letter = index_.find(name)) return letter;
    if (name.size() > 2 && name.front() == '<' && name.back() == '>')
      if (const auto letter = index_.find(name.substr(1, name.size() - 2))) return letter;
    automata::Letter number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (by_number_ && error == std::errc() && end == name.data() + name.size() && number >= 0 &&
        number < static_cast<automata::Letter>(index_.names().size()))
      return number;
    if (unknown_rejects_) return std::nullopt;
    return index_.letter(name);  // throws, naming the nearest
  }

  bool by_number_;  // tasks: token ids are letters too
  bool unknown_rejects_;
  automata::LetterIndex index_;
};

std::string read_words(const std::string& path) {
  if (path != "-") return read_file(path);
  return {std::istreambuf_iterator<char>(std::cin), {}};
}

void accepts(const Options& o) {
  const LanguageArgument argument = open_language(o.language, argument_options(o.alphabet, o.strict));
  const automata::Dfa dfa = argument.language();
  const WordReader reader(argument, dfa);
  const std::string text = read_words(o.words);
  std::string answers;
  std::int64_t number = 0;
  const std::size_t mark = text.starts_with("\xef\xbb\xbf") ? 3 : 0;  // UTF-8's byte order mark
  for (std::size_t begin = mark; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line(text.data() + begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++number;
    try {
      const auto word = reader.read(line);
      answers += word && automata::accepts(dfa, *word) ? "1\n" : "0\n";
    } catch (const InputError& error) {
      fail("anser language accepts", "{} line {}: {}", o.words == "-" ? "standard input" : o.words, number,
           error.what());
    }
    begin = end + 1;
  }
  fmt::print("{}", answers);
}

void print_word_line(const Options& o, const automata::Dfa& dfa, std::span<const automata::Letter> word) {
  const std::vector<std::string> names = written_names(dfa.letter_names);
  if (!o.json) {
    fmt::print("{}\n", automata::print_word(word, names));
    return;
  }
  Json letters = Json::array();
  for (const automata::Letter s : word) letters.push_back(dfa.letter_names[static_cast<std::size_t>(s)]);
  fmt::print("{}\n", Json{{"word", letters}, {"accepted", automata::accepts(dfa, word)}}.dump());
}

void words(const Options& o) {
  const automata::Dfa dfa = open_language(o.language, argument_options(o.alphabet, o.strict)).language();
  const tasks::LengthLaw law = tasks::parse_length_law(o.length);
  require(o.side == "accepted" || o.side == "rejected" || o.side == "near-miss", "anser language words",
          "--side wants accepted, rejected or near-miss, got \"{}\"", o.side);
  const automata::Side side = o.side == "rejected" ? automata::Side::rejected : automata::Side::accepted;
  const automata::WordSampler sampler(dfa, law.hi, side);
  std::vector<std::int64_t> lengths;
  for (std::int64_t length = law.lo; length <= law.hi; ++length)
    if (sampler.has_length(length)) lengths.push_back(length);
  require(!lengths.empty(), "anser language words", "{} has no {} word of length {}", o.language,
          side == automata::Side::accepted ? "accepted" : "rejected", o.length);
  for (std::int64_t i = 0; i < o.count; ++i) {
    Rng rng = Rng(o.seed).split("language words").split(static_cast<std::uint64_t>(i));
    const std::int64_t length = lengths[rng.below(static_cast<std::uint32_t>(lengths.size()))];
    std::vector<automata::Letter> word = sampler.sample(rng, length);
    if (o.side == "near-miss") {
      auto other = automata::near_miss(dfa, word, rng);
      require(other.has_value(), "anser language words",
              "the accepted word \"{}\" has no rejected word at edit distance 1",
              automata::show_word(word, written_names(dfa.letter_names)));
      word = std::move(*other);
    }
    print_word_line(o, dfa, word);
  }
}

void count(const Options& o) {
  const automata::Dfa dfa = open_language(o.language, argument_options(o.alphabet, o.strict)).language();
  const tasks::LengthLaw law = tasks::parse_length_law(o.length);
  const automata::WordCounts counts(dfa, law.hi);
  for (int length = law.lo; length <= law.hi; ++length) {
    const std::string accepted = counts.accepted(length).str(), rejected = counts.rejected(length).str();
    if (o.json)
      fmt::print("{}\n", Json{{"length", length},
                              {"accepted", accepted},
                              {"rejected", rejected},
                              {"density", counts.density(length)}}
                             .dump());
    else
      fmt::print("length {:<4} accepted {}  rejected {}  density {:.6g}\n", length, accepted, rejected,
                 counts.density(length));
  }
}

void conformance(const Options& o) {
  const automata::Dfa dfa =
      automata::minimize(open_language(o.language, argument_options(o.alphabet, o.strict)).language());
  require(o.method == "w" || o.method == "wp", "anser language conformance",
          "--method wants w or wp, got \"{}\"", o.method);
  const automata::Moore machine = automata::to_moore(dfa);
  const automata::SuiteOptions options{.extra_states = static_cast<int>(o.extra)};
  for (const auto& word :
       o.method == "w" ? automata::w_suite(machine, options) : automata::wp_suite(machine, options))
    print_word_line(o, dfa, word);
}

}  // namespace

void add_language_accepts(CLI::App& verb) {
  auto o = std::make_shared<Options>();
  auto* sub = verb.add_subcommand("accepts", "Is each word in the language? One 0 or 1 a line");
  add_language_argument(*sub, o->language, o->alphabet, o->strict);
  sub->add_option("--words", o->words,
                  "file with one word a line, blanks between letters, an empty line is the empty word; - is "
                  "standard input. Letters of a task are names, with commas for blanks, or token ids")
      ->required();
  sub->footer("Example: anser language accepts '(ab)*' --words words.txt");
  sub->callback([o] { accepts(*o); });
}

void add_language_words(CLI::App& verb) {
  auto o = std::make_shared<Options>();
  auto* sub = verb.add_subcommand("words", "Uniform words of a language by length, or near misses");
  add_language_argument(*sub, o->language, o->alphabet, o->strict);
  sub->add_option("--length", o->length, "letters: 20 or 3..40")->capture_default_str();
  add_count(*sub, "--count", o->count, 0, 1000000000, "words");
  sub->add_option("--side", o->side,
                  "accepted, rejected, near-miss (rejected, one edit from an accepted word)")
      ->capture_default_str();
  add_seed(*sub, o->seed, "seed");
  sub->add_flag("--json", o->json, "one JSON object a word");
  sub->footer("Example: anser language words '~(.*aa.*)' --alphabet 'a b' --length 12 --count 3");
  sub->callback([o] { words(*o); });
}

void add_language_count(CLI::App& verb) {
  auto o = std::make_shared<Options>();
  o->length = "0..10";
  auto* sub = verb.add_subcommand("count", "Exact numbers of accepted and rejected words by length");
  add_language_argument(*sub, o->language, o->alphabet, o->strict);
  sub->add_option("--length", o->length, "lengths: 20 or 0..10")->capture_default_str();
  sub->add_flag("--json", o->json, "one JSON object a length, numbers as text");
  sub->footer("Example: anser language count '(ab)*' --length 0..6");
  sub->callback([o] { count(*o); });
}

void add_language_conformance(CLI::App& verb) {
  auto o = std::make_shared<Options>();
  auto* sub =
      verb.add_subcommand("conformance", "Words that tell the minimal automaton from every other one");
  add_language_argument(*sub, o->language, o->alphabet, o->strict);
  add_count(*sub, "--extra", o->extra, 0, 64, "states that the other one may have more");
  sub->add_option("--method", o->method, "wp (Fujiwara 1991) or w (Chow 1978)")->capture_default_str();
  sub->add_flag("--json", o->json, "one JSON object a word, with its answer");
  sub->footer("Example: anser language conformance '(ab)*' --extra 1 --json");
  sub->callback([o] { conformance(*o); });
}

}  // namespace anser::cli
