// anser tasks: the command lines and JSON that others script against.

#include "core/base/json.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"
#include "tests/support/sha256.h"

using anser::Json;
using anser::read_file;
using anser::write_file;
using anser::tests::Answer;
using anser::tests::lines;
using anser::tests::run_anser;
using anser::tests::Scratch;

TEST_CASE("list names every family; each object has its id and facts", "[cli][quick]") {
  const Answer answer = run_anser("tasks list --json");
  REQUIRE(answer.status == 0);
  REQUIRE(lines(answer.out) > 50);
  for (std::size_t begin = 0; begin < answer.out.size();) {
    const std::size_t end = answer.out.find('\n', begin);
    const Json line = Json::parse(answer.out.substr(begin, end - begin));
    CAPTURE(line.dump());
    REQUIRE(line.contains("id"));
    REQUIRE(line.contains("family"));
    if (line.contains("chance")) {
      REQUIRE(line.at("chance") > 0.0);
      REQUIRE(line.at("chance") <= 1.0);
    }
    begin = end + 1;
  }
}

TEST_CASE("samples come as JSON lines, CSV and NumPy arrays, and are the same words", "[cli][quick]") {
  const std::string line =
      "tasks sample 's3[tokens=swaps+id]' --split train --seed 3 --start 5 --count 2 --length 4 ";
  const Answer jsonl = run_anser(line + "--jsonl"), csv = run_anser(line + "--csv"),
               npy = run_anser(line + "--npy");
  const Json first = Json::parse(jsonl.out.substr(0, jsonl.out.find('\n')));
  const auto text = [](const Json& list) {
    std::string joined;
    for (const Json& x : list) joined += (joined.empty() ? "" : " ") + x.dump();
    return joined;
  };
  REQUIRE(csv.out.starts_with("seed,input,target\n3," + text(first.at("input")) + "," +
                              text(first.at("target")) + "\n"));
  REQUIRE(npy.out.starts_with("\x93NUMPY"));
  const std::size_t data = npy.out.size() - 2 * 2 * 4 * 4;
  REQUIRE(data % 64 == 0);
  for (std::size_t t = 0; t < 4; ++t) {
    REQUIRE(npy.out[data + 4 * t] == static_cast<char>(first.at("input")[t].get<int>()));
    REQUIRE(npy.out[data + 16 + 4 * t] == static_cast<char>(first.at("target")[t].get<int>()));
  }
  const Answer ranged = run_anser("tasks sample parity --length 3..9 --count 50 --jsonl");
  for (std::size_t begin = 0; begin < ranged.out.size();) {
    const std::size_t end = ranged.out.find('\n', begin);
    const Json word = Json::parse(ranged.out.substr(begin, end - begin));
    REQUIRE(word.at("input").size() >= 3);
    REQUIRE(word.at("input").size() <= 9);
    REQUIRE(word.at("input").size() == word.at("target").size());
    begin = end + 1;
  }
}

TEST_CASE("word-problem's files come out byte for byte, and are checked on the way in", "[cli][quick]") {
  const Scratch scratch;
  const std::string file = scratch / "a5.csv";
  const auto digest = [](const std::string& arguments) {
    return anser::tests::sha256(run_anser("tasks export " + arguments).out).substr(0, 8);
  };
  REQUIRE(digest("a5 --exhaustive 2 --seed-column 946607") == "5fa1b247");
  REQUIRE(digest("z60 --exhaustive 2 --seed-column 842871") == "4ce5b6d9");
  REQUIRE(digest("A4_x_Z5 --exhaustive 2 --seed-column 814239") == "8938e809");
  REQUIRE(run_anser("tasks export s5 --samples 100 --length 20 --seed-column 1 --out " + file).status == 0);
  const Answer words = run_anser("tasks import s5 " + file);
  REQUIRE(words.status == 0);
  REQUIRE(lines(words.out) == 100);
  std::string broken = read_file(file);
  broken[broken.size() - 2] = broken[broken.size() - 2] == '0' ? '1' : '0';
  write_file(file, broken);
  REQUIRE(run_anser("tasks import s5 " + file).status == 2);
  const Answer huge = run_anser("tasks export s5 --exhaustive 8");
  REQUIRE(huge.status == 2);
  REQUIRE(huge.err.find("42,998,169,600,000,000") != std::string::npos);  // 120^8
}

TEST_CASE("an audit says leaky or not, and by which shortcut", "[cli][quick]") {
  const Json fair = Json::parse(run_anser("tasks audit 's5[tokens=swaps+id]' --json").out);
  REQUIRE(fair.at("leaky") == false);
  REQUIRE(fair.at("chance").get<double>() == Approx(1.0 / 120));
  REQUIRE(fair.at("shortcuts").size() > 30);
  const Answer leaky = run_anser("tasks audit 's3[tokens=swaps]' --lengths 20..40 --samples 2000 --json");
  REQUIRE(leaky.status == 0);
  REQUIRE(Json::parse(leaky.out).at("leaky") == true);  // the sign is the length's parity
}

TEST_CASE("what a task cannot do is one sentence and exit 2", "[cli][quick]") {
  for (const std::string arguments :
       {"tasks sample parity --length 5..3", "tasks sample parity --split tset",
        "tasks sample parity --length x", "tasks sample parity --jsonl --csv",
        "tasks export parity --exhaustive 2", "tasks export a5", "tasks export a5 --samples 5",
        "tasks export a5 --exhaustive 2 --samples 5 --length 3", "tasks export z3 --samples 100 --length 3",
        "tasks audit parity --lengths 0", "tasks show no_such_task", "tasks audit partiy"}) {
    const Answer answer = run_anser(arguments);
    CAPTURE(arguments, answer.err);
    REQUIRE(answer.status == 2);
    REQUIRE(answer.out.empty());
    REQUIRE(lines(answer.err) == 1);
  }
}
