#include "git/fetch_helper.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): SIGKILL
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <string>

#include "git/clone.h"
#include "git/fetch_protocol.h"

namespace gtidops {
namespace {

constexpr std::size_t kRequestLimit = 65'536;

bool read_request(Secret& text) {
  std::array<char, 4096> buffer{};
  ssize_t got = 0;
  while ((got = ::read(STDIN_FILENO, buffer.data(), buffer.size())) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    text.append({buffer.data(), static_cast<std::size_t>(got)});
    if (text.size() > kRequestLimit) break;
  }
  wipe_memory(buffer.data(), buffer.size());
  return got == 0;
}

// Servers sometimes quote what they were sent, and an error message must not show the password.
void hide(std::string& text, const Secret& secret) {
  if (secret.size() < 4) return;
  for (std::size_t at = 0; (at = text.find(secret.reveal(), at)) != std::string::npos;)
    text.replace(at, secret.size(), "***");
}

bool write_answer(const std::string& text) {
  std::size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data() + sent, text.size() - sent);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    sent += static_cast<std::size_t>(written);
  }
  return true;
}

git::FetchAnswer answer(const git::FetchRequest& request, const Secret& password) {
  try {
    return git::fetch(request, password);
  } catch (const std::exception& error) {
    return {"", SourceError{SourceError::Reason::kOther, error.what(), std::nullopt}};
  }
}

}  // namespace

int run_git_fetch_helper() {
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  Secret text;
  if (!read_request(text)) return 1;
  const auto request = git::decode_request(text.reveal());
  // The parent is not the process that asked: that one died before the prctl() above took effect.
  if (!request || request->first.parent != ::getppid()) return 1;
  git::FetchAnswer result = answer(request->first, request->second);
  if (result.error) hide(result.error->message, request->second);
  return write_answer(git::encode(result)) ? 0 : 1;
}

}  // namespace gtidops
