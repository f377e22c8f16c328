#include <httplib.h>

#include <filesystem>
#include <stdexcept>
#include <thread>
#include <utility>

#include "git_world/servers.h"
#include "system/child_process.h"

namespace gtidops::testing {

struct HttpGitServer::Inner {
  Inner(const GitWorld& of, Options with) : world(of), options(std::move(with)) {}

  void answer(const httplib::Request& request, httplib::Response& response) const;

  const GitWorld& world;
  Options options;
  std::unique_ptr<httplib::Server> server;
  int port = 0;
  std::thread thread;
};

// Common Gateway Interface: the request in the environment, the answer's headers before its body.
void HttpGitServer::Inner::answer(const httplib::Request& request,
                                  httplib::Response& response) const {
  if (!options.redirect_to.empty())
    return response.set_redirect(options.redirect_to + request.target, 301);
  if (!options.user.empty() &&
      request.get_header_value("Authorization") !=
          httplib::make_basic_authentication_header(options.user, options.password).second) {
    response.status = 401;
    response.set_header("WWW-Authenticate", "Basic realm=\"git\"");
    return;
  }
  const std::size_t question = request.target.find('?');
  const ChildCommand command{
      {"git", "http-backend"},
      request.body,
      {{"GIT_PROJECT_ROOT", std::filesystem::path(world.remote()).parent_path()},
       {"GIT_HTTP_EXPORT_ALL", "1"},
       {"GIT_CONFIG_COUNT", "1"},
       {"GIT_CONFIG_KEY_0", "safe.directory"},
       {"GIT_CONFIG_VALUE_0", "*"},
       {"REQUEST_METHOD", request.method},
       {"PATH_INFO", request.path},
       {"QUERY_STRING", question == std::string::npos ? "" : request.target.substr(question + 1)},
       {"CONTENT_TYPE", request.get_header_value("Content-Type")},
       {"CONTENT_LENGTH", std::to_string(request.body.size())}},
      std::size_t{64} << 20U};
  const auto end = run_child(command, Deadline::after(Millis{20'000}));
  const std::size_t head = end ? end->out.find("\r\n\r\n") : std::string::npos;
  if (head == std::string::npos) {
    response.status = 500;
    return;
  }
  std::string type = "text/plain";
  response.status = 200;
  std::istringstream lines(end->out.substr(0, head));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("Status: ", 0) == 0) response.status = std::stoi(line.substr(8));
    if (line.rfind("Content-Type: ", 0) == 0) type = line.substr(14, line.find('\r') - 14);
  }
  response.set_content(end->out.substr(head + 4), type);
}

HttpGitServer::HttpGitServer(const GitWorld& world, Options options)
    : inner_(std::make_unique<Inner>(world, std::move(options))) {
  if (inner_->options.tls) {
    world.run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
               "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
               "subjectAltName=DNS:localhost", "-keyout", world.path("tls.key"), "-out",
               world.path("ca.pem")});
    inner_->server = std::make_unique<httplib::SSLServer>(world.path("ca.pem").c_str(),
                                                          world.path("tls.key").c_str());
  } else {
    inner_->server = std::make_unique<httplib::Server>();
  }
  const auto handler = [inner = inner_.get()](const httplib::Request& request,
                                              httplib::Response& response) {
    inner->answer(request, response);
  };
  inner_->server->Get(".*", handler);
  inner_->server->Post(".*", handler);
  inner_->port = inner_->server->bind_to_any_port("127.0.0.1");
  if (inner_->port <= 0) throw std::runtime_error("no port for the http server");
  inner_->thread = std::thread([inner = inner_.get()] { inner->server->listen_after_bind(); });
  while (!inner_->server->is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

HttpGitServer::~HttpGitServer() {
  inner_->server->stop();
  inner_->thread.join();
}

int HttpGitServer::port() const { return inner_->port; }

std::string HttpGitServer::url(const std::string& user_info, const std::string& host) const {
  return std::string(inner_->options.tls ? "https://" : "http://") +
         (user_info.empty() ? "" : user_info + "@") + (host.empty() ? "localhost" : host) + ":" +
         std::to_string(inner_->port) + "/remote.git";
}

}  // namespace gtidops::testing
