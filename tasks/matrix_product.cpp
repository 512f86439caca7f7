#include "tasks/matrix_product.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "tasks/machine_task.h"

namespace anser::tasks {
namespace {

constexpr int kMostModulus = 46;           // 46^3 rows are fewer than 10^5
constexpr int kMostModulusOfProducts = 3;  // SL(3, 3) has 5616 elements, SL(3, 4) 43008

/// Row by row.
using Matrix = std::array<int, 9>;

constexpr Matrix kIdentity = {1, 0, 0, 0, 1, 0, 0, 0, 1};

int determinant(const Matrix& a, int m) {
  const int det = a[0] * (a[4] * a[8] - a[5] * a[7]) - a[1] * (a[3] * a[8] - a[5] * a[6]) +
                  a[2] * (a[3] * a[7] - a[4] * a[6]);
  return (det % m + m) % m;
}

/// `rows` rows of three numbers, times x.
std::vector<int> times(const std::vector<int>& rows, const Matrix& x, int m) {
  std::vector<int> product(rows.size());
  for (std::size_t i = 0; i < rows.size(); i += 3)
    for (std::size_t j = 0; j < 3; ++j)
      product[i + j] = (rows[i] * x[j] + rows[i + 1] * x[3 + j] + rows[i + 2] * x[6 + j]) % m;
  return product;
}

struct Tokens {
  std::string name;
  std::vector<Matrix> matrices;
  std::vector<std::string> names;
};

void add_elementary(Tokens& tokens, int sign, int m) {
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) {
      if (i == j) continue;
      Matrix x = kIdentity;
      x[static_cast<std::size_t>(3 * i + j)] = sign > 0 ? 1 : m - 1;
      tokens.matrices.push_back(x);
      tokens.names.push_back(fmt::format("I{}e{}{}", sign > 0 ? '+' : '-', i + 1, j + 1));
    }
}

void add_random(Tokens& tokens, int count, std::uint64_t seed, int m) {
  Rng rng = Rng(seed).split("matrices of SL(3, m)").split(static_cast<std::uint64_t>(m));
  while (tokens.matrices.size() < static_cast<std::size_t>(count)) {
    Matrix x;
    for (auto& entry : x) entry = static_cast<int>(rng.below(static_cast<std::uint32_t>(m)));
    const bool repeated =
        std::find(tokens.matrices.begin(), tokens.matrices.end(), x) != tokens.matrices.end();
    if (repeated || determinant(x, m) != 1) continue;
    tokens.matrices.push_back(x);
    tokens.names.push_back(
        fmt::format("{}.{}.{}/{}.{}.{}/{}.{}.{}", x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8]));
  }
}

Tokens token_set(const Id& id, int m) {
  Tokens tokens{.name = id.get("tokens", "elementary"), .matrices = {}, .names = {}};
  const std::vector<std::string> known = {"elementary", "elementary+id", "inverses", "random"};
  require(std::find(known.begin(), known.end(), tokens.name) != known.end(), print_id(id),
          "unknown token set \"{}\"{}", tokens.name, suggest(tokens.name, known));
  require(tokens.name == "random" || !(id.has("r") || id.has("seed")), print_id(id),
          "r and seed belong to tokens=random");
  if (tokens.name == "random") {
    const auto count = static_cast<int>(id.get_int("r", 4, 1, 64));
    const auto seed = static_cast<std::uint64_t>(id.get_int("seed", 0, 0, std::int64_t{1} << 53));
    add_random(tokens, count, seed, m);
    tokens.name = fmt::format("random,r={},seed={}", count, seed);
    return tokens;
  }
  if (tokens.name == "elementary+id") {
    tokens.matrices.push_back(kIdentity);
    tokens.names.push_back("I");
  }
  add_elementary(tokens, +1, m);
  if (tokens.name == "inverses") {
    require(m >= 3, print_id(id),
            "modulo 2 each elementary matrix is its own inverse; wanted m of at least 3");
    add_elementary(tokens, -1, m);
  }
  return tokens;
}

/// The rows of P_t that the label needs, as states: breadth first from `start`, label_of(rows) a number.
template <typename LabelOf>
automata::Moore machine_of(const std::vector<int>& start, const Tokens& tokens, int m,
                           const LabelOf& label_of) {
  std::size_t codes = 1;
  for (std::size_t i = 0; i < start.size(); ++i) codes *= static_cast<std::size_t>(m);
  std::vector<automata::State> state_of(codes, -1);
  std::vector<std::vector<int>> rows;
  const auto state = [&](const std::vector<int>& r) {
    std::size_t code = 0;
    for (const int entry : r) code = code * static_cast<std::size_t>(m) + static_cast<std::size_t>(entry);
    if (state_of[code] < 0) {
      state_of[code] = static_cast<automata::State>(rows.size());
      rows.push_back(r);
    }
    return state_of[code];
  };
  automata::Moore machine;
  machine.num_letters = static_cast<automata::Letter>(tokens.matrices.size());
  machine.letter_names = tokens.names;
  state(start);
  for (std::size_t q = 0; q < rows.size(); ++q) {
    machine.label.push_back(label_of(rows[q], q));
    for (const Matrix& x : tokens.matrices) machine.next.push_back(state(times(rows[q], x, m)));
  }
  machine.num_states = static_cast<automata::State>(rows.size());
  return machine;
}

class MatrixProduct : public MachineTask {
 public:
  using MachineTask::MachineTask;
};

std::int64_t order_of_sl3(std::int64_t m) {
  // m^8 prod (1 - p^-2)(1 - p^-3)
  std::int64_t order = m * m * m * m * m * m * m * m;
  for (std::int64_t p = 2, rest = m; rest > 1; ++p) {
    if (rest % p != 0) continue;
    order = order / (p * p * p * p * p) * (p * p - 1) * (p * p * p - 1);
    while (rest % p == 0) rest /= p;
  }
  return order;
}

/// A walk by permutations that reaches every state visits all equally often in the long run.
double share_of_most_frequent_label(const automata::Moore& machine) {
  std::vector<double> count(static_cast<std::size_t>(machine.num_labels), 0);
  for (const auto label : machine.label) ++count[static_cast<std::size_t>(label)];
  return *std::max_element(count.begin(), count.end()) / machine.num_states;
}

void check_label(const Id& id, const std::string& label, int m) {
  const bool entry =
      label.size() == 2 && label[0] >= '1' && label[0] <= '3' && label[1] >= '1' && label[1] <= '3';
  require(entry || label == "product", print_id(id), "label={} is neither product nor an entry 11, 12, .. 33",
          label);
  require(entry || m <= kMostModulusOfProducts, print_id(id),
          "label=product modulo {} would need {} labels; wanted m of at most {}, or one entry", m,
          order_of_sl3(m), kMostModulusOfProducts);
}

automata::Moore labelled_machine(const Tokens& tokens, const std::string& label, int m) {
  const bool product = label == "product";
  std::vector<int> start(kIdentity.begin(), kIdentity.end());
  std::size_t column = 0;
  if (!product) {
    start = {0, 0, 0};
    start[static_cast<std::size_t>(label[0] - '1')] = 1;
    column = static_cast<std::size_t>(label[1] - '1');
  }
  automata::Moore machine = machine_of(start, tokens, m, [&](const std::vector<int>& rows, std::size_t q) {
    return product ? static_cast<std::int32_t>(q) : rows[column];
  });
  machine.num_labels = product ? machine.num_states : m;
  for (std::int32_t i = 0; i < machine.num_labels; ++i)
    machine.label_names.push_back(product ? fmt::format("P{}", i) : fmt::format("{}", i));
  return machine;
}

}  // namespace

std::unique_ptr<Task> make_matrix_product(const Id& id) {
  id.require_known({"m", "tokens", "label", "r", "seed"});
  const int m = static_cast<int>(id.get_int("m", 2, 2, kMostModulus));
  const std::string label = id.get("label", "11");
  check_label(id, label, m);
  const Tokens tokens = token_set(id, m);
  automata::Moore machine = labelled_machine(tokens, label, m);
  const bool random = tokens.name.starts_with("random");
  TaskFacts facts;
  facts.id = fmt::format("matrix_product[m={},tokens={},label={}]", m, tokens.name, label);
  facts.title = label == "product" ? fmt::format("product of 3x3 matrices modulo {}", m)
                                   : fmt::format("entry ({}, {}) of a product of 3x3 matrices modulo {}",
                                                 label[0], label[1], m);
  facts.hardness =
      random
          ? "in NC1 (a finite group); NC1-complete where the matrices generate a non-solvable one "
            "(Barrington 1989)"
          : "NC1-complete (Barrington 1989): SL(3, m) is not solvable. Over the integers it is complete for "
            "a class that holds NC1 (arXiv 2603.03612)";
  facts.token_set =
      random ? fmt::format("{} matrices of SL(3, {})", tokens.matrices.size(), m)
             : fmt::format("{} elementary matrices{}", tokens.names.size() - (tokens.names[0] == "I"),
                           tokens.names[0] == "I" ? " and the identity" : "");
  facts.citation = "Merrill et al. 2026, Why Are Linear RNNs More Parallelizable? (arXiv 2603.03612)";
  facts.source = "arXiv 2603.03612, iterated 3x3 matrix products; modulo m and these token sets are ours";
  facts.fidelity = Fidelity::inspired;
  if (!random) {
    facts.group = fmt::format("SL(3,{})", m);
    facts.group_order = order_of_sl3(m);
  }
  facts.train_lengths = 100;
  facts.test_lengths = 300;
  facts.chance = share_of_most_frequent_label(machine);
  return std::make_unique<MatrixProduct>(std::move(facts), std::move(machine));
}

}  // namespace anser::tasks
