#include <algorithm>
#include <map>
#include <set>

#include "automata/image_orbits.h"
#include "automata/minimize.h"
#include "tasks/delayed_word_problem.h"
#include "tasks/group_word_problem.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

using namespace anser;
using namespace anser::tasks;
using automata::Element;
using automata::PermutationGroup;

namespace {

std::unique_ptr<Task> make(const std::string& id) {
  return GroupWordProblem::make(parse_id(id));
}

Example draw(const Task& task, std::size_t length, std::uint64_t index = 0, std::uint64_t seed = 0) {
  Example e{.input = std::vector<std::int32_t>(length), .target = std::vector<std::int32_t>(length)};
  task.sample(seed, Split::train, index, e.input, e.target);
  return e;
}

std::string complaint(const std::string& id) {
  return tests::message_of([&] { make(id); });
}

/// Products of the first floor((t+1)/n) of the elements at places 0, n, 2n, ..: DeltaProduct's rule.
std::vector<Element> late_products(const PermutationGroup& group, const std::vector<Element>& elements, int n,
                                   bool left) {
  std::vector<Element> result;
  Element product = 0;
  for (std::size_t t = 0; t < elements.size(); ++t) {
    const auto block = static_cast<std::size_t>(n);
    if ((t + 1) % block == 0) {
      const Element head = elements[t + 1 - block];
      product = left ? group.product(head, product) : group.product(product, head);
    }
    result.push_back(product);
  }
  return result;
}

Element element_named(const PermutationGroup& group, const std::string& name) {
  for (Element x = 0; x < group.order(); ++x)
    if (group.element_name(x) == name) return x;
  FAIL("no element " << name);
  return -1;
}

/// Elements behind token ids, by name; fill tokens are the identity.
std::vector<Element> elements_of(const Task& task, const PermutationGroup& group,
                                 const std::vector<std::int32_t>& input) {
  std::vector<Element> by_token;
  for (const std::string& name : task.facts().token_names)
    by_token.push_back(name == "fill" ? 0 : element_named(group, name));
  std::vector<Element> result;
  for (const auto token : input) result.push_back(by_token[static_cast<std::size_t>(token)]);
  return result;
}

}  // namespace

TEST_CASE("product=left multiplies from the other side: the newest token acts last", "[tasks][quick]") {
  const std::string name = GENERATE("s3", "a5", "q8", "d8", "a4_x_z5");
  const auto right = make(name), left = make(name + "[product=left]");
  REQUIRE(left->facts().id == name + "[product=left]");
  REQUIRE(as_group(*left)->newest_left());
  REQUIRE_FALSE(as_group(*right)->newest_left());
  const auto& group = as_group(*left)->group();
  const Example e = draw(*left, 60);
  Element product = 0;
  for (std::size_t t = 0; t < 60; ++t) {
    product = group.product(as_group(*left)->tokens()[static_cast<std::size_t>(e.input[t])], product);
    REQUIRE(e.target[t] == product);
  }
  REQUIRE(make(name + "[product=right]")->facts().id == name);
}

TEST_CASE("ids of groups and their parameters come in one order", "[tasks][quick]") {
  REQUIRE(make("S5[product=left,tokens=swaps]")->facts().id == "s5[tokens=swaps,product=left]");
  REQUIRE(make("D8")->facts().id == "d8");
  REQUIRE(make("Q8[tokens=gens]")->facts().id == "q8[tokens=gens]");
  REQUIRE(make("H3_x_z2[mode=final]")->facts().id == "h3_x_z2[mode=final]");
  REQUIRE(make("s3[mode=tagging]")->facts().id == "s3");
  REQUIRE(make("s3[mode=final,repeat=2,tokens=swaps+id]")->facts().id ==
          "s3[tokens=swaps+id,repeat=2,mode=final]");
  REQUIRE(make("s3[fill=3,fill_labels=product]")->facts().id == "s3[fill=3,fill_labels=product]");
  REQUIRE(make("s3[fill=3,fill_labels=fill]")->facts().id == "s3[fill=3]");
}

TEST_CASE("mode=final asks for the product of the whole word alone", "[tasks][quick]") {
  for (const auto* id : {"a5[mode=final]", "s3[repeat=2,mode=final]"}) {
    const auto task = make(id);
    const auto word = draw(*task, 12);
    for (std::size_t t = 0; t + 1 < 12; ++t) REQUIRE(word.target[t] == kUnscored);
    automata::State q = task->machine().start;
    for (const auto s : word.input) q = task->machine().step(q, s);
    REQUIRE(word.target.back() == task->machine().label[static_cast<std::size_t>(q)]);
    REQUIRE_FALSE(task->uniform_letters());
  }
}

TEST_CASE("delayed answers follow DeltaProduct's rule", "[tasks][quick]") {
  const std::string name = GENERATE("s3", "s5", "q8");
  const std::string tokens = name == "q8" ? "gens" : "swaps+id";
  const bool left = GENERATE(false, true);
  const int n = GENERATE(2, 3, 4);
  const auto group = PermutationGroup::parse(name);
  for (const std::string key : {"repeat", "fill", "fill_product", "hard"}) {
    const std::string parameter =
        key == "fill_product" ? fmt::format("fill={},fill_labels=product", n) : fmt::format("{}={}", key, n);
    const auto task =
        make(fmt::format("{}[tokens={},{}{}]", name, tokens, left ? "product=left," : "", parameter));
    CAPTURE(task->facts().id);
    const Example e = draw(*task, 41);  // the last block is cut off
    const auto elements = elements_of(*task, group, e.input);
    const auto late = late_products(group, elements, n, left);
    const auto fill = static_cast<std::int32_t>(task->facts().num_tokens) - 1;
    for (std::size_t t = 0; t < 41; ++t) {
      const bool begins = t % static_cast<std::size_t>(n) == 0,
                 ends = (t + 1) % static_cast<std::size_t>(n) == 0;
      const bool asks_nothing = key == "fill" && !ends && t + 1 >= static_cast<std::size_t>(n);
      REQUIRE(e.target[t] == (asks_nothing ? group.order() : late[t]));
      if (begins) continue;
      if (key == "repeat") REQUIRE(e.input[t] == e.input[t - 1]);
      if (key == "fill" || key == "fill_product") REQUIRE(e.input[t] == fill);
      if (key == "hard") REQUIRE(elements[t] == 0);
    }
  }
}

TEST_CASE("the upstream example of two tokens a symbol: x x y y answers 0 x x xy", "[tasks][quick]") {
  const auto task = make("s5[repeat=2]");
  const auto group = PermutationGroup::parse("s5");
  const Example e = draw(*task, 4);
  REQUIRE(e.target ==
          std::vector<std::int32_t>{0, e.input[0], e.input[0], group.product(e.input[0], e.input[2])});
  const auto filled = make("s5[fill=2]");
  const Example f = draw(*filled, 4);
  REQUIRE(f.input[1] == 120);
  REQUIRE(f.target == std::vector<std::int32_t>{0, f.input[0], 120, group.product(f.input[0], f.input[2])});
}

TEST_CASE("chance of a delayed word problem is the share of its most frequent target", "[tasks][quick]") {
  for (const auto* id :
       {"s3[tokens=swaps,repeat=2]", "s3[fill=2]", "s3[fill=3,fill_labels=product]",
        "s3[tokens=swaps,hard=2]", "s4[tokens=swaps,hard=4]", "s3[tokens=swaps+id,hard=4]", "q8[hard=2]"}) {
    const auto task = make(id);
    std::map<std::int32_t, double> count;
    double total = 0;
    for (std::uint64_t i = 0; i < 40; ++i) {
      const Example e = draw(*task, 1200, i);
      for (std::size_t t = 200; t < 1200; ++t) ++count[e.target[t]], ++total;
    }
    double most = 0;
    for (const auto& [label, c] : count) most = std::max(most, c / total);
    CAPTURE(id, most, task->facts().chance);
    REQUIRE(most == Approx(task->facts().chance).margin(0.02));
  }
  REQUIRE(make("s5[tokens=swaps,hard=4]")->facts().chance == Approx(1.0 / 60));  // even products alone
  REQUIRE(make("s5[tokens=swaps+id,hard=4]")->facts().chance == Approx(1.0 / 120));
  REQUIRE(make("s5[tokens=swaps+id,hard=4]")->facts().num_tokens == 120);
}

TEST_CASE("a delayed word problem is a stream like any other", "[tasks][quick]") {
  const auto task = make("s5[tokens=swaps+id,hard=4]");
  REQUIRE_FALSE(task->uniform_letters());
  REQUIRE(as_group(*task) == nullptr);
  REQUIRE(draw(*task, 64, 3) == draw(*make("S5[hard=4,tokens=swaps+id]"), 64, 3));
  REQUIRE(draw(*task, 64, 3).input != draw(*task, 64, 4).input);
  const Example longer = draw(*task, 99, 3), word = draw(*task, 64, 3);
  REQUIRE(std::equal(word.target.begin(), word.target.end(), longer.target.begin()));
  REQUIRE(make("s3[repeat=2]")->facts().group == "S3");
  REQUIRE(make("s3[fill=2]")->facts().special_tokens.size() == 1);
}

TEST_CASE("wrong parameters of word problems are one sentence", "[tasks][quick]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"s3[product=both]", "unknown product \"both\""},
      {"s3[repeat=1]", "repeat=1 is not an integer in 2..64"},
      {"s3[repeat=2,hard=2]", "wanted one of repeat=n, fill=n and hard=n, got 2"},
      {"s3[fill_labels=product]", "got 0"},
      {"s3[repeat=2,fill_labels=product]", "fill_labels goes with fill=n"},
      {"s3[fill=2,fill_labels=none]", "unknown fill_labels"},
      {"s6[hard=4]", "wanted at most 16777216 transitions"},
      {"s3[mode=lm]", "lm"},
      {"d8[tokens=swaps]", "D8 has no token set \"swaps\""},
      {"s3[repeats=2]", "did you mean \"repeat\"?"}};
  for (const auto& [id, part] : cases) {
    CAPTURE(id, complaint(id));
    REQUIRE(tests::contains(complaint(id), part));
    REQUIRE_FALSE(tests::contains(complaint(id), "\n"));
  }
}
