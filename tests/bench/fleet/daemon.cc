#include "bench/fleet/daemon.h"

#include <fcntl.h>
#include <httplib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace gtidops::fleet {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

[[noreturn]] void become(const std::vector<std::string>& command, const std::string& log) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing stays when the benchmark is ended
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

// "VmRSS:   123 kB"
double mib_of(const std::string& status, const std::string& key) {
  const std::size_t at = status.find("\n" + key + ":");
  if (at == std::string::npos) return 0;
  return std::strtod(status.c_str() + at + key.size() + 2, nullptr) / 1024;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::size_t raise_descriptor_limit() {
  constexpr rlim_t kEnough = 65'536;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < kEnough) {
    const rlimit more{kEnough, kEnough};  // root may
    if (::setrlimit(RLIMIT_NOFILE, &more) == 0) return kEnough;
  }
  if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > kEnough) limit.rlim_max = kEnough;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

DaemonProcess::DaemonProcess(const std::string& binary, const fs::path& folder,
                             const fs::path& path)
    : log_(folder / "daemon.log") {
  const std::vector<std::string> command{
      binary,           "run",          "--path", path.string(), "--state-dir",
      folder / "state", "--log-format", "json",   "--listen",    "127.0.0.1:0"};
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) become(command, log_.string());
  const auto begin = Clock::now();
  while ((port_ = find_port()) == 0) {
    std::this_thread::sleep_for(20ms);
    if (seconds_since(begin) > 30 || ::waitpid(pid_, nullptr, WNOHANG) == pid_)
      throw std::runtime_error("the daemon does not listen: " + log());
  }
}

DaemonProcess::~DaemonProcess() {
  if (pid_ > 0) stop();
}

std::string DaemonProcess::log() const { return read_file(log_); }

int DaemonProcess::find_port() const {
  constexpr std::string_view kWords = "listening on port ";
  const std::string text = log();
  const std::size_t at = text.find(kWords);
  return at == std::string::npos ? 0 : std::atoi(text.c_str() + at + kWords.size());
}

Usage DaemonProcess::usage() const {
  const fs::path proc = fs::path("/proc") / std::to_string(pid_);
  const std::string status = read_file(proc / "status");
  if (status.empty()) throw std::runtime_error("the daemon has ended: " + log());
  Usage usage;
  clockid_t clock{};
  timespec cpu{};
  if (::clock_getcpuclockid(pid_, &clock) == 0 && ::clock_gettime(clock, &cpu) == 0)
    usage.cpu_seconds = static_cast<double>(cpu.tv_sec) + static_cast<double>(cpu.tv_nsec) / 1e9;
  usage.rss_mib = mib_of(status, "VmRSS");
  usage.peak_mib = mib_of(status, "VmHWM");
  usage.threads = static_cast<std::size_t>(mib_of(status, "Threads") * 1024 + 0.5);
  std::error_code gone;
  const fs::directory_iterator all(proc / "fd", gone);
  usage.descriptors = static_cast<std::size_t>(std::distance(begin(all), end(all)));
  return usage;
}

Page DaemonProcess::get(const std::string& path) const {
  httplib::Client client("127.0.0.1", port_);
  client.set_read_timeout(60s);
  const auto begin = Clock::now();
  const auto response = client.Get(path);
  if (!response || response->status != 200)
    throw std::runtime_error(path + " is not answered: " +
                             (response ? std::to_string(response->status) : "no connection"));
  return {response->body, seconds_since(begin) * 1e3};
}

double DaemonProcess::stop() {
  const auto begin = Clock::now();
  ::kill(pid_, SIGTERM);
  while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
    std::this_thread::sleep_for(10ms);
    if (seconds_since(begin) < 60) continue;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    break;
  }
  pid_ = -1;
  return seconds_since(begin);
}

}  // namespace gtidops::fleet
