#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "core/base/files.h"
#include "tests/support/catch.h"
#include "tests/support/scratch.h"
#include "tests/support/throws.h"

using namespace anser;

using tests::Scratch;

TEST_CASE("what is written is read back, byte for byte", "[base][quick]") {
  const Scratch scratch;
  const std::string content =
      GENERATE(std::string(), std::string("a\n"), std::string("\0\xff\r\n", 4), std::string(1 << 20, 'x'));
  write_file(scratch.path() / "f", content);
  REQUIRE(read_file(scratch.path() / "f") == content);
  REQUIRE(scratch.entries() == 1);
}

TEST_CASE("pieces are written in order and replace the earlier file at once", "[base][quick]") {
  const Scratch scratch;
  const auto path = scratch.path() / "f";
  write_file(path, "earlier");
  write_file(path, [&](const auto& put) {
    put("one ");
    REQUIRE(read_file(path) == "earlier");
    put("two");
  });
  REQUIRE(read_file(path) == "one two");
  REQUIRE(scratch.entries() == 1);
}

TEST_CASE("a writer that fails half-way leaves the earlier file and nothing else", "[base][quick]") {
  const Scratch scratch;
  const auto path = scratch.path() / "f";
  write_file(path, "earlier");
  REQUIRE_THROWS_AS(write_file(path,
                               [](const auto& put) {
                                 put("half");
                                 fail("test", "stopped");
                               }),
                    InputError);
  REQUIRE(read_file(path) == "earlier");
  REQUIRE(scratch.entries() == 1);
}

TEST_CASE("a full disk is one clear sentence", "[base][quick]") {
  if (::access("/dev/full", W_OK) != 0) {
    WARN("skipped: no /dev/full");
    return;
  }
  REQUIRE(
      tests::contains(tests::message_of([] { append_line("/dev/full", "x"); }), "cannot write /dev/full"));
}

TEST_CASE("places that cannot be written or read are named", "[base][quick]") {
  const Scratch scratch;
  write_file(scratch.path() / "file", "x");
  const auto inside_a_file = scratch.path() / "file" / "f";
  REQUIRE(
      tests::contains(tests::message_of([&] { write_file(inside_a_file, "x"); }), inside_a_file.string()));
  REQUIRE(tests::contains(tests::message_of([&] { write_file(scratch.path() / "no" / "f", "x"); }),
                          "No such file"));
  REQUIRE(
      tests::contains(tests::message_of([&] { write_file(scratch.path(), "x"); }), scratch.path().string()));
  REQUIRE(tests::contains(tests::message_of([&] { read_file(scratch.path() / "absent"); }), "absent"));
  REQUIRE(tests::contains(tests::message_of([&] { read_file(scratch.path()); }), "is a folder"));
  REQUIRE(tests::contains(tests::message_of([&] { make_folder(inside_a_file); }), inside_a_file.string()));
  REQUIRE(scratch.entries() == 1);
}

TEST_CASE("appended lines follow one another and folders are made with their parents", "[base][quick]") {
  const Scratch scratch;
  make_folder(scratch.path() / "a" / "b");
  make_folder(scratch.path() / "a" / "b");
  append_line(scratch.path() / "a" / "b" / "log", "one");
  append_line(scratch.path() / "a" / "b" / "log", "two");
  REQUIRE(read_file(scratch.path() / "a" / "b" / "log") == "one\ntwo\n");
}

TEST_CASE("a folder is held by one owner at a time and free again afterwards", "[base][quick]") {
  const Scratch scratch;
  {
    const FolderLock lock(scratch.path());
    REQUIRE(tests::contains(tests::message_of([&] { FolderLock second(scratch.path()); }),
                            "in use by another run"));
  }
  REQUIRE_NOTHROW(FolderLock(scratch.path()));
  REQUIRE_THROWS_AS(FolderLock(scratch.path() / "absent"), InputError);
}

TEST_CASE("the lock of a killed process is free", "[base][quick]") {
  const Scratch scratch;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const FolderLock lock(scratch.path());
    (void)!::write(ready[1], "x", 1);
    for (;;) ::pause();
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  REQUIRE_THROWS_AS(FolderLock(scratch.path()), InputError);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  REQUIRE_NOTHROW(FolderLock(scratch.path()));
}

TEST_CASE("short_hash is FNV-1a of 64 bits", "[base][quick]") {
  REQUIRE(short_hash("") == "cbf29ce484222325");
  REQUIRE(short_hash("a") == "af63dc4c8601ec8c");
  REQUIRE(short_hash("foobar") == "85944171f73967e8");
}
