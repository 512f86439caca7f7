// anser language: the command lines and JSON that others script against, and what a user's mistake is
// answered.

#include <filesystem>

#include "core/base/json.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"

using anser::Json;
using anser::read_file;
using anser::write_file;
using anser::tests::Answer;
using anser::tests::lines;
using anser::tests::run_anser;
using anser::tests::Scratch;

namespace {

Json classify(const std::string& arguments) {
  const Answer answer = run_anser("language classify " + arguments + " --json");
  INFO(answer.err);
  REQUIRE(answer.status == 0);
  REQUIRE(lines(answer.out) == 1);
  return Json::parse(answer.out);
}

/// One sentence on stderr, nothing on stdout, exit 2.
std::string complaint(const std::string& arguments) {
  const Answer answer = run_anser(arguments);
  CAPTURE(arguments, answer.out, answer.err);
  REQUIRE(answer.status == 2);
  REQUIRE(answer.out.empty());
  REQUIRE_FALSE(answer.err.empty());
  return answer.err;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("classify prints one object a language with class, sizes and a witness", "[cli][quick]") {
  const Json parity = classify("'(b*ab*a)*b*'");
  REQUIRE(parity.at("states") == 2);
  REQUIRE(parity.at("states_without_sink") == 2);
  REQUIRE(parity.at("class") == "ACC0");
  REQUIRE(parity.at("aperiodic") == false);
  REQUIRE(parity.at("ac0") == false);
  REQUIRE(parity.at("acc0") == true);
  REQUIRE(parity.at("monoid") == 2);
  REQUIRE(parity.at("j_classes") == 1);
  REQUIRE(parity.at("witness").at("image") == Json::parse("[0,1]"));
  REQUIRE(parity.at("witness").at("words").size() == 2);  // two words of equal length that differ

  const Json even = classify("'(aa)*' --alphabet 'a b'");
  REQUIRE(even.at("class") == "AC0");
  REQUIRE(even.at("states") == 3);
  REQUIRE(even.at("states_without_sink") == 2);
  const Json free = classify("'.*aa.*' --alphabet 'a b'");
  REQUIRE(free.at("class") == "aperiodic");
  REQUIRE(free.at("monoid") == 6);
  REQUIRE(free.at("j_classes") == 3);

  const Json s5 = classify("'S5[tokens=gens]'");
  REQUIRE(s5.at("class") == "NC1-complete");
  REQUIRE(s5.at("states") == 120);
  REQUIRE(s5.at("monoid") == 120);
  REQUIRE(classify("s4").at("class") == "ACC0");
  REQUIRE(classify("re:s4 --alphabet 's 4'").at("states") == 4);  // an expression after all

  const Answer several = run_anser("language classify 'a*' a5 '(ab)*' --json");
  REQUIRE(several.status == 0);
  REQUIRE(lines(several.out) == 3);
}

TEST_CASE("classes do not depend on the monoid's cap; above it sizes are null", "[cli][quick]") {
  const Json capped = classify("a5 --max-monoid 10");
  REQUIRE(capped.at("class") == "NC1-complete");
  REQUIRE(capped.at("monoid").is_null());
  REQUIRE(capped.at("j_classes").is_null());
  REQUIRE(capped.at("monoid_larger_than") == 10);
  const Json unknown = classify("'(a|b)*a(a|b){8}' --max-sets 5");
  REQUIRE(unknown.at("class") == "unknown");
  REQUIRE(unknown.at("aperiodic").is_null());
}

TEST_CASE("accepts answers one 0 or 1 a line; an empty line is the empty word", "[cli][quick]") {
  const Scratch scratch;
  const std::string words = scratch / "words.txt";
  write_file(words, "a b\n\na b a\na b a b\n");
  REQUIRE(run_anser("language accepts '(ab)*' --words " + words).out == "1\n1\n0\n1\n");
  write_file(words, "\n");
  REQUIRE(run_anser("language accepts 'a*b' --words " + words).out == "0\n");
  write_file(words, "");
  const Answer none = run_anser("language accepts 'a*b' --words " + words);
  REQUIRE(none.status == 0);
  REQUIRE(none.out.empty());
  write_file(words, "a b\na c\n");
  const std::string message = complaint("language accepts '(ab)*' --words " + words);
  REQUIRE(holds(message, "\"c\""));
  REQUIRE(holds(message, "line 2"));
}

TEST_CASE("letters of a group are written in cycles with commas, or as numbers", "[cli][quick]") {
  const Scratch scratch;
  const std::string words = scratch / "words.txt";
  write_file(words, "1 1\n1 2\n\n(2,3) (2,3)\n");  // S3 in lexicographic order: 1 = (2 3), 2 = (1 2)
  REQUIRE(run_anser("language accepts s3 --words " + words).out == "1\n0\n1\n1\n");
}

TEST_CASE("AT&T languages reject unknown letters and absent arcs", "[cli][quick]") {
  const Scratch scratch;
  const std::string att = scratch / "ab.att", words = scratch / "words.txt";
  write_file(att, "0\t1\ta\n1\t0\tb\n0\n");
  write_file(words, "a b\na\na c\n\nb\n");
  const Answer answer = run_anser("language accepts " + att + " --words " + words);
  REQUIRE(answer.status == 0);
  REQUIRE(answer.out == "1\n0\n0\n1\n0\n");
}

TEST_CASE("convert, compare and minimize keep the language; a difference is the shortest word and exit 1",
          "[cli][quick]") {
  const Scratch scratch;
  const std::string json = scratch / "x.json", dot = scratch / "x.dot", att = scratch / "x.att";
  REQUIRE(run_anser("language convert '(ab)*' " + json).status == 0);
  REQUIRE(run_anser("language convert " + json + " " + dot).status == 0);
  REQUIRE(run_anser("language convert " + dot + " " + att).status == 0);
  for (const std::string& file : {json, dot, att}) {
    const Answer same = run_anser("language compare " + file + " '(ab)*'");
    CAPTURE(file, same.out, same.err);
    REQUIRE(same.status == 0);
  }
  const Answer other = run_anser("language compare " + json + " '(ab)*|aba'");
  REQUIRE(other.status == 1);
  REQUIRE(other.out == "a b a\n");
  REQUIRE(run_anser("language compare 'a*' '(a|b)*'").out == "b\n");  // letters of both
  const Answer object = run_anser("language compare 'a*' 'a+' --json");
  REQUIRE(object.status == 1);
  REQUIRE(Json::parse(object.out).at("word") == Json::array());
  const Answer small = run_anser("language minimize '(a|b)*abb'");
  REQUIRE(Json::parse(small.out).at("states") == 4);
}

TEST_CASE("random writes numbered files, the same bytes for the same seed, each of the class asked",
          "[cli][quick]") {
  const Scratch scratch;
  const std::string options =
      "language random --class nc1-complete --states 12 --letters 3 --count 3 --seed ";
  REQUIRE(run_anser(options + "7 --out " + (scratch / "x")).status == 0);
  REQUIRE(run_anser(options + "7 --out " + (scratch / "y")).status == 0);
  REQUIRE(run_anser(options + "8 --out " + (scratch / "z")).status == 0);
  for (const std::string name : {"0000.json", "0001.json", "0002.json"}) {
    const std::string file = (scratch / "x") + "/" + name;
    REQUIRE(read_file(file) == read_file((scratch / "y") + "/" + name));
    REQUIRE(read_file(file) != read_file((scratch / "z") + "/" + name));
    const Json profile = classify(file);
    REQUIRE(profile.at("class") == "NC1-complete");
    REQUIRE(profile.at("states") == 12);
  }
  REQUIRE_FALSE(std::filesystem::exists((scratch / "x") + "/0003.json"));
}

TEST_CASE("words are of the side and length asked, counts add up", "[cli][quick]") {
  const Scratch scratch;
  const std::string words = scratch / "w.txt";
  for (const auto& [side, wanted] :
       {std::pair<std::string, char>{"accepted", '1'}, {"rejected", '0'}, {"near-miss", '0'}}) {
    write_file(words, run_anser("language words '(ab|ba)*' --length 6..10 --count 20 --side " + side).out);
    const Answer answer = run_anser("language accepts '(ab|ba)*' --words " + words);
    REQUIRE(answer.status == 0);
    REQUIRE(lines(answer.out) == 20);
    REQUIRE(answer.out.find(wanted == '1' ? '0' : '1') == std::string::npos);
  }
  const Json count = Json::parse(run_anser("language count '(ab|ba)*' --length 100 --json").out);
  REQUIRE(count.at("accepted") == "1125899906842624");  // 2^50
}

TEST_CASE("files with gaps are mended with a note, or refused", "[cli][quick]") {
  const Scratch scratch;
  const std::string file = scratch / "gap.json";
  write_file(file,
             R"({"states":3,"alphabet":["a","b"],"start":0,"accept":[0],"delta":[[1,-1],[-1,0],[0,0]]})");
  const Answer answer = run_anser("language classify " + file + " --json");
  REQUIRE(answer.status == 0);
  REQUIRE(holds(answer.err, "note"));
  REQUIRE(Json::parse(answer.out).at("states") == 3);
  complaint("language classify " + file + " --strict --json");
}

TEST_CASE("a user's mistake is one sentence and exit 2", "[cli][quick]") {
  const Scratch scratch;
  REQUIRE(holds(complaint("language classify '(ab'"), "^"));
  REQUIRE(holds(complaint("language classify majority"), "not regular"));
  REQUIRE(holds(complaint("language classify dyck"), "not a regular language"));
  complaint("language classify no/such.json");
  complaint("language classify 's5[tokens=swap]'");
  complaint("language classify 'a' --alphabet ''");
  complaint("language classify 'a' --max-sets 0");
  complaint("language classify 'a' --alphabet 'a a'");
  complaint("language accepts 'a' --words /no/such/file");
  complaint("language random --class nc1-complete --states 4");
  complaint("language random --class star --states 4");
  complaint("language random --class ac0 --states 9..3");
  complaint("language compare a5 'a*'");
  complaint("language convert 'a*' " + (scratch / "x.png"));
  complaint("language draw 'a*' -o " + (scratch / "x.xyz"));
  REQUIRE(std::filesystem::is_empty(scratch.path()));
}

TEST_CASE("an expression in brackets is an expression, also among several", "[cli][quick]") {
  REQUIRE(classify("'[ab]'").at("states") == 3);
  const Answer several = run_anser("language classify '[ab][cd]' '[a-c]' '[c]|[b]' --json");
  REQUIRE(several.status == 0);
  REQUIRE(lines(several.out) == 3);
  REQUIRE(Json::parse(several.out.substr(0, several.out.find('\n'))).at("letters").size() == 4);
  complaint("language classify 'a' --jsn");
}

TEST_CASE("long chains are classified without their images; large hard languages are drawn by a proof",
          "[cli][quick]") {
  const Json chain = classify("'re:a{30000}'");
  REQUIRE(chain.at("class") == "aperiodic");
  REQUIRE(chain.at("states") == 30002);
  const Scratch scratch;
  REQUIRE(run_anser("language random --class nc1-complete --states 200 --letters 2 --out " + (scratch / "x"))
              .status == 0);
}

TEST_CASE("notes name states as the file does", "[cli][quick]") {
  const Scratch scratch;
  const std::string json = scratch / "u.json", att = scratch / "u.att";
  write_file(json, R"({"states":4,"alphabet":["a"],"start":0,"accept":[0],"delta":[[2],[0],[-1],[-1]]})");
  write_file(att, "0 7 a a\n0 5 b b\n7\n3\n");
  REQUIRE(holds(run_anser("language classify " + json).err, "missing arc of state 2"));
  REQUIRE(holds(run_anser("language classify " + att).err, "state 3 cannot be reached"));
  REQUIRE(holds(run_anser("language classify " + att).err, "the first of state 5"));
}

TEST_CASE("a full output, a pipe and a link are treated as what they are", "[cli][quick]") {
  const Scratch scratch;
  if (std::filesystem::exists("/dev/full")) {
    for (const std::string arguments : {"language classify 'a*' --json", "language count 'a*'"}) {
      const std::string command =
          std::string(ANSER_PROGRAM) + " " + arguments + " >/dev/full 2>" + (scratch / "err");
      REQUIRE(WEXITSTATUS(std::system(command.c_str())) == 2);
      REQUIRE(holds(read_file(scratch / "err"), "cannot write"));
    }
  }
  write_file(scratch / "target.json", "{}");
  std::filesystem::create_symlink(scratch / "target.json", scratch / "link.json");
  REQUIRE(run_anser("language convert 'a*' " + (scratch / "link.json")).status == 0);
  REQUIRE(std::filesystem::is_symlink(scratch / "link.json"));
  REQUIRE(Json::parse(read_file(scratch / "target.json")).at("states") == 1);
}

TEST_CASE("numbers that do not fit, options that mean nothing and answers that are no verdict are refused",
          "[cli][quick]") {
  const Scratch scratch;
  const std::string machine = scratch / "m.json", words = scratch / "w";
  write_file(machine, R"({"states":2,"alphabet":["a"],"start":0,"output":["x","y"],"delta":[[1],[0]]})");
  write_file(words, "a\n");
  complaint("language accepts " + machine + " --words " + words);
  complaint("language random --class uniform --states 4 --seed -1");
  complaint("language random --class uniform --states 4 --seed 99999999999999999999999");
  complaint("language classify s5 --alphabet 'a b'");
  complaint("tasks sample parity --start -1");
  REQUIRE(holds(complaint("tasks sample majority"), "not regular"));
}
