#include "core/base/fields.h"
#include "core/base/files.h"
#include "tests/support/catch.h"
#include "tests/support/scratch.h"
#include "tests/support/throws.h"

using namespace anser;

namespace {

struct Config {
  std::int64_t steps = 1500;
  double rate = 0.004;
  bool clip = true;
  std::string name = "quick";
  std::vector<std::int64_t> lengths = {8, 16};
  std::vector<Field> fields() {
    return {{"steps", &steps, "optimiser steps", 0, 1e9},
            {"rate", &rate, "learning rate", 0, 1},
            {"clip", &clip, "clip gradients"},
            {"name", &name, "name of the run"},
            {"lengths", &lengths, "evaluation lengths", 1, 4096}};
  }
};

std::string complaint(const std::string& assignment) {
  return tests::message_of([&] {
    Config config;
    set_field(config.fields(), assignment, "suite.toml");
  });
}

}  // namespace

TEST_CASE("fields are set from text and printed back", "[base][quick]") {
  Config config;
  for (const auto* assignment : {"steps=7", "rate=1e-3", "clip=false", "name=a=b", "lengths=8,32,128"})
    set_field(config.fields(), assignment, "test");
  REQUIRE(config.steps == 7);
  REQUIRE(config.rate == 1e-3);
  REQUIRE_FALSE(config.clip);
  REQUIRE(config.name == "a=b");
  REQUIRE(config.lengths == std::vector<std::int64_t>{8, 32, 128});
  Config copy;
  set_fields(copy.fields(), fields_to_json(config.fields()), "test");
  REQUIRE(fields_to_json(copy.fields()) == fields_to_json(config.fields()));
  REQUIRE(fields_hash(copy.fields()) == fields_hash(config.fields()));
  REQUIRE(fields_hash(copy.fields()) != fields_hash(Config().fields()));
}

TEST_CASE("a wrong key, value or range is named with what is wanted", "[base][quick]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"step=5", "did you mean \"steps\"?"},
      {"steps=-1", "wanted 0 to 1"},
      {"steps=five", "steps = \"five\" is not an integer"},
      {"steps=1.5", "not an integer"},
      {"steps=", "not an integer"},
      {"rate=2", "rate = 2 is out of range, wanted 0 to 1"},
      {"rate=nan", "out of range"},
      {"clip=yes", "neither true nor false"},
      {"lengths=8,x", "lengths"},
      {"lengths=8,0", "out of range"},
      {"steps", "is not key=value"},
      {"steps=99999999999999999999", "steps"}};
  for (const auto& [assignment, part] : cases) {
    CAPTURE(assignment, complaint(assignment));
    REQUIRE(tests::contains(complaint(assignment), "suite.toml"));
    REQUIRE(tests::contains(complaint(assignment), part));
  }
}

TEST_CASE("a refused assignment leaves the config as it was", "[base][quick]") {
  Config config;
  REQUIRE_THROWS_AS(set_field(config.fields(), "lengths=8,0", "test"), InputError);
  REQUIRE(config.lengths == std::vector<std::int64_t>{8, 16});
}

TEST_CASE("TOML is read as tables of fields and its errors carry line and column", "[base][quick]") {
  const tests::Scratch scratch;
  const std::string path = (scratch.path() / "suite.toml").string();
  write_file(path, "[train]\nsteps = 3\nrate = 0.5\nclip = false\nname = \"x\"\nlengths = [8, 16]\n");
  Config config;
  set_fields(config.fields(), read_toml(path)["train"], "suite.toml");
  REQUIRE(config.steps == 3);
  REQUIRE(config.lengths == std::vector<std::int64_t>{8, 16});
  write_file(path, "steps = \n");
  REQUIRE(tests::contains(tests::message_of([&] { read_toml(path); }), "line 1"));
  REQUIRE_THROWS_AS(set_fields(config.fields(), parse_json(R"({"steps":"3"})", "x"), "x"), InputError);
  REQUIRE_THROWS_AS(set_fields(config.fields(), parse_json(R"({"name":3})", "x"), "x"), InputError);
  REQUIRE_THROWS_AS(set_fields(config.fields(), parse_json(R"({"steps":null})", "x"), "x"), InputError);
  REQUIRE_THROWS_AS(set_fields(config.fields(), parse_json("[1]", "x"), "x"), InputError);
}

TEST_CASE("JSON errors say where", "[base][quick]") {
  REQUIRE(tests::contains(tests::message_of([] { parse_json("{\"a\":", "line 3"); }),
                          "line 3: not valid JSON at byte"));
  const Json object = parse_json(R"({"n":3,"s":"x","list":[1]})", "t");
  REQUIRE(json_get<std::int64_t>(object, "n", "t") == 3);
  REQUIRE(json_get<std::string>(object, "s", "t") == "x");
  REQUIRE(tests::contains(tests::message_of([&] { json_get<std::string>(object, "absent", "t"); }),
                          "\"absent\" is missing"));
  REQUIRE(tests::contains(tests::message_of([&] { json_get<double>(object, "s", "t"); }), "wrong type"));
  REQUIRE_THROWS_AS(json_get<bool>(parse_json("[]", "t"), "n", "t"), InputError);
}
