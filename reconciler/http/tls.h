// tls: the server's side of TLS, made from the web configuration file.
//
// Thread-safety: a context may be used by any number of connections. Errors: kInvalid, with the
// name of the bad file.
#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "base/result.h"
#include "http/web_config.h"

namespace gtidops {

using TlsContext = std::shared_ptr<SSL_CTX>;

Result<TlsContext> make_tls_context(const WebTls& tls);

}  // namespace gtidops
