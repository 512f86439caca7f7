#include "core/base/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "core/base/error.h"

namespace anser {
namespace {

/// A temporary file that disappears unless it is renamed.
class PendingFile {
 public:
  explicit PendingFile(const std::filesystem::path& target)
      : target_(target), name_(target.string() + fmt::format(".tmp{}", ::getpid())) {
    descriptor_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    check(descriptor_ >= 0);
  }
  ~PendingFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!renamed_) ::unlink(name_.c_str());
  }
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  void write(std::string_view piece) {
    while (!piece.empty()) {
      const ssize_t written = ::write(descriptor_, piece.data(), piece.size());
      if (written < 0 && errno == EINTR) continue;
      check(written > 0);
      piece.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void commit() {
    check(::fsync(descriptor_) == 0);
    check(::close(std::exchange(descriptor_, -1)) == 0);
    check(::rename(name_.c_str(), target_.c_str()) == 0);
    renamed_ = true;
  }

 private:
  void check(bool ok) const {
    require(ok, "write_file", "cannot write {}: {}", target_.string(), std::strerror(errno));
  }
  std::filesystem::path target_;
  std::string name_;
  int descriptor_ = -1;
  bool renamed_ = false;
};

}  // namespace

void write_file(const std::filesystem::path& path, std::string_view content) {
  write_file(path, [&](const auto& put) { put(content); });
}

namespace {

/// A pipe or a device is written as it is: it cannot be replaced by a rename.
void write_through(const std::filesystem::path& path,
                   const std::function<void(const std::function<void(std::string_view)>&)>& produce) {
  std::ofstream out(path, std::ios::binary);
  produce(
      [&](std::string_view piece) { out.write(piece.data(), static_cast<std::streamsize>(piece.size())); });
  require(out.flush().good(), "write_file", "cannot write {}: {}", path.string(), std::strerror(errno));
}

/// What a link points at, so that the link stays.
std::filesystem::path link_target(const std::filesystem::path& path) {
  std::error_code error;
  const auto target = std::filesystem::canonical(path, error);
  return error ? path : target;
}

}  // namespace

void write_file(const std::filesystem::path& path,
                const std::function<void(const std::function<void(std::string_view)>&)>& produce) {
  std::error_code error;
  const auto kind = std::filesystem::status(path, error).type();
  require(kind != std::filesystem::file_type::directory, "write_file", "{} is a folder, wanted a file",
          path.string());
  if (std::filesystem::exists(path, error)) {
    require(::access(path.c_str(), W_OK) == 0, "write_file", "cannot write {}: {}", path.string(),
            std::strerror(errno));
    if (kind != std::filesystem::file_type::regular) return write_through(path, produce);
  }
  PendingFile file(std::filesystem::is_symlink(path, error) ? link_target(path) : path);
  produce([&](std::string_view piece) { file.write(piece); });
  file.commit();
}

std::string read_file(const std::filesystem::path& path) {
  require(!std::filesystem::is_directory(path), "read_file", "{} is a folder, wanted a file", path.string());
  std::ifstream in(path, std::ios::binary);
  require(in.good(), "read_file", "cannot read {}: {}", path.string(), std::strerror(errno));
  std::ostringstream out;
  out << in.rdbuf();
  require(!in.bad(), "read_file", "cannot read {}: {}", path.string(), std::strerror(errno));
  return std::move(out).str();
}

void append_line(const std::filesystem::path& path, std::string_view line) {
  std::ofstream out(path, std::ios::app | std::ios::binary);
  out << line << '\n' << std::flush;
  require(out.good(), "append_line", "cannot write {}: {}", path.string(), std::strerror(errno));
}

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  require(!error && std::filesystem::is_directory(path), "make_folder", "cannot create folder {}: {}",
          path.string(), error ? error.message() : "a file of that name is in the way");
}

FolderLock::FolderLock(const std::filesystem::path& folder) {
  const auto name = folder / ".lock";
  descriptor_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  require(descriptor_ >= 0, "FolderLock", "cannot write in {}: {}", folder.string(), std::strerror(errno));
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor_);
    fail("FolderLock", "{} is in use by another run; wait for it or choose another folder", folder.string());
  }
}

FolderLock::~FolderLock() {
  ::close(descriptor_);
}

std::string short_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return fmt::format("{:016x}", hash);
}

}  // namespace anser
