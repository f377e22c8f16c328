// A replica whose disk is full: said clearly, within the time that was given.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "e2e/support/topology.h"

namespace gtidops::testing {
namespace {

// Lets a process that is not root mount something for itself and its children, under its own uid.
// REQUIRES: one thread.
bool own_mounts() {
  const uid_t uid = getuid();
  const gid_t gid = getgid();
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  const auto tell = [](const char* file, const std::string& text) {
    std::ofstream out(std::string("/proc/self/") + file);
    out << text << std::flush;
    return out.good();
  };
  return tell("setgroups", "deny") && tell("uid_map", fmt::format("{0} {0} 1", uid)) &&
         tell("gid_map", fmt::format("{0} {0} 1", gid));
}

// A file system of a few megabytes.
class SmallDisk {
 public:
  SmallDisk()
      : path_(std::filesystem::temp_directory_path() /
              ("gtidops-disk-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
    const auto try_it = [&] {
      return mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=4m,mode=0777") == 0;
    };
    mounted_ = try_it() || (own_mounts() && try_it());
    if (!mounted_) why_ = std::strerror(errno);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
    std::filesystem::remove_all(path_);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] const std::string& why() const { return why_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool mounted_ = false;
  std::string why_;
};

TEST(DiskFull, IsSaidAndDoesNotHang) {
  const SmallDisk disk;
  ASSERT_TRUE(disk.mounted()) << "neither root nor a user namespace may mount a tmpfs here: "
                              << disk.why();
  Topology topology(2, {.mysqld = {"--relay-log=" + (disk.path() / "relay").string()}});
  topology.converge();
  sandbox::sql(topology["db2"], "STOP REPLICA");
  sandbox::sql(
      topology["db1"],
      "CREATE DATABASE big; CREATE TABLE big.t (a INT AUTO_INCREMENT PRIMARY KEY, b LONGBLOB)");
  for (int i = 0; i < 8; ++i)
    sandbox::sql(topology["db1"], "INSERT INTO big.t (b) VALUES (REPEAT('x', 1000000))");
  const Ran ran = topology.apply({"--timeout", "8s"});
  EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
  EXPECT_LT(ran.seconds, 40);
  EXPECT_NE(ran.out.find("isk is full"), std::string::npos) << ran.out;
  EXPECT_EQ(sandbox::value(topology["db1"], "SELECT @@read_only"), "0");
  EXPECT_EQ(sandbox::value(topology["db2"], "SELECT @@super_read_only"), "1");
}

}  // namespace
}  // namespace gtidops::testing
