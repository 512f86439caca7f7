// anser language random

#include <fmt/format.h>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "automata/random_class.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/progress.h"
#include "experiments/cli/language_verbs.h"
#include "experiments/cli/number_options.h"

namespace anser::cli {
namespace {

struct Options {
  std::string target = "uniform", states = "8", balance, rank, mixing, out;
  std::int64_t count = 1, max_draws = automata::RandomClassOptions{}.max_draws;
  std::int64_t letters = 2;
  int balance_length = 0;
  std::uint64_t seed = 0;
  bool json = false;
};

template <typename T>
T parse_number(std::string_view text, std::string_view whole, std::string_view option) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size(), "anser language random",
          "{} wants a number or a range such as 3..7, got \"{}\"", option, whole);
  return value;
}

/// "3" or "3..7".
template <typename T>
automata::Interval<T> parse_interval(const std::string& text, std::string_view option) {
  const std::size_t dots = text.find("..");
  const std::string_view view = text;
  const T lo = parse_number<T>(view.substr(0, dots), text, option);
  if (dots == std::string::npos) return {lo, lo};
  const T hi = parse_number<T>(view.substr(dots + 2), text, option);
  require(lo <= hi, "anser language random", "{} {} begins above its end", option, text);
  return {lo, hi};
}

automata::RandomClassOptions class_options(const Options& o) {
  automata::RandomClassOptions options;
  options.target = automata::parse_random_class(o.target);
  options.states = parse_interval<automata::State>(o.states, "--states");
  options.num_letters = static_cast<automata::Letter>(o.letters);
  if (!o.balance.empty()) options.balance = parse_interval<double>(o.balance, "--balance");
  options.balance_length = o.balance_length;
  if (!o.rank.empty()) options.least_rank = parse_interval<automata::State>(o.rank, "--rank");
  if (!o.mixing.empty()) options.mixing_time = parse_interval<int>(o.mixing, "--mixing");
  options.max_draws = o.max_draws;
  return options;
}

void print_row(const Options& o, const std::string& file, const automata::RandomLanguage& language) {
  const automata::LanguageMeasures& m = language.measures;
  if (o.json) {
    Json row{{"file", file},
             {"class", o.target},
             {"states", language.dfa.num_states},
             {"letters", language.dfa.num_letters},
             {"balance", m.balance},
             {"least_rank", m.least_rank},
             {"mixing_time", m.mixing_time ? Json(*m.mixing_time) : Json(nullptr)},
             {"draws", language.counts.draws},
             {"acceptance", language.counts.acceptance()}};
    fmt::print("{}\n", row.dump());
    return;
  }
  fmt::print("{}  {} states, balance {:.3f}, least rank {}, mixing time {}, {} draws\n", file,
             language.dfa.num_states, m.balance, m.least_rank,
             m.mixing_time ? fmt::format("{}", *m.mixing_time) : "never", language.counts.draws);
}

void random(const Options& o) {
  const automata::RandomClassOptions options = class_options(o);
  automata::check(options);
  const Rng rng = Rng(o.seed).split("language random");
  automata::DrawCounts total;
  Progress progress("languages", o.count, "languages", !o.out.empty() && o.count >= 20);
  for (std::int64_t i = 0; i < o.count; ++i) {
    const automata::RandomLanguage language =
        automata::random_language(options, rng, static_cast<std::uint64_t>(i));
    total += language.counts;
    progress.add(1);
    if (o.out.empty()) {
      fmt::print("{}", automata::print_dfa(language.dfa));
      continue;
    }
    const std::string file = (std::filesystem::path(o.out) / fmt::format("{:04}.json", i)).string();
    make_folder(o.out);
    write_file(file, automata::print_dfa(language.dfa));
    print_row(o, file, language);
  }
  progress.finish();
  const std::string promise = o.target == "uniform"
                                  ? "plain uniform: no class promised, most such languages are in TC0"
                                  : fmt::format("class {} exactly, judged each", o.target);
  fmt::print(stderr,
             "{} languages; {}; {} of {} draws kept ({:.2f} %: {} of another size, {} out of range, {} of "
             "another class)\n",
             total.kept, promise, total.kept, total.draws, 100 * total.acceptance(), total.other_size,
             total.out_of_range, total.other_class);
}

}  // namespace

void add_language_random(CLI::App& verb) {
  auto o = std::make_shared<Options>();
  auto* sub = verb.add_subcommand("random", "Random languages of exactly the class asked for");
  sub->add_option("--class", o->target, fmt::format("{}", fmt::join(automata::random_class_names(), ", ")))
      ->required();
  sub->add_option("--states", o->states, "states of the minimal automaton: 12 or 5..9")
      ->capture_default_str();
  add_count(*sub, "--letters", o->letters, 1, 64, "letters");
  add_seed(*sub, o->seed, "language i depends on seed, options and i alone");
  add_count(*sub, "--count", o->count, 1, 1000000, "languages");
  sub->add_option("--out", o->out,
                  "folder for 0000.json, 0001.json, ... (default: lines on standard output)");
  sub->add_option("--balance", o->balance, "share of accepted words, such as 0.3..0.7");
  sub->add_option("--balance-length", o->balance_length, "of words of that length (0: in the long run)")
      ->capture_default_str();
  sub->add_option("--rank", o->rank, "smallest rank of a letter");
  sub->add_option("--mixing", o->mixing, "letters until the states are within 1/4 of their long-run shares");
  sub->add_option("--max-draws", o->max_draws, "draws for one language before giving up")
      ->capture_default_str();
  sub->add_flag("--json", o->json, "one JSON object a file written");
  sub->footer(
      "Example: anser language random --class nc1-complete --states 12 --letters 3 --seed 7 --count 5 --out "
      "languages");
  sub->callback([o] { random(*o); });
}

}  // namespace anser::cli
