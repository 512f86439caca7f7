// Files that are never half-written: content goes to a temporary name beside the target, is flushed to the
// disk and renamed. A full disk, a missing permission or a killed writer leaves the earlier file as it was.
// Links are followed; pipes and devices are written through.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace anser {

/// Writes `content` under `path` by rename. InputError naming path and reason where the system refuses.
void write_file(const std::filesystem::path& path, std::string_view content);

/// The same for content produced piece by piece: `produce` calls its argument with the pieces in order.
void write_file(const std::filesystem::path& path,
                const std::function<void(const std::function<void(std::string_view)>&)>& produce);

/// Whole content of a file. InputError naming the path where it cannot be read.
std::string read_file(const std::filesystem::path& path);

/// Appends one line ('\n' added) and flushes it. InputError on failure.
void append_line(const std::filesystem::path& path, std::string_view line);

/// Creates a folder and its parents. InputError naming it on failure.
void make_folder(const std::filesystem::path& path);

/// Holds a folder for this process (flock on `folder/.lock`): two runs on one directory cannot meet.
class FolderLock {
 public:
  /// InputError when another process holds it.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

/// FNV-1a of 64 bits as 16 hexadecimal digits: names of configs, not a checksum against an adversary.
std::string short_hash(std::string_view text);

}  // namespace anser
