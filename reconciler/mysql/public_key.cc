#include "mysql/public_key.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/mman.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <memory>

namespace gtidops::mysql {
namespace {

constexpr std::size_t kLongestFile = 65'536;
// Older versions of MariaDB Connector/C encrypt into 1024 bytes, whatever the key's size.
constexpr int kMostBits = 8192;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

Result<std::string> read(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kFailed, system_text(errno));
  std::string text(kLongestFile, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad()) return fail(ErrorCode::kFailed, system_text(errno));
  return text;
}

Result<Key> parse(const std::string& text) {
  const Bio in(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  Key key(PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr));
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
    return fail(ErrorCode::kInvalid, "it holds no RSA public key in PEM");
  if (EVP_PKEY_get_bits(key.get()) > kMostBits)
    return fail(ErrorCode::kInvalid, fmt::format("its key has more than {} bits", kMostBits));
  return key;
}

// The key alone, in the form that the library reads, without whatever else is in the user's file.
Result<File> keep_in_memory(EVP_PKEY* key) {
  const Bio out(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PUBKEY(out.get(), key) != 1)
    return fail(ErrorCode::kFailed, "the key cannot be written");
  char* bytes = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(out.get(), &bytes));
  File file(::memfd_create("gtidops-public-key", MFD_CLOEXEC));
  if (file.get() < 0) return fail(ErrorCode::kFailed, system_text(errno));
  if (auto written = write_all(file, {bytes, size}, "memory"); !written)
    return tl::unexpected(written.error());
  return file;
}

}  // namespace

Result<PinnedKey> PinnedKey::load(const std::string& path) {
  const auto text = read(path);
  if (!text) return tl::unexpected(text.error());
  const auto key = parse(*text);
  if (!key) return tl::unexpected(key.error());
  auto file = keep_in_memory(key->get());
  if (!file) return tl::unexpected(file.error());
  PinnedKey pinned(*std::move(file));
  // Without /proc the library could not open the path, and would ask the server for its key.
  if (!read(pinned.path())) return fail(ErrorCode::kFailed, "/proc is needed to hand it over");
  return pinned;
}

std::string PinnedKey::path() const { return fmt::format("/proc/self/fd/{}", file_.get()); }

}  // namespace gtidops::mysql
