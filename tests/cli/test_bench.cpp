// anser bench: the fields that others script against, and what a user's mistake is answered. Not its speeds.

#include <set>
#include <string>

#include "core/base/json.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"

using anser::Json;
using anser::tests::Answer;
using anser::tests::lines;
using anser::tests::run_anser;

namespace {

Json bench(const std::string& arguments) {
  const Answer answer = run_anser("bench --seconds 1 --json " + arguments);
  INFO(answer.err);
  REQUIRE(answer.status == 0);
  REQUIRE(lines(answer.out) == 1);
  return Json::parse(answer.out);
}

void check_rate(const Json& rate) {
  CHECK(rate.at("per_second").get<double>() > 0);
  CHECK(rate.at("spread").get<double>() >= 0);
}

void check_case(const Json& c) {
  CAPTURE(c.dump());
  CHECK(c.at("name").get<std::string>().ends_with("/" + c.at("pass").get<std::string>()));
  for (const char* field : {"sequences", "time", "heads", "keys", "values", "flops", "state_bytes",
                            "array_bytes", "gflops", "ns_per_token_head"})
    CHECK(c.at(field).get<double>() > 0);
  CHECK(c.at("gflops").get<double>() * c.at("ns_per_token_head").get<double>() ==
        Approx(c.at("flops").get<double>()));
  for (const char* field : {"dtype", "decay", "read"}) CHECK(c.at(field).is_string());
  for (const char* field : {"decay_per_head", "low_rank"}) CHECK(c.at(field).is_boolean());
  const Json& share = c.at("share");
  for (const char* probe : {"multiply_add", "l1"}) CHECK(share.at(probe).get<double>() > 0);
  const double bound = share.at(c.at("bound").get<std::string>()).get<double>();
  for (const Json& part : share) CHECK((part.is_null() || part.get<double>() <= bound));
}

}  // namespace

TEST_CASE("one object holds the machine, its probes and every case asked for", "[cli][quick]") {
  const Json report = bench("--filter /n16/");
  for (const char* field : {"version", "processor", "target"}) CHECK(report.at(field).is_string());
  CHECK(report.at("threads") == 1);
  CHECK(report.at("rounds") >= 5);
  CHECK(report.at("largest_cache") > 0);
  for (const char* probe : {"multiply_add", "l1", "memory"}) check_rate(report.at("probes").at(probe));
  std::set<std::string> names;
  for (const Json& c : report.at("cases")) {
    check_case(c);
    names.insert(c.at("name"));
  }
  CHECK(names.size() == 12);  // six models, two passes
  CHECK(names.contains("negative_decay/n16/backward"));
}

TEST_CASE("operations and bytes are counted by the model", "[cli][quick]") {
  const Json forward = bench("--filter rwkv7/n64/forward").at("cases").at(0);
  CHECK(forward.at("flops") == 2 * 5 * 64 * 64);
  CHECK(forward.at("state_bytes") == 8 * 64 * 64);
  CHECK(forward.at("array_bytes") == 4 * 7 * 64);  // r, w, k, v, a, b, y
  const Json gla = bench("--filter gla/n32/backward").at("cases").at(0);
  CHECK(gla.at("flops") == 2 * 8 * 32 * 32);
  const Json decode = bench("--filter heads16/decode").at("cases").at(0);
  CHECK(decode.at("array_bytes") == 4 * 7 * 64 + 8 * 64 * 64);
}

TEST_CASE("threads and the instruction set are the ones asked for", "[cli][quick]") {
  const Json report = bench("--filter rwkv7/train/ --threads 2 --target SSE4");
  CHECK(report.at("threads") == 2);
  CHECK(report.at("target") == "SSE4");
  CHECK(report.at("cases").size() == 2);
}

TEST_CASE("the table names every case with its bound", "[cli][quick]") {
  const Answer answer = run_anser("bench --filter train/forward --seconds 1");
  REQUIRE(answer.status == 0);
  CHECK(lines(answer.out) == 8);
  CHECK(answer.out.find("probe multiply-add") != std::string::npos);
  CHECK(answer.out.find("rwkv7/train/forward ") != std::string::npos);
  const Answer help = run_anser("bench --help");
  CHECK(help.status == 0);
  CHECK(help.out.find("Example: anser bench") != std::string::npos);
}

TEST_CASE("what bench cannot do is one sentence and exit 2", "[cli][quick]") {
  for (const std::string arguments :
       {"--filter no_such_case", "--target AVX9", "--seconds 0", "--seconds ten", "--threads 0",
        "--threads -1", "--json yes", "--repetitions 3"}) {
    const Answer answer = run_anser("bench " + arguments);
    CAPTURE(arguments, answer.out, answer.err);
    CHECK(answer.status == 2);
    CHECK(answer.out.empty());
    CHECK(lines(answer.err) == 1);
  }
  CHECK(run_anser("bench --target AVX9").err.find("wanted one of") != std::string::npos);
}
