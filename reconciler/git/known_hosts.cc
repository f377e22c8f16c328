#include "git/known_hosts.h"

#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "system/child_process.h"

namespace gtidops::git {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(std::move(word));
  return words;
}

}  // namespace

std::string merge_known_hosts(const std::vector<std::string>& files) {
  std::vector<std::string> lines;
  std::set<std::string> revoked;
  for (const std::string& name : files) {
    std::ifstream file(name);
    for (std::string line; std::getline(file, line);) {
      const std::vector<std::string> words = words_of(line);
      if (words.size() >= 4 && words[0] == "@revoked") revoked.insert(words[3]);
      if (words.size() < 3 || words[0].front() == '#' || words[0].front() == '@') continue;
      lines.push_back(words[0] + " " + words[1] + " " + words[2]);
    }
  }
  std::string merged;
  for (const std::string& line : lines)
    if (revoked.count(line.substr(line.rfind(' ') + 1)) == 0) merged += line + "\n";
  return merged;
}

// ssh-keygen(1) is asked because the names in the file may be hashed.
bool knows_host(const std::string& file, const std::string& host, const std::string& port) {
  const std::string name = port.empty() || port == "22" ? host : "[" + host + "]:" + port;
  const ChildCommand command{{"ssh-keygen", "-F", name, "-f", file}, {}, {}};
  const auto end = run_child(command, Deadline::after(Millis{5'000}));
  return end && end->code == 0 && !end->out.empty();
}

std::string fingerprint(std::string_view sha256) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out = "SHA256:";
  unsigned bits = 0;
  int held = 0;
  for (const char c : sha256) {
    bits = bits << 8U | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6)
      out += digits[bits >> static_cast<unsigned>(held - 6) & 63U];
  }
  if (held > 0) out += digits[bits << static_cast<unsigned>(6 - held) & 63U];
  return out;
}

}  // namespace gtidops::git
