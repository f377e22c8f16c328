// gtidops-fleet: what `gtidops run` costs for a thousand topologies, and whether they keep their
// interval when some servers hang; or, with --soak, whether it grows. tests/README.md tells more.
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>

#include "bench/fleet/runs.h"

namespace gtidops::fleet {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "gtidops-fleet-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder can be made");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void tell(const Options& options, const std::string& text) {
  if (!options.text) return;
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

namespace {

int run(int argc, char** argv) {
  CLI::App app("What the daemon costs for a large fleet");
  Options options{.binary = GTIDOPS_BINARY};
  std::string output = "text";
  app.add_option("--topologies", options.topologies, "How many")->check(CLI::Range(1, 10'000));
  app.add_option("--servers", options.servers, "Of each topology")->check(CLI::Range(1, 200));
  app.add_option("--interval", options.interval, "Seconds between two passes")
      ->check(CLI::Range(1.0, 3600.0));
  app.add_option("--seconds", options.seconds, "How long each window is")
      ->check(CLI::Range(5.0, 3600.0));
  app.add_option("--hanging", options.hanging, "How many servers hang in the second window");
  app.add_flag("--tls", options.tls, "Connections are encrypted");
  app.add_option("--real", options.real,
                 "That many topologies over the same four real servers, in place of stand-ins")
      ->check(CLI::Range(1, 100));
  app.add_option("--soak", options.soak_minutes,
                 "For that many minutes one real topology with drift and crashes: does it grow?")
      ->check(CLI::Range(1.0, 10'000.0));
  app.add_option("--binary", options.binary, "The gtidops to measure");
  app.add_flag("!--not-by-the-clock", options.by_the_clock,
               "Judge whether passes end with \"synced\", and not whether they keep the interval");
  app.add_option("-o,--output", output, "text or json")->check(CLI::IsMember({"text", "json"}));
  CLI11_PARSE(app, argc, argv);
  options.text = output == "text";
  options.hanging = std::min(options.hanging, options.topologies);
  const Result result = options.soak_minutes > 0 ? run_soak(options)
                        : options.real > 0       ? run_real(options)
                                                 : run_fleet(options);
  if (!options.text) std::printf("%s\n", result.json.dump(2).c_str());
  return result.good ? 0 : 1;
}

}  // namespace
}  // namespace gtidops::fleet

int main(int argc, char** argv) try {
  return gtidops::fleet::run(argc, argv);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
