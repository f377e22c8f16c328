#include "wiring.h"

#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "mysql/fleet.h"
#include "state/file_journal.h"
#include "system/secret.h"

namespace gtidops {
namespace {

class SystemClock : public Clock {
 public:
  [[nodiscard]] Moment now() const override {
    return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
  }
  [[nodiscard]] Millis monotonic() const override {
    return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch());
  }
  [[nodiscard]] double monotonic_us() const override {
    return std::chrono::duration<double, std::micro>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  void sleep(Millis duration) override { std::this_thread::sleep_for(duration); }
};

}  // namespace

std::unique_ptr<Clock> make_clock() { return std::make_unique<SystemClock>(); }

std::unique_ptr<Fleet> make_fleet(const Spec& spec, bool acts) {
  return std::make_unique<MysqlFleet>(spec, acts);
}

Result<std::unique_ptr<Journal>> make_journal(const std::string& state_dir,
                                              const std::string& topology) {
  return open_file_journal(state_dir, topology, "gtidops");
}

Result<Intent> peek_intent(const std::string& state_dir, const std::string& topology) {
  return read_intent(state_dir, topology);
}

Status check_secret(const SecretRef& secret) {
  const auto read = read_secret(secret, Deadline::after(kSecretCommandTime));
  if (!read) return tl::unexpected<Error>(read.error());
  return {};
}

}  // namespace gtidops
