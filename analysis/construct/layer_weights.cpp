#include "analysis/construct/layer_weights.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/nn/rwkv7.h"

namespace anser::construct {
namespace {

using Row = std::vector<float>;

constexpr std::int64_t kMaxHeadSize = 128;
constexpr std::int64_t kRank = 4;          // of every low-rank map; three are used
constexpr std::int64_t kHiddenFactor = 4;  // of the channel mix, which is zero
constexpr float kScale = 4096;             // of the residual stream: 1e-5 vanishes beside its square
constexpr float kSaturated = 1024;         // a logit whose sigmoid is exactly 0 or 1

/// Kinds of tokens; the first four follow Step::Kind.
constexpr std::int64_t kKinds = 5, kBeginKind = 4;

/// Amplitudes 1, 2, 4, ... whose squares add up to `total`, largest first: its digits to the base 4.
std::vector<int> square_digits(std::int64_t total) {
  std::vector<int> amplitudes;
  for (int amplitude = 1 << 15; amplitude >= 1; amplitude /= 2)
    for (; total >= std::int64_t{amplitude} * amplitude; total -= std::int64_t{amplitude} * amplitude)
      amplitudes.push_back(amplitude);
  return amplitudes;
}

/// Which pair of channels (p, D/2 + p), holding (x, -x), belongs to what.
struct Layout {
  std::int64_t columns = 0;  // of the key that steps use: n or 2n; the constant column follows
  std::int64_t key = 0;      // first pair of the key's columns
  std::int64_t begin_pad = 0, begin_pads = 0;
  std::int64_t kind = 0;
  std::int64_t constant = 0;
  std::vector<int> constants;
  std::int64_t bit = 0;  // heads' bits, amplitude 1 each, then those that even out the norm
  std::vector<int> evening;
  std::int64_t pairs = 0;

  std::int64_t one() const { return constant + static_cast<std::int64_t>(constants.size()) - 1; }
  float one_value() const { return static_cast<float>(constants.back()); }
};

bool has_threshold(const StepProgram& program) {
  return program.heads.front().threshold;
}

Layout lay_out(const StepProgram& program, std::int64_t width) {
  Layout l;
  const std::int64_t bits = static_cast<std::int64_t>(program.heads.size());
  const bool doubled = program.code == Code::doubled;
  l.columns = doubled ? 2 * program.points : program.points;
  l.begin_pads = doubled ? 4 : 2;
  // Squares of a token's entries over all pairs: key or padding, kind, constants; D/2 makes the variance 1.
  l.constants = square_digits(width / 2 - l.begin_pads - 1);
  // Squares of the bits: 3 D/2 makes the variance behind the layer 4.
  l.evening = square_digits(3 * width / 2 - bits);
  l.begin_pad = l.key + l.columns;
  l.kind = l.begin_pad + l.begin_pads;
  l.constant = l.kind + kKinds;
  l.bit = l.constant + static_cast<std::int64_t>(l.constants.size());
  l.pairs = l.bit + bits + static_cast<std::int64_t>(l.evening.size());
  return l;
}

LayerSizes choose_sizes(const StepProgram& program) {
  LayerSizes sizes;
  const std::int64_t columns =
      program.points * (program.code == Code::doubled ? 2 : 1) + (has_threshold(program) ? 1 : 0);
  sizes.head_size = (columns + 7) / 8 * 8;
  require(sizes.head_size <= kMaxHeadSize, "construct::compile",
          "{} places need {} key columns, a head has {}", program.points, columns, kMaxHeadSize);
  sizes.heads = static_cast<std::int64_t>(program.heads.size());
  for (;; ++sizes.heads) {
    sizes.width = sizes.heads * sizes.head_size;
    if (sizes.width / 2 >= 8 && 2 * lay_out(program, sizes.width).pairs <= sizes.width) return sizes;
  }
}

/// The tensors of a checkpoint while they are being filled.
class Weights {
 public:
  Weights(const StepProgram& program, const LayerSizes& sizes)
      : program_(program), sizes_(sizes), layout_(lay_out(program, sizes.width)) {}

  TensorFile write() {
    norms();
    embedding();
    time_mix_gates();
    projections();
    read_out();
    channel_mix();
    return std::move(file_);
  }

 private:
  std::int64_t half() const { return sizes_.width / 2; }

  float* tensor(const std::string& name, std::vector<std::int64_t> shape, float fill = 0) {
    std::int64_t count = 1;
    for (const std::int64_t axis : shape) count *= axis;
    TensorData& data = file_.tensors[name];
    data.shape = std::move(shape);
    data.bytes.resize(static_cast<std::size_t>(count) * sizeof(float));
    auto* values = reinterpret_cast<float*>(data.bytes.data());
    std::fill_n(values, count, fill);
    return values;
  }
  float* att(const std::string& name, std::vector<std::int64_t> shape, float fill = 0) {
    return tensor("blocks.0.att." + name, std::move(shape), fill);
  }
  float* channels(const std::string& name, float fill = 0) { return att(name, {1, 1, sizes_.width}, fill); }

  void norms() {
    const std::int64_t D = sizes_.width;
    // ln0 gives the residual its scale, ln1 takes it away, ln_out halves the bits and its weight doubles
    // them.
    const std::pair<const char*, float> weights[] = {
        {"blocks.0.ln0", kScale}, {"blocks.0.ln1", 1}, {"blocks.0.ln2", 1}, {"ln_out", 2}};
    for (const auto& [name, weight] : weights) {
      tensor(std::string(name) + ".weight", {D}, weight);
      tensor(std::string(name) + ".bias", {D});
    }
    att("ln_x.weight", {D}, 1);
    att("ln_x.bias", {D});
  }

  void set_pair(float* row, std::int64_t pair, float value) const {
    row[pair] = value;
    row[half() + pair] = -value;
  }

  /// kappa of a step, docs/math/construction.md section 3.
  std::vector<int> key_of(const Step& step) const {
    const bool doubled = program_.code == Code::doubled;
    const automata::State n = program_.points;
    const bool identity = step.kind == Step::Kind::identity;  // its a is 0: any key will do
    const automata::State x = identity ? 0 : step.x, y = identity ? 1 : step.y;
    std::vector<int> key(static_cast<std::size_t>(layout_.columns), 0);
    key[x] = 1;
    key[y] = step.kind == Step::Kind::merge_second ? 1 : -1;
    if (!doubled) return key;
    key[n + x] = 1;
    key[n + y] = step.kind == Step::Kind::merge_first ? 1 : -1;
    return key;
  }

  void embedding() {
    const std::int64_t tokens = static_cast<std::int64_t>(program_.tokens.size());
    float* rows = tensor("emb.weight", {tokens + 1, sizes_.width});
    for (std::int64_t token = 0; token <= tokens; ++token) {
      float* row = rows + token * sizes_.width;
      for (std::size_t i = 0; i < layout_.constants.size(); ++i)
        set_pair(row, layout_.constant + static_cast<std::int64_t>(i), kScale * layout_.constants[i]);
      if (token == tokens) {
        for (std::int64_t i = 0; i < layout_.begin_pads; ++i) set_pair(row, layout_.begin_pad + i, kScale);
        set_pair(row, layout_.kind + kBeginKind, kScale);
        continue;
      }
      const Step& step = program_.tokens[static_cast<std::size_t>(token)];
      const std::vector<int> key = key_of(step);
      for (std::int64_t j = 0; j < layout_.columns; ++j)
        if (key[j] != 0) set_pair(row, layout_.key + j, kScale * key[j]);
      set_pair(row, layout_.kind + static_cast<std::int64_t>(step.kind), kScale);
    }
  }

  /// Columns on which the learning rate of a kind of step is 1.
  std::pair<std::int64_t, std::int64_t> rate_columns(Step::Kind kind) const {
    if (kind == Step::Kind::merge_first) return {0, program_.points};
    if (kind == Step::Kind::merge_second) return {program_.points, 2 * program_.points};
    return {0, layout_.columns};
  }

  void time_mix_gates() {
    const std::int64_t D = sizes_.width;
    for (const char* name : {"x_r", "x_w", "x_k", "x_v", "x_a", "x_g", "k_a"}) channels(name);
    channels("k_k", 1);
    channels("w0", -kSaturated);
    channels("a0", -kSaturated);
    att("w1", {D, kRank});
    att("w2", {kRank, D});
    float* a1 = att("a1", {D, kRank});
    float* a2 = att("a2", {kRank, D});
    std::int64_t rank = 0;
    for (const auto kind : {Step::Kind::swap, Step::Kind::merge_first, Step::Kind::merge_second}) {
      a1[(layout_.kind + static_cast<std::int64_t>(kind)) * kRank + rank] = 1;
      const auto [from, to] = rate_columns(kind);
      for (std::size_t h = 0; h < program_.heads.size(); ++h)
        for (std::int64_t j = from; j < to; ++j)
          a2[rank * D + static_cast<std::int64_t>(h) * sizes_.head_size + j] = 2 * kSaturated;
      ++rank;
    }
    att("g1", {D, kRank});
    float* g2 = att("g2", {kRank, D});
    std::fill_n(g2, D, 2.0f);  // sigmoid(0) = 1/2: the gate is 1
    att("r_k", {sizes_.heads, sizes_.head_size});
  }

  void projections() {
    const std::int64_t D = sizes_.width, N = sizes_.head_size;
    float* receptance = att("receptance.weight", {D, D});
    float* key = att("key.weight", {D, D});
    float* value = att("value.weight", {D, D});
    const std::int64_t begin = layout_.kind + kBeginKind;
    for (std::size_t h = 0; h < program_.heads.size(); ++h) {
      const HeadPlan& head = program_.heads[h];
      const std::int64_t first = static_cast<std::int64_t>(h) * N;  // row of the head's channel 0
      for (std::int64_t j = 0; j < layout_.columns; ++j) {
        key[(first + j) * D + layout_.key + j] = 1;
        key[(first + j) * D + begin] = static_cast<float>(head.code[j % program_.points]);
      }
      for (automata::State p = 0; p < program_.points; ++p)
        receptance[(first + p) * D + layout_.one()] = static_cast<float>(head.read[p]) / layout_.one_value();
      if (head.threshold) {
        key[(first + layout_.columns) * D + begin] = 1;
        receptance[(first + layout_.columns) * D + layout_.one()] = -0.5f / layout_.one_value();
      }
      for (std::int64_t i = 0; i < N / 4; ++i)  // N/4 of N channels: the group norm's deviation is |v|/2
        value[(first + i) * D + begin] = static_cast<float>(i % 2 == 0 ? kWriteScale : -kWriteScale);
    }
  }

  void read_out() {
    const std::int64_t D = sizes_.width, bits = static_cast<std::int64_t>(program_.heads.size());
    float* output = att("output.weight", {D, D});
    const auto write_bit = [&](std::int64_t pair, std::int64_t head, int amplitude) {
      const float weight = kScale / 2 * static_cast<float>(amplitude);  // the group norm gives +-2
      output[pair * D + head * sizes_.head_size] = weight;
      output[(half() + pair) * D + head * sizes_.head_size] = -weight;
    };
    for (std::int64_t h = 0; h < bits; ++h) write_bit(layout_.bit + h, h, 1);
    for (std::size_t i = 0; i < layout_.evening.size(); ++i)
      write_bit(layout_.bit + bits + static_cast<std::int64_t>(i), 0, layout_.evening[i]);
    const std::int64_t labels = static_cast<std::int64_t>(program_.signature.size());
    float* head = tensor("head.weight", {labels, D});
    for (std::int64_t label = 0; label < labels; ++label)
      for (std::int64_t h = 0; h < bits; ++h)
        set_pair(head + label * D, layout_.bit + h, 0.5f * static_cast<float>(program_.signature[label][h]));
  }

  void channel_mix() {
    const std::int64_t D = sizes_.width;
    tensor("blocks.0.ffn.x_k", {1, 1, D});
    tensor("blocks.0.ffn.key.weight", {kHiddenFactor * D, D});
    tensor("blocks.0.ffn.value.weight", {D, kHiddenFactor * D});
  }

  const StepProgram& program_;
  const LayerSizes& sizes_;
  const Layout layout_;
  TensorFile file_;
};

}  // namespace

TensorFile write_layer(const StepProgram& program, LayerSizes& sizes) {
  sizes = choose_sizes(program);
  TensorFile file = Weights(program, sizes).write();
  nn::Rwkv7Options options;
  options.layers = 1;
  options.width = sizes.width;
  options.head_size = sizes.head_size;
  options.c = ops::Multiplier::two;
  options.rank_w = options.rank_a = options.rank_v = options.rank_g = kRank;
  file.metadata["model"] = nn::print_rwkv7_id(options);
  file.metadata["c"] = "2";
  return file;
}

}  // namespace anser::construct
