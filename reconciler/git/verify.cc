#include "git/verify.h"

#include <unistd.h>

#include <cctype>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "git/handles.h"
#include "system/child_process.h"

namespace gtidops::git {
namespace {

namespace fs = std::filesystem;
using Verified = tl::expected<std::string, std::string>;

constexpr Millis kToolTime{10'000};

tl::unexpected<std::string> rejected(std::string why) {
  return tl::unexpected<std::string>(std::move(why));
}

// A folder with the one signature, because the tools read it from a file.
class SignatureFile {
 public:
  SignatureFile(const std::string& directory, const std::string& text) {
    std::string pattern = directory + "/signature-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) return;
    folder_ = pattern;
    std::ofstream file(path(), std::ios::binary);
    file << text;
    file.close();
    written_ = !file.fail();
  }
  SignatureFile(const SignatureFile&) = delete;
  SignatureFile& operator=(const SignatureFile&) = delete;
  ~SignatureFile() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }
  [[nodiscard]] bool written() const { return written_; }
  [[nodiscard]] std::string path() const { return folder_ + "/signature"; }

 private:
  std::string folder_;
  bool written_ = false;
};

Result<ChildEnd> run(std::vector<std::string> arguments, std::string_view input,
                     Deadline deadline) {
  // LC_ALL: the tools' messages must not be translated.
  const ChildCommand command{std::move(arguments), input, {{"LC_ALL", "C"}}};
  return run_child(command, deadline.earlier(Deadline::after(kToolTime)));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) lines.push_back(line);
  return lines;
}

// As in git, a key must have been valid when the commit was made.
std::string verify_time(Moment moment) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(moment);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];  // NOLINT(modernize-avoid-c-arrays): strftime
  const std::size_t size = std::strftime(text, sizeof text, "%Y%m%d%H%M%SZ", &parts);
  return std::string("-Overify-time=") + std::string(text, size);
}

Verified verify_ssh(const Commit::Signature& signature, const std::string& file,
                    const SourceRevision& revision, const std::string& signers, Deadline deadline) {
  const std::string time = verify_time(revision.committed_at);
  const auto found =
      run({"ssh-keygen", "-Y", "find-principals", time, "-s", file, "-f", signers}, {}, deadline);
  if (!found) return rejected("cannot be verified: " + found.error().message);
  const std::vector<std::string> principals = lines_of(found->out);
  if (found->code != 0 || principals.empty())
    return rejected("is signed with a key that is not in " + signers);
  for (const std::string& principal : principals) {
    const auto end = run({"ssh-keygen", "-Y", "verify", time, "-n", "git", "-I", principal, "-s",
                          file, "-f", signers},
                         signature.payload, deadline);
    if (!end) return rejected("cannot be verified: " + end.error().message);
    if (end->code == 0) return printable(principal);
  }
  return rejected("has a signature that does not fit it");
}

// gpgv accepts every key of the keyring; that a key has expired or was revoked it only reports.
Verified judge_gpg(const ChildEnd& end, const std::string& keyring) {
  std::string signer;
  bool valid = false;
  for (const std::string& line : lines_of(end.out)) {
    std::istringstream words(line);
    std::string prefix;
    std::string word;
    std::string key;
    words >> prefix >> word >> key;
    if (prefix != "[GNUPG:]") continue;
    if (word == "EXPKEYSIG") return rejected("is signed with a key that has expired: " + key);
    if (word == "EXPSIG") return rejected("has a signature that has expired");
    if (word == "REVKEYSIG") return rejected("is signed with a key that was revoked: " + key);
    if (word == "BADSIG") return rejected("has a signature that does not fit it");
    if (word == "NO_PUBKEY" || word == "ERRSIG")
      return rejected(std::string("is signed with a key that is not in ")
                          .append(keyring)
                          .append(": ")
                          .append(key));
    if (word == "VALIDSIG") valid = true;
    if (word == "GOODSIG") {
      std::getline(words >> std::ws, signer);
      signer.append(" (").append(key).append(")");
      signer = printable(signer);
    }
  }
  if (end.code == 0 && valid && !signer.empty()) return signer;
  return rejected("cannot be verified with " + keyring + ": " +
                  (end.err.empty() ? "gpgv says nothing" : printable(end.err)));
}

}  // namespace

Verified verify(const Commit::Signature& signature, const SourceRevision& revision,
                const GitOptions& options, Deadline deadline) {
  const bool ssh = options.verify == GitOptions::Verify::kSsh;
  if (signature.text.empty()) return rejected("is not signed");
  const bool is_ssh = signature.text.rfind("-----BEGIN SSH SIGNATURE-----", 0) == 0;
  const bool is_pgp = signature.text.rfind("-----BEGIN PGP", 0) == 0;
  if (ssh ? !is_ssh : !is_pgp)
    return rejected(std::string("has no signature of the kind ") + (ssh ? "ssh" : "gpg"));
  std::error_code missing;
  const std::string signers = fs::absolute(options.signers_file, missing).string();
  if (!fs::is_regular_file(signers, missing))
    return rejected("cannot be verified: there is no file " + signers);
  const SignatureFile file(options.directory, signature.text);
  if (!file.written())
    return rejected("cannot be verified: " + options.directory + " cannot be written");
  if (ssh) return verify_ssh(signature, file.path(), revision, signers, deadline);
  const auto end = run({"gpgv", "--status-fd", "1", "--keyring", signers, "--", file.path(), "-"},
                       signature.payload, deadline);
  if (!end) return rejected("cannot be verified: " + end.error().message);
  return judge_gpg(*end, signers);
}

}  // namespace gtidops::git
