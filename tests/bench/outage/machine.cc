#include "bench/outage/machine.h"

#include <sys/times.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace gtidops::outage {
namespace {

// The fields of a /proc/PID/stat behind the name, which may hold anything.
double ticks_of_process(const std::string& pid) {
  std::ifstream in("/proc/" + pid + "/stat");
  std::string line;
  std::getline(in, line);
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return user + system;
}

std::string pid_of(const sandbox::Server& server) {
  std::ifstream in(server.folder() / "mysqld.pid");
  std::string pid;
  in >> pid;
  return pid;
}

}  // namespace

CpuTime cpu_time(Fleet& fleet) {
  CpuTime time;
  std::ifstream in("/proc/stat");
  std::string label;
  in >> label;
  // user nice system idle iowait irq softirq steal; what a guest gets is in user already.
  constexpr int kIdle = 3;
  constexpr int kIoWait = 4;
  for (int field = 0; field < 8; ++field) {
    double ticks = 0;
    in >> ticks;
    time.all += ticks;
    if (field != kIdle && field != kIoWait) time.busy += ticks;
  }
  tms own{};
  ::times(&own);
  time.ours = static_cast<double>(own.tms_utime + own.tms_stime + own.tms_cutime + own.tms_cstime);
  for (const std::string& name : fleet.names()) time.ours += ticks_of_process(pid_of(fleet[name]));
  return time;
}

double percent_of_others(const CpuTime& before, const CpuTime& after) {
  const double all = after.all - before.all;
  const double others = (after.busy - before.busy) - (after.ours - before.ours);
  return all <= 0 ? 0 : std::clamp(100 * others / all, 0.0, 100.0);
}

}  // namespace gtidops::outage
