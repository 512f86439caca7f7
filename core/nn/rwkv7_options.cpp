#include "core/base/error.h"
#include "core/nn/multiplier_name.h"
#include "core/nn/rwkv7.h"

namespace anser::nn {
namespace {

constexpr std::int64_t kMaxWidth = 65536;

std::string number(std::int64_t value) {
  return fmt::format("{}", value);
}

InitEra parse_era(const Id& id) {
  const std::string era = id.get("era", "current");
  if (era == "current") return InitEra::current;
  if (era == "world") return InitEra::world;
  fail("nn::parse_rwkv7_id", "era is '{}'{}", era, suggest(era, {"current", "world"}));
}

}  // namespace

ops::Multiplier parse_multiplier(std::string_view text, std::string_view where) {
  if (text == "1") return ops::Multiplier::one;
  if (text == "2") return ops::Multiplier::two;
  if (text == "1+w") return ops::Multiplier::one_plus_decay;
  fail(where, "c is '{}', wanted 1, 2 or 1+w", text);
}

std::string_view multiplier_name(ops::Multiplier c) {
  if (c == ops::Multiplier::two) return "2";
  return c == ops::Multiplier::one ? "1" : "1+w";
}

std::string print_rwkv7_id(const Rwkv7Options& o) {
  Id id{"rwkv7", {}};
  const auto add = [&id](const char* key, std::string value) {
    id.parameters.emplace_back(key, std::move(value));
  };
  add("L", number(o.layers));
  add("D", number(o.width));
  add("N", number(o.head_size));
  add("c", std::string(multiplier_name(o.c)));
  if (o.rank_w == o.rank_a && o.rank_a == o.rank_v && o.rank_v == o.rank_g) {
    add("ranks", number(o.rank_w));
  } else {
    add("ranks_w", number(o.rank_w));
    add("ranks_a", number(o.rank_a));
    add("ranks_v", number(o.rank_v));
    add("ranks_g", number(o.rank_g));
  }
  add("era", o.era == InitEra::current ? "current" : "world");
  if (o.hidden_width() != 4 * o.width) add("hidden", number(o.hidden));
  if (!o.embedding_norm) add("ln0", "0");
  if (o.head_bias) add("head_bias", "1");
  if (o.block_bias) add("block_bias", "1");
  return print_id(id);
}

Rwkv7Options parse_rwkv7_id(const Id& id) {
  id.require_known({"L", "D", "N", "c", "ranks", "ranks_w", "ranks_a", "ranks_v", "ranks_g", "era", "hidden",
                    "ln0", "head_bias", "block_bias"});
  Rwkv7Options o;
  o.layers = id.get_int("L", o.layers, 1, 1024);
  o.width = id.get_int("D", o.width, 8, kMaxWidth);
  o.head_size = id.get_int("N", o.head_size, 8, 128);
  o.c = parse_multiplier(id.get("c", "1"), print_id(id));
  const std::int64_t ranks = id.get_int("ranks", 16, 1, kMaxWidth);
  o.rank_w = id.get_int("ranks_w", ranks, 1, kMaxWidth);
  o.rank_a = id.get_int("ranks_a", ranks, 1, kMaxWidth);
  o.rank_v = id.get_int("ranks_v", ranks, 1, kMaxWidth);
  o.rank_g = id.get_int("ranks_g", ranks, 1, kMaxWidth);
  o.hidden = id.get_int("hidden", 0, 0, 1 << 20);
  o.era = parse_era(id);
  o.embedding_norm = id.get_int("ln0", 1, 0, 1) == 1;
  o.head_bias = id.get_int("head_bias", 0, 0, 1) == 1;
  o.block_bias = id.get_int("block_bias", 0, 0, 1) == 1;
  return o;
}

}  // namespace anser::nn
