#include "automata/profile_json.h"
#include "automata/random_dfa.h"
#include "tests/automata/algebra/machines.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

using namespace anser;
using namespace anser::automata;

namespace {

Dfa all_words(bool accepted) {
  return {.num_states = 3,
          .num_letters = 2,
          .start = 1,
          .next = {0, 2, 1, 1, 2, 2},  // states 0 and 2 are not reachable
          .accept = {0, static_cast<std::uint8_t>(accepted), 1},
          .letter_names = {"a", "b"}};
}

const std::vector<std::string> kKeys = {"states",
                                        "states_without_sink",
                                        "letters",
                                        "class",
                                        "aperiodic",
                                        "ac0",
                                        "acc0",
                                        "monoid",
                                        "j_classes",
                                        "r_classes",
                                        "l_classes",
                                        "idempotents",
                                        "largest_group",
                                        "group_orders",
                                        "derived_length",
                                        "image_sets",
                                        "stability_index",
                                        "stable_semigroup",
                                        "r_trivial",
                                        "l_trivial",
                                        "j_trivial",
                                        "da",
                                        "definite",
                                        "reverse_definite",
                                        "generalised_definite",
                                        "locally_testable",
                                        "permutation_automaton",
                                        "commutative",
                                        "synchronising",
                                        "reset_word",
                                        "methods",
                                        "witness",
                                        "letters_facts"};

}  // namespace

TEST_CASE("the JSON profile has every key and says what the profile says", "[automata][algebra][quick]") {
  const auto seed = GENERATE(range(0, 20));
  const auto p = language_profile(
      random_dfa({.num_states = 5, .num_letters = 2}, Rng(static_cast<std::uint64_t>(seed))));
  const Json json = profile_json(p);
  CAPTURE(seed);
  for (const auto& key : kKeys) {
    CAPTURE(key);
    REQUIRE(json.contains(key));
  }
  REQUIRE_FALSE(json.contains("monoid_larger_than"));
  REQUIRE(json["states"] == p.states);
  REQUIRE(json["class"] == class_name(p.language_class));
  REQUIRE(json["monoid"] == *p.monoid);
  REQUIRE(json["letters"] == std::vector<std::string>{"a", "b"});
  REQUIRE(json["witness"].is_null() == (p.aperiodic.holds == true));
  for (const auto& [key, method] : json["methods"].items()) REQUIRE_FALSE(method.get<std::string>().empty());
  REQUIRE_FALSE(print_profile(p).empty());
}

TEST_CASE("S5 on 5 points, in JSON", "[automata][algebra][quick]") {
  const auto json = profile_json(
      language_profile(tests::point_machine({tests::cycles("(1 2)", 5), tests::cycles("(1 2 3 4 5)", 5)})));
  REQUIRE(json["class"] == "NC1-complete");
  REQUIRE(json["aperiodic"] == false);
  REQUIRE(json["ac0"] == false);
  REQUIRE(json["acc0"] == false);
  REQUIRE(json["monoid"] == 120);
  REQUIRE(json["group_orders"] == std::vector<int>{120});
  REQUIRE(json["derived_length"].is_null());
  REQUIRE(json["witness"]["image"] == std::vector<int>{0, 1, 2, 3, 4});
  REQUIRE(json["witness"]["words"] == Json::array({{"x0"}, {"x1"}}));
  REQUIRE(json["letters_facts"][1]["period"] == 5);
  REQUIRE(json["letters_facts"][1]["householder_rank"] == 4);
  REQUIRE(json["reset_word"].is_null());
}

TEST_CASE("no word, every word, unreachable states, one letter, a sink", "[automata][algebra][quick]") {
  for (const bool accepted : {false, true}) {
    const auto p = language_profile(all_words(accepted));
    REQUIRE(p.states == 1);
    REQUIRE(p.states_without_sink == (accepted ? 1 : 0));
    REQUIRE(p.language_class == LanguageClass::kAperiodic);
    REQUIRE(p.monoid == 1);
    REQUIRE(p.image_sets == 1);
    REQUIRE(p.classes.reset_word == std::vector<Letter>{});
    REQUIRE(profile_json(p)["reset_word"] == Json::array());
  }
  const auto unary = language_profile(tests::table_dfa(2, 1, 1, 1));  // 0 -> 1 -> 0
  REQUIRE(unary.language_class == LanguageClass::kAc0);
  REQUIRE(unary.stability_index == 2);
  REQUIRE(unary.states_without_sink == 2);
  // Words without b: a rejecting sink; their complement: an accepting one.
  const auto free_of_b = language_profile(tests::table_dfa(2, 2, 0b1110, 1)),
             with_b = language_profile(tests::table_dfa(2, 2, 0b1110, 2));
  REQUIRE(free_of_b.states == 2);
  REQUIRE(free_of_b.states_without_sink == 1);
  REQUIRE(with_b.states_without_sink == 2);
  // A Moore machine of other labels has no rejecting sink.
  REQUIRE(language_profile(tests::point_machine({{0, 1}, {1, 1}})).states_without_sink == 2);
}

TEST_CASE("above the monoid cap the class is known and the monoid is larger than the cap",
          "[automata][algebra][quick]") {
  const auto machine = tests::full_transformations(6);
  const auto p = language_profile(machine, {.max_monoid = 1000});
  REQUIRE(p.language_class == LanguageClass::kNc1Complete);
  REQUIRE_FALSE(p.monoid.has_value());
  REQUIRE(p.monoid_larger_than == 1000);
  REQUIRE(p.classes.da.holds == false);  // not star-free
  const Json json = profile_json(p);
  REQUIRE(json["monoid_larger_than"] == 1000);
  for (const auto* key : {"monoid", "j_classes", "r_classes", "l_classes", "idempotents", "stability_index"})
    REQUIRE(json[key].is_null());
  REQUIRE(json["largest_group"] == 720);
  REQUIRE(tests::contains(print_profile(p), "larger than 1000"));
}

TEST_CASE("above the cap of image sets undecided values are null", "[automata][algebra][quick]") {
  const Json json = profile_json(language_profile(tests::cerny(10), {.max_sets = 3, .max_monoid = 100}));
  REQUIRE(json["class"] == "unknown");
  for (const auto* key : {"acc0", "image_sets", "largest_group", "group_orders", "derived_length", "monoid"})
    REQUIRE(json[key].is_null());
  REQUIRE(json["aperiodic"] == false);  // the cycle is a letter
  REQUIRE(json["ac0"] == false);        // so is a map that keeps the first image, as the cycle and it do not
  REQUIRE(json["synchronising"] == true);
  REQUIRE_FALSE(json["witness"].is_null());
}

TEST_CASE("orders above 2^53 are strings of digits", "[automata][algebra][quick]") {
  const Json json =
      profile_json(language_profile(tests::full_transformations(20), {.max_sets = 1, .max_monoid = 10}));
  REQUIRE(json["class"] == "unknown");  // more images than asked for, though one key is certain
  REQUIRE(json["acc0"] == false);
  REQUIRE(json["groups"][0]["order"] == "2432902008176640000");
}
