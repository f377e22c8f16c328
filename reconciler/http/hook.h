// hook: was the body of POST /hooks/git sent by somebody who knows the secret?
//
//   GitHub, Gitea   X-Hub-Signature-256: sha256=HEX     HMAC-SHA256 of the body
//   Gitea, Forgejo  X-Gitea-Signature, X-Forgejo-Signature: HEX
//   GitLab          X-Gitlab-Token: the secret itself
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace gtidops {

enum class HookCheck { kRight, kMissing, kWrong };

// `header` returns a header's value by its name, empty when there is none. The first of the headers
// above that is present decides.
HookCheck check_hook(std::string_view secret, std::string_view body,
                     const std::function<std::string(const char*)>& header);

}  // namespace gtidops
