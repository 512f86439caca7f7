#include "core/train/tensorboard.h"

#include <array>
#include <chrono>
#include <cstring>
#include <fstream>

#include "core/base/error.h"
#include "core/base/files.h"

namespace anser::train {
namespace {

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1U) != 0 ? (c >> 1U) ^ 0x82F63B78U : c >> 1U;
    table[i] = c;
  }
  return table;
}();

/// The TFRecord mask: rotated by 15 bits plus a constant.
std::uint32_t masked_crc(std::string_view bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return ((crc >> 15U) | (crc << 17U)) + 0xa282ead8U;
}

template <typename T>
std::string raw(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7U) bytes += static_cast<char>(value | 0x80U);
  return bytes + static_cast<char>(value);
}

/// Protobuf field headers: number << 3 | wire type (0 varint, 1 eight bytes, 2 counted bytes, 5 four bytes).
std::string counted(int number, std::string_view bytes) {
  return static_cast<char>(number << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}

std::string wall_time() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return '\x09' + raw(std::chrono::duration<double>(now).count());
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) crc = kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (crc >> 8U);
  return ~crc;
}

TensorBoardWriter::TensorBoardWriter(std::filesystem::path path) : path_(std::move(path)) {
  write_file(path_, "");
  append(wall_time() + counted(3, "brain.Event:2"));
}

void TensorBoardWriter::scalar(std::string_view tag, std::int64_t step, float value) {
  const std::string summary = counted(1, counted(1, tag) + '\x15' + raw(value));
  append(wall_time() + '\x10' + varint(static_cast<std::uint64_t>(step)) + counted(5, summary));
}

void TensorBoardWriter::append(std::string_view event) {
  const std::string length = raw(static_cast<std::uint64_t>(event.size()));
  std::ofstream out(path_, std::ios::app | std::ios::binary);
  out << length << raw(masked_crc(length)) << event << raw(masked_crc(event)) << std::flush;
  require(out.good(), "TensorBoardWriter", "cannot write {}", path_.string());
}

}  // namespace anser::train
