// The three measurements: a fleet of stand-ins, a few real servers seen as many topologies, and a
// real topology for hours.
//
// Thread-safety: one at a time in a process. Errors: std::runtime_error.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace gtidops::fleet {

struct Options {
  std::string binary;
  std::size_t topologies = 1'000, servers = 5;
  double interval = 5;
  double seconds = 60;        // of each window
  std::size_t hanging = 100;  // servers, each of a topology of its own
  bool tls = false;
  bool by_the_clock = true;  // else good: those without trouble are synced at every pass
  std::size_t real = 0;      // topologies over four real servers
  double soak_minutes = 0;
  bool text = true;  // else JSON, at the end
};

// A folder that is removed with everything in it.
class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void tell(const Options& options, const std::string& text);
void write(const std::filesystem::path& path, const std::string& text);

struct Result {
  nlohmann::json json;
  bool good = true;
};

Result run_fleet(const Options& options);
Result run_real(const Options& options);
Result run_soak(const Options& options);

}  // namespace gtidops::fleet
