// Session: one connection, from its handshake to its end. Every request and answer has a deadline
// as a whole, however slowly the client's bytes arrive, and a limit in bytes.
//
// Thread-safety: the thread that runs the io_context. Errors: none; a client that breaks the rules
// is told so, where that is possible, and disconnected.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>

#include "http/exchange.h"
#include "http/guests.h"
#include "http/lanes.h"

namespace gtidops {

inline constexpr std::size_t kLargestBody = 1U << 20U;
inline constexpr std::size_t kLargestHead = 32U << 10U;
inline constexpr std::size_t kLongestTarget = 8U << 10U;

// Serves the connection for as long as it lasts. REQUIRES: the arguments outlive the io_context's
// handlers.
void serve_connection(boost::asio::ip::tcp::socket socket, WebService& service, Lanes& lanes,
                      Guests& guests);

}  // namespace gtidops
