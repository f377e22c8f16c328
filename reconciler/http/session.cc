#include "http/session.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace gtidops {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Code = boost::system::error_code;
using Plain = beast::tcp_stream;
using Tls = beast::ssl_stream<beast::tcp_stream>;

constexpr std::chrono::seconds kRequestTime{10};  // from its first byte to its last
constexpr std::chrono::seconds kAnswerTime{60};
constexpr std::chrono::seconds kIdleTime{20};  // Prometheus usually scrapes every 15 seconds
constexpr std::chrono::milliseconds kLingerTime{500};
constexpr std::size_t kMostLingering = std::size_t{4} << 20U;
constexpr int kRequestsPerConnection = 1000;
constexpr unsigned kHttp11 = 11;

// Empty means that there is no such header. "2, 2" is a repeated Content-Length, and no number.
bool is_number(boost::beast::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

template <class Stream>
class Session : public Guest, public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, WebService& service, Lanes& lanes, Guests& guests)
      : stream_(std::move(stream)), service_(service), lanes_(lanes), guests_(guests) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() override { guests_.left(*this); }

  void start();
  void leave() override {
    Code ignored;
    gone_ = true;
    socket().close(ignored);
  }

 private:
  using Parser = http::request_parser<http::string_body>;
  using Self = std::shared_ptr<Session>;

  Self self() { return this->shared_from_this(); }
  Plain& lowest() { return beast::get_lowest_layer(stream_); }
  asio::ip::tcp::socket& socket() { return lowest().socket(); }

  void await_request();
  void read_head();
  void on_head(Code problem);
  [[nodiscard]] std::optional<WebResponse> head_problem(Code problem);
  void take_head();
  void check_password();
  void let_in();
  void tell_to_go_on(const WebRoute& route);
  void read_body(WebLane lane);
  void work(WebLane lane);
  template <class Work>
  void hand_over(Lane& lane, Work work);

  void refuse(int status, const std::string& message) {
    respond(service_.trouble(status, message));
  }
  void respond(WebResponse response);
  void say_goodbye();
  void linger();

  Stream stream_;
  WebService& service_;
  Lanes& lanes_;
  Guests& guests_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  WebRequest request_;
  std::optional<http::response<http::string_body>> answer_;
  std::array<char, 16384> ignored_{};
  std::size_t lingered_ = 0;
  int requests_ = 0;
  bool misread_ = false;  // the request was refused as malformed, so its end is unknown
  bool gone_ = false;
};

// --- Reading the request.

template <class Stream>
void Session<Stream>::start() {
  if (!guests_.enter(*this)) return;
  if constexpr (std::is_same_v<Stream, Tls>) {
    lowest().expires_after(kRequestTime);
    stream_.async_handshake(asio::ssl::stream_base::server, [me = self()](Code problem) {
      if (!problem) me->await_request();
    });
  } else {
    await_request();
  }
}

template <class Stream>
void Session<Stream>::await_request() {
  constexpr std::size_t kPiece = 4096;
  if (gone_) return;
  guests_.waits(*this);
  guests_.holds(*this, 0);
  if (buffer_.size() > 0) return read_head();
  lowest().expires_after(requests_ == 0 ? kRequestTime : kIdleTime);
  stream_.async_read_some(buffer_.prepare(kPiece), [me = self()](Code problem, std::size_t size) {
    if (problem || me->gone_) return;
    me->buffer_.commit(size);
    me->guests_.waits(*me);
    me->read_head();
  });
}

template <class Stream>
void Session<Stream>::read_head() {
  ++requests_;
  request_ = {};
  parser_.emplace();
  parser_->header_limit(kLargestHead);
  parser_->body_limit(kLargestBody);
  lowest().expires_after(kRequestTime);
  http::async_read_header(stream_, buffer_, *parser_, [me = self()](Code problem, std::size_t) {
    if (!me->gone_) me->on_head(problem);
  });
}

template <class Stream>
std::optional<WebResponse> Session<Stream>::head_problem(Code problem) {
  if (problem == http::error::body_limit)
    return service_.trouble(413, "the body is larger than 1 MiB");
  if (problem == http::error::header_limit || problem == http::error::buffer_overflow)
    return service_.trouble(431, "the headers are larger than 32 KiB");
  if (problem) return service_.trouble(400, "this is no HTTP request: " + problem.message());
  const auto& head = parser_->get();
  if (head.target().size() > kLongestTarget)
    return service_.trouble(414, "the path is longer than 8 KiB");
  if (head.target().empty() || head.target().front() != '/')
    return service_.trouble(400, "the path does not begin with /");
  const auto hosts = head.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && head.version() >= kHttp11))
    return service_.trouble(400, "one Host header is needed");
  // A proxy between the client and us may use the other one of two lengths, and so see another end
  // of the request.
  if (head.count(http::field::content_length) > 1 || !is_number(head[http::field::content_length]))
    return service_.trouble(400, "Content-Length must be one number");
  if (head.count(http::field::content_length) > 0 && head.count(http::field::transfer_encoding) > 0)
    return service_.trouble(400, "Content-Length and Transfer-Encoding are both there");
  if (head.count(http::field::transfer_encoding) > 0 && !parser_->chunked())
    return service_.trouble(400, "of Transfer-Encoding, only chunked is understood");
  return std::nullopt;
}

template <class Stream>
void Session<Stream>::on_head(Code problem) {
  const bool silent = problem == http::error::end_of_stream || problem == beast::error::timeout ||
                      problem == asio::error::connection_reset ||
                      problem == asio::error::operation_aborted;
  if (silent) return;
  take_head();
  if (auto refused = head_problem(problem)) {
    misread_ = true;
    return respond(std::move(*refused));
  }
  if (auto refused = service_.refuse(request_)) return respond(std::move(*refused));
  const auto known = service_.known(request_);
  if (!known) return check_password();
  if (!*known) return refuse(401, "a user name and a password are needed");
  let_in();
}

template <class Stream>
void Session<Stream>::take_head() {
  const auto& head = parser_->get();
  const auto text = [](boost::beast::string_view view) {
    return std::string(view.data(), view.size());
  };
  const std::string target = text(head.target());
  const auto question = target.find('?');
  request_.method = text(head.method_string());
  request_.path = target.substr(0, question);
  if (question != std::string::npos) request_.query = target.substr(question + 1);
  for (const auto& field : head)
    request_.headers.emplace_back(text(field.name_string()), text(field.value()));
}

template <class Stream>
void Session<Stream>::check_password() {
  hand_over(lanes_.passwords, [this] {
    int status = 401;
    try {
      if (service_.password_is_right(request_)) status = 200;
    } catch (const std::exception&) {
      status = 500;
    }
    return [this, status] {
      if (status == 200) return let_in();
      refuse(status,
             status == 401 ? "a user name and a password are needed" : "something went wrong here");
    };
  });
}

template <class Stream>
void Session<Stream>::let_in() {
  WebRoute route = service_.route(request_);
  if (route.refusal) return respond(std::move(*route.refusal));
  // A body that the route does not take is not read. is_done(): the request has no body.
  if (!route.takes_body || parser_->is_done()) return work(route.lane);
  tell_to_go_on(route);
}

// curl, for example, sends "Expect: 100-continue" and waits for this answer before it sends a body.
template <class Stream>
void Session<Stream>::tell_to_go_on(const WebRoute& route) {
  static constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
  guests_.waits(*this);
  const auto length = parser_->content_length();
  guests_.holds(*this, length ? static_cast<std::size_t>(*length) : kLargestBody);
  lowest().expires_after(kRequestTime);
  if (!beast::iequals(parser_->get()[http::field::expect], "100-continue"))
    return read_body(route.lane);
  asio::async_write(stream_, asio::buffer(kGoOn.data(), kGoOn.size()),
                    [me = self(), lane = route.lane](Code problem, std::size_t) {
                      if (!problem && !me->gone_) me->read_body(lane);
                    });
}

template <class Stream>
void Session<Stream>::read_body(WebLane lane) {
  http::async_read(stream_, buffer_, *parser_, [me = self(), lane](Code problem, std::size_t) {
    if (me->gone_ || problem == beast::error::timeout) return;
    if (problem == http::error::body_limit) return me->refuse(413, "the body is larger than 1 MiB");
    if (problem) return me->refuse(400, "the body ended early, or cannot be read");
    me->request_.body = std::move(me->parser_->get().body());
    me->work(lane);
  });
}

// --- Making and sending the answer.

// `work` runs on a thread of the lane and returns a function that runs on the connections' thread.
// Neither of them owns the session: its reference `me` moves along, because the session must be
// destroyed on the connections' thread.
template <class Stream>
template <class Work>
void Session<Stream>::hand_over(Lane& lane, Work work) {
  guests_.works(*this);
  const bool taken = lane.take([me = self(), work = std::move(work)]() mutable {
    auto next = work();
    const auto executor = me->socket().get_executor();
    asio::post(executor, [me = std::move(me), next = std::move(next)]() mutable {
      if (!me->gone_) next();
    });
  });
  if (!taken) refuse(503, "too many ask for this at once: try again in a moment");
}

template <class Stream>
void Session<Stream>::work(WebLane lane) {
  hand_over(lanes_.of(lane), [this] {
    auto response = std::make_shared<WebResponse>();
    try {
      *response = service_.answer(request_);
    } catch (const std::exception&) {
      *response = service_.trouble(500, "something went wrong here");
    }
    return [this, response] { respond(std::move(*response)); };
  });
}

template <class Stream>
void Session<Stream>::respond(WebResponse response) {
  service_.count(request_.path, response.status);
  // The connection is closed when the body was not read to its end: the rest must not be taken for
  // the next request.
  const auto& head = parser_->get();
  const bool keep = parser_->is_done() && !misread_ && head.version() >= kHttp11 &&
                    head.keep_alive() && requests_ < kRequestsPerConnection;
  answer_.emplace(static_cast<http::status>(response.status), kHttp11);
  for (const auto& [name, value] : response.headers) answer_->insert(name, value);
  answer_->keep_alive(keep);
  answer_->content_length(response.body.size());
  guests_.waits(*this);
  guests_.holds(*this, response.body.size());
  if (request_.method != "HEAD") answer_->body() = std::move(response.body);
  lowest().expires_after(kAnswerTime);
  http::async_write(stream_, *answer_, [me = self(), keep](Code problem, std::size_t) {
    me->answer_.reset();
    if (problem || me->gone_) return;
    if (keep) return me->await_request();
    me->say_goodbye();
  });
}

template <class Stream>
void Session<Stream>::say_goodbye() {
  guests_.waits(*this);
  guests_.holds(*this, 0);
  lowest().expires_after(kLingerTime);
  if constexpr (std::is_same_v<Stream, Tls>) {
    stream_.async_shutdown([me = self()](Code) {
      if (!me->gone_) me->linger();
    });
  } else {
    linger();
  }
}

// Reads and drops what the client still sends. Closing while bytes are unread would reset the
// connection, and the client could lose the end of the answer.
template <class Stream>
void Session<Stream>::linger() {
  Code ignored;
  if (lingered_ == 0) socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  lowest().async_read_some(asio::buffer(ignored_), [me = self()](Code problem, std::size_t size) {
    me->lingered_ += size;
    if (!problem && !me->gone_ && me->lingered_ < kMostLingering) me->linger();
  });
}

}  // namespace

void serve_connection(asio::ip::tcp::socket socket, WebService& service, Lanes& lanes,
                      Guests& guests) {
  const TlsContext tls = service.tls();
  if (!tls) {
    std::make_shared<Session<Plain>>(Plain(std::move(socket)), service, lanes, guests)->start();
    return;
  }
  SSL_CTX_up_ref(tls.get());
  asio::ssl::context context(tls.get());  // it releases the reference just taken
  std::make_shared<Session<Tls>>(Tls(Plain(std::move(socket)), context), service, lanes, guests)
      ->start();
}

}  // namespace gtidops
