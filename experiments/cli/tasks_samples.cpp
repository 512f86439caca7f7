// anser tasks sample | export | import

#include "experiments/cli/tasks_samples.h"
#include "experiments/cli/number_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <functional>
#include <memory>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "tasks/group_word_problem.h"
#include "tasks/task.h"
#include "tasks/word_problem_csv.h"

namespace anser::cli {
namespace {

using Put = std::function<void(std::string_view)>;

struct Options {
  std::string id, split = "test", length, out, file;
  std::int64_t count = 3, start = 0, samples = 0, seed_column = 0;
  int exhaustive = 0;
  std::uint64_t seed = 0;
  bool jsonl = false, csv = false, npy = false;
};

/// Standard output, or a file that appears by rename.
void write_out(const std::string& out, const std::function<void(const Put&)>& produce) {
  if (!out.empty()) {
    write_file(out, produce);
    return;
  }
  produce([](std::string_view text) {
    require(std::fwrite(text.data(), 1, text.size(), stdout) == text.size(), "anser",
            "cannot write to standard output");
  });
}

tasks::Example sample_at(const tasks::Task& task, const Options& o, const tasks::LengthLaw& law,
                         std::int64_t i) {
  return task.sample(o.seed, tasks::parse_split(o.split), static_cast<std::uint64_t>(o.start + i), law);
}

void put_readable(const tasks::Task& task, const Options& o, std::int64_t i, const tasks::Example& e,
                  const Put& put) {
  const tasks::TaskFacts& facts = task.facts();
  put(fmt::format("{} {} #{}\n", facts.id, o.split, o.start + i));
  for (std::size_t t = 0; t < e.input.size(); ++t) {
    const std::string& token = facts.token_names[static_cast<std::size_t>(e.input[t])];
    if (e.target[t] == tasks::kUnscored)
      put(fmt::format("  {:>4}  {}\n", t, token));
    else
      put(fmt::format("  {:>4}  {:<12} -> {}\n", t, token,
                      facts.label_names[static_cast<std::size_t>(e.target[t])]));
  }
}

/// NumPy's format, version 1.0: int32, C order, shape (count, 2, T); row 0 the input, row 1 the target.
std::string npy_header(std::int64_t count, std::int64_t length) {
  std::string text =
      fmt::format("{{'descr': '<i4', 'fortran_order': False, 'shape': ({}, 2, {}), }}", count, length);
  constexpr std::size_t kPrefix = 10, kAlign = 64;
  text.append(kAlign - (kPrefix + text.size() + 1) % kAlign, ' ');
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() & 0xff);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

void put_npy_row(std::vector<std::int32_t> row, std::int64_t length, const Put& put) {
  row.resize(static_cast<std::size_t>(length), -1);
  std::string bytes;
  for (const std::int32_t value : row)
    for (int shift = 0; shift < 32; shift += 8)
      bytes += static_cast<char>(static_cast<std::uint32_t>(value) >> shift & 0xff);
  put(bytes);
}

void sample(const Options& o) {
  require(o.jsonl + o.csv + o.npy <= 1, "anser tasks sample", "--jsonl, --csv and --npy exclude each other");
  const auto task = tasks::make_task(o.id);
  const tasks::LengthLaw law = tasks::parse_length_law(o.length);
  write_out(o.out, [&](const Put& put) {
    if (o.csv) put("seed,input,target\n");
    if (o.npy) put(npy_header(o.count, law.hi));
    for (std::int64_t i = 0; i < o.count; ++i) {
      const tasks::Example e = sample_at(*task, o, law, i);
      if (o.jsonl)
        put(fmt::format("{{\"input\":[{}],\"target\":[{}]}}\n", fmt::join(e.input, ","),
                        fmt::join(e.target, ",")));
      else if (o.csv)
        put(fmt::format("{},{},{}\n", o.seed, fmt::join(e.input, " "), fmt::join(e.target, " ")));
      else if (o.npy)
        put_npy_row(e.input, law.hi, put), put_npy_row(e.target, law.hi, put);
      else
        put_readable(*task, o, i, e, put);
    }
  });
}

/// The word problem behind a group task, with the element numbers that upstream's files hold.
tasks::WordProblem word_problem_of(const std::string& id, std::string_view verb) {
  const auto task = tasks::make_task(id);
  const auto* group = tasks::as_group(*task);
  require(group != nullptr, verb, "{} is no group word problem; wanted one such as a5 or s5[tokens=swaps]",
          id);
  return {.group = group->group(), .tokens = group->tokens(), .newest_left = group->newest_left()};
}

void export_csv(const Options& o) {
  constexpr std::string_view kVerb = "anser tasks export";
  require((o.exhaustive > 0) != (o.samples > 0), kVerb, "wanted --exhaustive K or --samples N --length K");
  require((o.samples > 0) == !o.length.empty(), kVerb, "--samples N and --length K go together");
  const tasks::WordProblem problem = word_problem_of(o.id, kVerb);
  write_out(o.out, [&](const Put& put) {
    if (o.exhaustive > 0) return tasks::write_exhaustive_csv(problem, o.exhaustive, o.seed_column, put);
    const tasks::LengthLaw law = tasks::parse_length_law(o.length);
    require(law.lo == law.hi, kVerb, "--length wants one number, got {}", o.length);
    tasks::write_sampled_csv(problem, o.samples, law.lo, o.seed_column, Rng(o.seed).split("tasks export"),
                             put);
  });
}

void import_csv(const Options& o) {
  const tasks::WordProblem problem = word_problem_of(o.id, "anser tasks import");
  const tasks::WordProblemRows rows = tasks::parse_word_problem_csv(problem, read_file(o.file), o.file);
  std::vector<std::int32_t> token(static_cast<std::size_t>(problem.group.order()), -1);
  for (std::size_t i = 0; i < problem.tokens.size(); ++i)
    token[static_cast<std::size_t>(problem.tokens[i])] = static_cast<std::int32_t>(i);
  write_out(o.out, [&](const Put& put) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::vector<std::int32_t> input, target;
      for (std::size_t t = rows.begin[i]; t < rows.begin[i + 1]; ++t) {
        input.push_back(token[static_cast<std::size_t>(rows.input[t])]);
        target.push_back(rows.target[t]);
      }
      put(fmt::format("{{\"input\":[{}],\"target\":[{}]}}\n", fmt::join(input, ","), fmt::join(target, ",")));
    }
  });
  fmt::print(stderr, "{}: {} words, every product right\n", o.file, rows.size());
}

}  // namespace

void add_tasks_sample(CLI::App& verb) {
  auto o = std::make_shared<Options>();
  o->length = "32";
  auto* sub = verb.add_subcommand(
      "sample", "Words with their labels; sample i is a pure function of id, seed, split, i");
  sub->add_option("id", o->id, "task id")->required();
  sub->add_option("--split", o->split, "train, validation or test (sealed)")->capture_default_str();
  sub->add_option("--length", o->length, "letters a word: 64, or 3..40 (uniform)")->capture_default_str();
  add_count(*sub, "--count", o->count, 0, 1000000000, "words");
  add_count(*sub, "--start", o->start, 0, std::int64_t{1} << 62, "index of the first word");
  add_seed(*sub, o->seed, "seed of the stream");
  sub->add_flag("--jsonl", o->jsonl,
                "{\"input\":[ids],\"target\":[ids]} a line; target -1 where nothing is asked");
  sub->add_flag("--csv", o->csv, "seed,input,target: ids with spaces between");
  sub->add_flag("--npy", o->npy,
                "NumPy int32 array (count, 2, T): input and target, -1 behind shorter words");
  sub->add_option("--out", o->out, "file to write (default: standard output)");
  sub->footer("Example: anser tasks sample 's5[tokens=swaps+id]' --split test --length 64 --count 3 --jsonl");
  sub->callback([o] { sample(*o); });
}

void add_tasks_export(CLI::App& verb) {
  auto o = std::make_shared<Options>();
  auto* sub = verb.add_subcommand("export", "A group word problem as the CSV of jopetty/word-problem");
  sub->add_option("id", o->id, "a group task, such as a5 or s5[tokens=swaps+id]")->required();
  sub->add_option("--exhaustive", o->exhaustive, "all words of that length, in product order")
      ->check(CLI::Range(1, 1000));
  add_count(*sub, "--samples", o->samples, 0, std::int64_t{1} << 40, "that many distinct words");
  sub->add_option("--length", o->length, "letters a sampled word");
  add_seed(*sub, o->seed, "seed of the sampled words");
  sub->add_option("--seed-column", o->seed_column, "what stands in the column `seed`")->capture_default_str();
  sub->add_option("--out", o->out, "file to write (default: standard output)");
  sub->footer("Example: anser tasks export a5 --exhaustive 2 --seed-column 946607 --out A5=2.csv");
  sub->callback([o] { export_csv(*o); });
}

void add_tasks_import(CLI::App& verb) {
  auto o = std::make_shared<Options>();
  auto* sub =
      verb.add_subcommand("import", "Checks a word-problem CSV, every product, and prints it as JSON lines");
  sub->add_option("id", o->id, "the group task whose file it is")->required();
  sub->add_option("file", o->file, "CSV")->required();
  sub->add_option("--out", o->out, "file to write (default: standard output)");
  sub->footer("Example: anser tasks import a5 A5=2.csv --out a5.jsonl");
  sub->callback([o] { import_csv(*o); });
}

}  // namespace anser::cli
