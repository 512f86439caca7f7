// Initialisation of RWKV-7 (RWKV-LM train_temp: module defaults, then generate_init_weight for every matrix).
#include <charconv>
#include <cmath>
#include <functional>

#include "core/base/error.h"
#include "core/nn/orthogonal.h"
#include "core/nn/rwkv7.h"

namespace anser::nn {
namespace {

/// Place of a parameter in the model: its layer and the name within the block ("att.w0"), or the whole name.
struct Place {
  std::int64_t layer = 0;
  std::string local;
};

Place place_of(const std::string& name) {
  constexpr std::string_view kPrefix = "blocks.";
  if (!name.starts_with(kPrefix)) return {0, name};
  Place place;
  const auto end = std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), place.layer).ptr;
  place.local = std::string(end + 1, name.data() + name.size());
  return place;
}

/// The vectors over channels n = 0..C-1, from the depth ratios r01 (0 in the first layer) and r10 (1 there).
class ChannelFormulas {
 public:
  ChannelFormulas(const Rwkv7Options& options, std::int64_t layer)
      : C_(static_cast<double>(options.width)),
        N_(options.head_size),
        era_(options.era),
        r01_(options.layers > 1 ? double(layer) / double(options.layers - 1) : 0),
        r10_(1 - double(layer) / double(options.layers)) {}

  double shift(char letter, double n) const {
    const double x = n / C_;
    const bool world = era_ == InitEra::world;
    switch (letter) {
      case 'r':
      case 'g':
        return 1 - std::pow(x, 0.2 * r10_);
      case 'w':
      case 'a':
        return 1 - std::pow(x, 0.9 * r10_);
      case 'k':
        return world ? 1 - (std::pow(x, 0.9 * r10_) + 0.4 * r01_) : 1 - std::pow(x, 0.7 * r10_);
      default:
        return world ? 1 - (std::pow(x, 0.4 * r10_) + 0.6 * r01_) : 1 - std::pow(x, 0.7 * r10_);
    }
  }
  double channel_mix_shift(double n) const { return 1 - std::pow(n / C_, std::pow(r10_, 4)); }

  double w0(double n) const {
    const double x = n / (C_ - 1);
    if (era_ == InitEra::world) return -7 + 5 * std::pow(x, 0.85 + std::sqrt(r01_)) + 0.5;
    return -6 + 6 * std::pow(x, 1 + std::pow(r01_, 0.3)) + 0.5 + 2.5 * zigzag(n);
  }
  double a0(double n) const { return era_ == InitEra::world ? 0 : -0.19 + 0.3 * zigzag(n) + 0.4 * line(n); }
  double v0(double n) const { return era_ == InitEra::world ? 1 : 0.73 - 0.4 * line(n); }
  double k_k(double n) const { return era_ == InitEra::world ? 0.85 : 0.71 - 0.1 * line(n); }
  double k_a() const { return era_ == InitEra::world ? 1 : 1.02; }
  double r_k() const { return era_ == InitEra::world ? 0 : -0.04; }

 private:
  double line(double n) const { return n / (C_ - 1) - 0.5; }
  double zigzag(double n) const {
    const double half = (double(N_) - 1) / 2;
    const double q = (double(static_cast<std::int64_t>(n) % N_) - half) / half;
    return q * std::abs(q);
  }

  double C_;
  std::int64_t N_;
  InitEra era_;
  double r01_, r10_;
};

std::vector<float> over_channels(std::int64_t count, const std::function<double(double)>& formula) {
  std::vector<float> out(static_cast<std::size_t>(count));
  for (std::int64_t n = 0; n < count; ++n) out[n] = static_cast<float>(formula(double(n)));
  return out;
}

std::vector<float> uniform(std::int64_t count, double bound, Rng rng) {
  return over_channels(count, [&](double) { return bound * (2 * rng.uniform() - 1); });
}

/// Gain of the orthogonal matrices; 0: zeros.
double matrix_gain(const std::string& local, std::int64_t rows, std::int64_t cols) {
  const double tall = rows > cols ? std::sqrt(double(rows) / double(cols)) : 1;
  if (local == "head.weight") return 0.5 * tall;
  if (local == "att.output.weight" || local == "ffn.value.weight") return 0;
  if (local == "att.key.weight") return 0.1;
  if (local.ends_with("2")) return 0.1 * tall;  // w2, a2, v2, g2 [rank, C]
  if (local.ends_with("1")) return 0;           // w1, a1, v1, g1
  return 1;
}

std::vector<float> initial_vector(const Rwkv7Options& options, const Place& place, std::int64_t count) {
  const ChannelFormulas f(options, place.layer);
  const std::string& local = place.local;
  const auto constant = [&](double value) { return over_channels(count, [=](double) { return value; }); };
  if (local == "ffn.x_k") return over_channels(count, [&](double n) { return f.channel_mix_shift(n); });
  if (local.starts_with("att.x_"))
    return over_channels(count, [&](double n) { return f.shift(local.back(), n); });
  if (local == "att.w0") return over_channels(count, [&](double n) { return f.w0(n); });
  if (local == "att.a0") return over_channels(count, [&](double n) { return f.a0(n); });
  if (local == "att.v0") return over_channels(count, [&](double n) { return f.v0(n); });
  if (local == "att.k_k") return over_channels(count, [&](double n) { return f.k_k(n); });
  if (local == "att.k_a") return constant(f.k_a());
  if (local == "att.r_k") return constant(f.r_k());
  if (local == "att.ln_x.weight")
    return constant(std::pow(double(1 + place.layer) / double(options.layers), 0.7));
  return constant(local.ends_with(".weight") ? 1 : 0);  // layer norms, biases
}

}  // namespace

std::vector<float> initial_rwkv7_value(const Rwkv7Options& options, const std::string& name,
                                       const std::vector<std::int64_t>& shape, const Rng& init) {
  const Place place = place_of(name);
  std::int64_t count = 1;
  for (const std::int64_t n : shape) count *= n;
  if (name == "emb.weight") return uniform(count, 1e-4, init.split(name));
  if (shape.size() != 2 || place.local == "att.r_k") return initial_vector(options, place, count);
  const double gain = matrix_gain(place.local, shape[0], shape[1]);
  if (gain == 0) return std::vector<float>(static_cast<std::size_t>(count), 0.0F);
  return orthogonal(shape[0], shape[1], gain, init.split(name));
}

}  // namespace anser::nn
