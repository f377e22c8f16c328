#include "http/tls.h"

#include <openssl/err.h>

#include <string>

namespace gtidops {
namespace {

std::string openssl_error() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "cannot be read" : reason;
}

int version_number(int version) { return version >= 13 ? TLS1_3_VERSION : TLS1_2_VERSION; }

int verify_mode(ClientAuth auth) {
  switch (auth) {
    case ClientAuth::kNone:
      return SSL_VERIFY_NONE;
    case ClientAuth::kRequest:
    case ClientAuth::kVerifyIfGiven:
      return SSL_VERIFY_PEER;
    case ClientAuth::kRequireAny:
    case ClientAuth::kRequireAndVerify:
      return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

// For kRequest and kRequireAny, which ask for a certificate and accept any.
int accept_any(int /*verified*/, X509_STORE_CTX* /*store*/) { return 1; }

}  // namespace

Result<TlsContext> make_tls_context(const WebTls& tls) {
  ERR_clear_error();
  const TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return fail(ErrorCode::kFailed, "TLS: " + openssl_error());
  SSL_CTX* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, version_number(tls.min_version));
  SSL_CTX_set_max_proto_version(raw, version_number(tls.max_version));
  SSL_CTX_set_options(
      raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (SSL_CTX_use_certificate_chain_file(raw, tls.cert_file.c_str()) != 1)
    return fail(ErrorCode::kInvalid, "cert_file " + tls.cert_file + ": " + openssl_error());
  // Without this callback, OpenSSL would ask the daemon's terminal for the passphrase of a key.
  SSL_CTX_set_default_passwd_cb(raw, [](char*, int, int, void*) { return 0; });
  if (SSL_CTX_use_PrivateKey_file(raw, tls.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return fail(ErrorCode::kInvalid, "key_file " + tls.key_file + ": " + openssl_error());
  if (SSL_CTX_check_private_key(raw) != 1)
    return fail(ErrorCode::kInvalid,
                "key_file " + tls.key_file + " does not belong to cert_file " + tls.cert_file);
  const bool any =
      tls.client_auth == ClientAuth::kRequest || tls.client_auth == ClientAuth::kRequireAny;
  SSL_CTX_set_verify(raw, verify_mode(tls.client_auth), any ? accept_any : nullptr);
  if (!tls.client_ca_file.empty()) {
    STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(tls.client_ca_file.c_str());
    if (names == nullptr ||
        SSL_CTX_load_verify_locations(raw, tls.client_ca_file.c_str(), nullptr) != 1)
      return fail(ErrorCode::kInvalid,
                  "client_ca_file " + tls.client_ca_file + ": " + openssl_error());
    SSL_CTX_set_client_CA_list(raw, names);
  }
  // Without a context id, OpenSSL does not resume sessions of clients that must show a certificate.
  const unsigned char id[] = "gtidops";
  SSL_CTX_set_session_id_context(raw, id, sizeof(id) - 1);
  return context;
}

}  // namespace gtidops
