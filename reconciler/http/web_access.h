// WebAccess: the web configuration in force. The file is read again when it, a certificate or a key
// has changed. A change that is not valid is not taken over: the last valid configuration stays.
//
// Thread-safety: any thread. Errors: load() says what is wrong with the file; problem() tells later
// errors.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/tls.h"
#include "http/web_config.h"
#include "system/deadline.h"

namespace gtidops {

class WebAccess {
 public:
  // An empty name: no TLS, and everybody is let in.
  explicit WebAccess(std::string file) : file_(std::move(file)) {}
  Status load();

  struct Rules {
    TlsContext tls;                            // nullptr: none
    std::map<std::string, std::string> users;  // name to hash
  };
  // The rules in force. Looks at the files at most once a second.
  [[nodiscard]] std::shared_ptr<const Rules> rules();
  [[nodiscard]] std::string problem() const;

 private:
  using Stamps = std::vector<std::string>;
  [[nodiscard]] Stamps stamps() const;
  Status take();

  const std::string file_;
  mutable std::mutex mutex_;
  std::vector<std::string> watched_;
  Stamps stamps_;
  Deadline look_again_ = Deadline::after(Millis{0});
  std::shared_ptr<const Rules> rules_ = std::make_shared<const Rules>();
  std::string problem_;
};

}  // namespace gtidops
