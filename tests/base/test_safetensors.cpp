#include <cstring>

#include "core/base/files.h"
#include "core/base/rng.h"
#include "core/base/safetensors.h"
#include "tests/support/catch.h"
#include "tests/support/scratch.h"
#include "tests/support/throws.h"

using namespace anser;

namespace {

TensorData tensor(TensorType type, std::vector<std::int64_t> shape, std::size_t bytes) {
  TensorData data{.type = type, .shape = std::move(shape), .bytes = std::vector<std::byte>(bytes)};
  for (std::size_t i = 0; i < bytes; ++i) data.bytes[i] = static_cast<std::byte>(i * 37 + 1);
  return data;
}

TensorFile example() {
  TensorFile file;
  file.tensors["b.weight"] = tensor(TensorType::f32, {2, 3}, 24);
  file.tensors["a"] = tensor(TensorType::bf16, {5}, 10);
  file.tensors["scalar"] = tensor(TensorType::f64, {}, 8);
  file.tensors["empty"] = tensor(TensorType::i64, {0, 4}, 0);
  file.metadata = {{"task", "s5[tokens=swaps+id]"}, {"c", "2"}};
  return file;
}

/// A file of a given header and data.
std::string raw(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t size = header.size();
  std::string text(8, '\0');
  std::memcpy(text.data(), &size, 8);
  return text + header + std::string(data_bytes, 'x');
}

std::string complaint(const std::string& content) {
  const tests::Scratch scratch;
  write_file(scratch.path() / "m.safetensors", content);
  return tests::message_of([&] { read_safetensors(scratch.path() / "m.safetensors"); });
}

}  // namespace

TEST_CASE("tensors and metadata are read back as they were written, in bytes that depend on them alone",
          "[base][quick]") {
  const tests::Scratch scratch;
  const auto path = scratch.path() / "m.safetensors";
  write_safetensors(path, example());
  const TensorFile back = read_safetensors(path);
  REQUIRE(back.metadata == example().metadata);
  REQUIRE(back.tensors.size() == 4);
  for (const auto& [name, data] : example().tensors) {
    REQUIRE(back.tensors.at(name).type == data.type);
    REQUIRE(back.tensors.at(name).shape == data.shape);
    REQUIRE(back.tensors.at(name).bytes == data.bytes);
  }
  const std::string bytes = read_file(path);
  write_safetensors(path, back);
  REQUIRE(read_file(path) == bytes);
  write_safetensors(path, {});
  REQUIRE(read_safetensors(path).tensors.empty());
}

TEST_CASE("a checkpoint cut at any byte, or with bytes behind it, is refused", "[base][quick]") {
  const tests::Scratch scratch;
  write_safetensors(scratch.path() / "whole", example());
  const std::string whole = read_file(scratch.path() / "whole");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    REQUIRE_FALSE(complaint(whole.substr(0, length)).empty());
  }
  REQUIRE(tests::contains(complaint(whole + "x"), "1 bytes behind the last tensor"));
}

TEST_CASE("headers that lie are refused in one sentence", "[base][quick]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {raw("", 0), "not a safetensors file"},
      {std::string(64, '\xff'), "not a safetensors file"},
      {"PK\x03\x04 a zip file, not ours", "not a safetensors file"},
      {raw("{\"a\":", 0), "JSON"},
      {raw(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 0), "cut short"},
      {raw(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4), "do not fit its shape"},
      {raw(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8), "wanted 0 (no holes"},
      {raw(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 8), "do not fit its shape"},
      {raw(R"({"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}})", 4), "\"F99\" is not supported"},
      {raw(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4), "negative size"},
      {raw(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0), "overflows"},
      {raw(R"({"a":{"dtype":"F32","shape":[1]}})", 4), "wanted dtype, shape and data_offsets"},
      {raw(R"({"a":3})", 0), "wanted dtype, shape and data_offsets"},
      {raw(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4), "not two natural numbers"},
      {raw(R"({"__metadata__":{"k":1}})", 0), "is not a string"},
      {raw(R"({"__metadata__":3})", 0), "is not an object"}};
  for (const auto& [content, part] : cases) {
    CAPTURE(part, complaint(content));
    REQUIRE(tests::contains(complaint(content), part));
    REQUIRE(tests::contains(complaint(content), "m.safetensors"));
  }
}

TEST_CASE("a checkpoint with any byte changed is read or refused, never worse", "[base][quick]") {
  const tests::Scratch scratch;
  const auto path = scratch.path() / "m.safetensors";
  write_safetensors(path, example());
  const std::string whole = read_file(path);
  Rng rng(1);
  int refused = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ static_cast<char>(1 + rng.below(255)));
    refused += complaint(damaged).empty() ? 0 : 1;
  }
  REQUIRE(refused > 100);
}
