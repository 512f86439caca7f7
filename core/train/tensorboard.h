// A TensorBoard event file with scalars: records of [length u64][masked CRC32C of it u32][Event][masked
// CRC32C of that u32], little endian, where Event is tensorflow's protobuf message { wall_time = 1: double,
// step = 2: int64, file_version = 3: string, summary = 5 { value = 1 { tag = 1: string, simple_value = 2:
// float } } }.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace anser::train {

/// CRC-32C (Castagnoli), as TFRecord files use it before masking.
std::uint32_t crc32c(std::string_view bytes);

class TensorBoardWriter {
 public:
  /// Begins a fresh file (its name must contain "tfevents" for TensorBoard to find it).
  explicit TensorBoardWriter(std::filesystem::path path);

  /// Appends and flushes one scalar. InputError when the file cannot be written.
  void scalar(std::string_view tag, std::int64_t step, float value);

 private:
  void append(std::string_view event);

  std::filesystem::path path_;
};

}  // namespace anser::train
