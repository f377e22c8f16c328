#include "http/http_server.h"

#include <arpa/inet.h>
#include <httplib.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "http/basic_auth.h"
#include "http/guarded_server.h"
#include "http/hook.h"
#include "http/page.h"
#include "http/web_access.h"
#include "report/json_parts.h"
#include "report/status_json.h"
#include "system/quiet_thread.h"
#include "system/secret.h"

namespace gtidops {
namespace {

using httplib::Request;
using httplib::Response;
using Handled = httplib::Server::HandlerResponse;

constexpr const char* kHook = "/hooks/git";
constexpr const char* kTopologies = "/api/v1/topologies";
constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kJson = "application/json";
constexpr const char* kNothingPolicy = "default-src 'none'; frame-ancestors 'none'";

struct ListenAt {
  std::string host;
  int port = 0;
};

std::optional<ListenAt> parse_listen(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  ListenAt at{text.substr(0, colon), -1};
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + colon + 1, end, at.port);
  if (read.ec != std::errc() || read.ptr != end || at.port < 0 || at.port > 65535)
    return std::nullopt;
  if (at.host.size() >= 2 && at.host.front() == '[' && at.host.back() == ']')
    at.host = at.host.substr(1, at.host.size() - 2);
  else if (at.host.find(':') != std::string::npos)
    return std::nullopt;                     // an IPv6 address without its brackets
  if (at.host.empty()) at.host = "0.0.0.0";  // as Prometheus reads ":9090"
  return at;
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0;
}

// A bounded set of words, whatever is asked for.
std::string handler_name(const std::string& path) {
  if (path == "/") return "page";
  if (path == "/-/healthy") return "healthy";
  if (path == "/-/ready") return "ready";
  if (path == "/metrics") return "metrics";
  if (path == kHook) return "hook";
  if (path == kTopologies) return "topologies";
  if (path.rfind(std::string(kTopologies) + "/", 0) == 0) return "topology";
  return "other";
}

StatusReport report_of(const TopologySnapshot& topology) {
  return {*topology.spec, topology.seen, topology.plan, topology.conditions, &topology};
}

void answer(Response& response, int status, const std::string& text) {
  response.status = status;
  response.set_content(text + "\n", kText);
}

void answer_error(Response& response, int status, const std::string& message) {
  response.status = status;
  response.set_content(print_json({{"error", message}}), kJson);
}

}  // namespace

struct HttpServer::Inner {
  Inner(HttpOptions given, HttpSources from, Metrics& count)
      : options(std::move(given)),
        sources(std::move(from)),
        metrics(count),
        access(options.web_config_file),
        server([this] { return access.rules()->tls; }) {}

  HttpOptions options;
  HttpSources sources;
  Metrics& metrics;
  WebAccess access;
  BasicAuth auth;
  Secret hook_secret;
  std::string policy = page_security_policy();
  std::string open_warning;
  GuardedServer server;
  std::thread thread;
  int port = 0;

  // Everything but the hook is answered here, before the library's own routing: which knows no 405.
  Handled before(const Request& request, Response& response) {
    response.set_header("Content-Security-Policy", kNothingPolicy);
    if (!auth.permits(access.rules()->users, request.get_header_value("Authorization"))) {
      response.set_header("WWW-Authenticate", "Basic realm=\"gtidops\", charset=\"UTF-8\"");
      answer_error(response, 401, "a user name and a password are needed");
      return Handled::Handled;
    }
    const std::string name = handler_name(request.path);
    if (name == "other") {
      answer_error(response, 404, "there is nothing at this path");
      return Handled::Handled;
    }
    const bool hook = name == "hook";
    const bool allowed =
        hook ? request.method == "POST" : request.method == "GET" || request.method == "HEAD";
    if (!allowed) {
      response.set_header("Allow", hook ? "POST" : "GET, HEAD");
      answer_error(response, 405, "this path does not take " + request.method);
      return Handled::Handled;
    }
    if (hook) return before_hook(request, response);
    get(name, request, response);
    return Handled::Handled;
  }

  static Handled before_hook(const Request& request, Response& response) {
    // What is signed is the body as sent: nothing may unpack or parse it first.
    if (request.has_header("Content-Encoding") || request.is_multipart_form_data()) {
      answer_error(response, 415, "send the body as it is, not compressed and not multipart");
      return Handled::Handled;
    }
    return Handled::Unhandled;
  }

  void get(const std::string& name, const Request& request, Response& response) {
    if (name == "healthy") return tell(response, sources.unhealthy);
    if (name == "ready") return tell(response, sources.unready);
    const auto snapshot = sources.snapshot();
    if (!snapshot) return answer_error(response, 503, "nothing is known yet");
    if (name == "metrics") {
      response.set_content(metrics.scrape(*snapshot), "text/plain; version=0.0.4; charset=utf-8");
    } else if (name == "page") {
      response.headers.erase("Content-Security-Policy");
      response.set_header("Content-Security-Policy", policy);
      response.set_content(page(*snapshot), "text/html; charset=utf-8");
    } else if (name == "topologies") {
      std::vector<StatusReport> reports;
      for (const auto& topology : snapshot->topologies) reports.push_back(report_of(*topology));
      response.set_content(statuses_json(reports, snapshot.get()), kJson);
    } else {
      get_topology(request.path.substr(std::strlen(kTopologies) + 1), *snapshot, response);
    }
  }

  static void get_topology(const std::string& name, const DaemonSnapshot& snapshot,
                           Response& response) {
    for (const auto& topology : snapshot.topologies)
      if (*topology->spec->name == name)
        return response.set_content(status_json(report_of(*topology)), kJson);
    answer_error(response, 404, "there is no topology " + name);
  }

  static void tell(Response& response, const std::function<std::string()>& trouble) {
    const std::string why = trouble ? trouble() : "";
    answer(response, why.empty() ? 200 : 503, why.empty() ? "ok" : why);
  }

  void hook(const Request& request, Response& response, const httplib::ContentReader& read) {
    std::string body;
    const bool whole = read([&](const char* at, std::size_t size) {
      if (body.size() + size > GuardedServer::kLargestBody) return false;
      body.append(at, size);
      return true;
    });
    if (!whole) {
      const bool too_long =
          response.status == 413 || body.size() + 16384 > GuardedServer::kLargestBody;
      return answer_error(response, too_long ? 413 : 400,
                          too_long ? "the body is larger than 1 MiB" : "the body ended early");
    }
    if (options.hook_secret.kind != SecretRef::Kind::kNone) {
      const auto header = [&](const char* name) { return request.get_header_value(name); };
      const HookCheck check = check_hook(hook_secret.reveal(), body, header);
      if (check == HookCheck::kMissing)
        return answer_error(response, 401, "a signature of the body is needed");
      if (check == HookCheck::kWrong) return answer_error(response, 403, "the signature is wrong");
    }
    if (sources.pull_now) sources.pull_now();
    answer(response, 202, "will look now");
  }

  void set_up() {
    server.set_default_headers({{"X-Content-Type-Options", "nosniff"},
                                {"X-Frame-Options", "DENY"},
                                {"Referrer-Policy", "no-referrer"},
                                {"Cross-Origin-Resource-Policy", "same-origin"},
                                {"Cache-Control", "no-store"}});
    server.set_pre_routing_handler(
        [this](const Request& request, Response& response) { return before(request, response); });
    server.Post(kHook,
                [this](const Request& request, Response& response,
                       const httplib::ContentReader& read) { hook(request, response, read); });
    // What the library refuses by itself has no body yet.
    server.set_error_handler(httplib::Server::Handler([](const Request&, Response& response) {
      if (response.body.empty())
        answer_error(response, response.status,
                     response.status == 413 ? "the request is too large" : "bad request");
    }));
    server.set_exception_handler([](const Request&, Response& response, const std::exception_ptr&) {
      answer_error(response, 500, "something went wrong here");
    });
    server.set_logger([this](const Request& request, const Response& response) {
      metrics.http_request(handler_name(request.path), response.status);
    });
  }

  Status bind(const ListenAt& at) {
    errno = 0;
    if (at.port == 0)
      port = server.bind_to_any_port(at.host);
    else
      port = server.bind_to_port(at.host, at.port) ? at.port : -1;
    if (port > 0) {
      server.widen_backlog();
      return {};
    }
    const std::string why = errno == 0 ? "no such address here" : std::strerror(errno);
    return fail(ErrorCode::kFailed, "cannot listen on " + options.listen + ": " + why);
  }

  // The library may only be stopped once it runs.
  void await_running() {
    thread = quiet_thread([this] { server.listen_after_bind(); });
    const Deadline deadline = Deadline::after(Millis{5'000});
    while (!server.is_running() && !deadline.over())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
};

HttpServer::HttpServer(HttpOptions options, HttpSources sources, Metrics& metrics)
    : inner_(std::make_unique<Inner>(std::move(options), std::move(sources), metrics)) {
  inner_->set_up();
}

HttpServer::~HttpServer() { stop(); }

Status HttpServer::start() {
  const auto at = parse_listen(inner_->options.listen);
  if (!at)
    return fail(ErrorCode::kInvalid, "listen: " + inner_->options.listen +
                                         " is not of the form ADDRESS:PORT or [IPV6]:PORT");
  if (const auto loaded = inner_->access.load(); !loaded) return loaded;
  auto secret = read_secret(inner_->options.hook_secret, Deadline::after(kSecretCommandTime));
  if (!secret)
    return fail(secret.error().code,
                "the secret of " + std::string(kHook) + ": " + secret.error().message);
  inner_->hook_secret = std::move(*secret);
  if (const auto bound = inner_->bind(*at); !bound) return bound;
  if (!is_loopback(at->host) && inner_->access.rules()->users.empty())
    inner_->open_warning = "everybody who reaches " + inner_->options.listen +
                           " may read the state of all topologies: set basic_auth_users in the web "
                           "configuration file, or listen on 127.0.0.1";
  inner_->await_running();
  return {};
}

int HttpServer::port() const { return inner_->port; }

std::string HttpServer::warning() const {
  const std::string problem = inner_->access.problem();
  return problem.empty() ? inner_->open_warning : problem;
}

void HttpServer::stop() {
  if (!inner_->thread.joinable()) return;
  inner_->server.stop();
  inner_->server.disconnect_all();
  inner_->thread.join();
}

}  // namespace gtidops
