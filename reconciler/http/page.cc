#include "http/page.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>

#include "http/page_topology.h"
#include "report/style.h"

namespace gtidops {
namespace {

std::string hash_source(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 64> base64{};
  const int size = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
  return "'sha256-" + std::string(base64.begin(), base64.begin() + size) + "'";
}

std::string source_section(const SourceSnapshot& source, const std::vector<std::string>& released) {
  std::string html = "<section id=\"source\" aria-label=\"Specifications\">\n<p>From <code>" +
                     escaped(source.where) + "</code>";
  if (source.revision)
    html += ", enforced: <code title=\"" + escaped(*source.revision) + "\">" +
            escaped(short_hash(*source.revision)) + "</code>" +
            (source.author.empty() ? "" : " by " + escaped(source.author));
  html += source.last_success
              ? ", last read " + escaped(print_moment(*source.last_success)) + ".</p>\n"
              : ", <strong>never read yet</strong>.</p>\n";
  const auto banner = [&](const std::string& kind, const std::string& text) {
    html += "<p class=\"banner " + kind + "\">" + text + "</p>\n";
  };
  if (!source.error.empty()) banner("bad", "Cannot be read: " + escaped(source.error));
  if (source.signature_rejected)
    banner("bad", "The newest commit is refused: its signature is missing or not trusted.");
  if (source.rewritten)
    banner("warn", "The history of the branch was rewritten before the revision enforced.");
  if (!source.errors.empty()) {
    const std::string which =
        source.seen_revision ? " " + escaped(short_hash(*source.seen_revision)) : "";
    banner("bad", "The newest revision" + which + " is not valid, and so not enforced:");
    html += "<ul>\n";
    for (const std::string& error : source.errors)
      html += "<li><code>" + escaped(error) + "</code></li>\n";
    html += "</ul>\n";
  }
  for (const std::string& name : released)
    banner("warn", escaped(name) + " was let go: its file is gone. Its servers were not touched.");
  return html + "</section>\n";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string page_security_policy() {
  return "default-src 'none'; script-src " + hash_source(kPageScript) + "; style-src " +
         hash_source(kPageStyle) +
         "; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

std::string page(const DaemonSnapshot& snapshot) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n<title>gtidops</title>\n<style>";
  html += kPageStyle;
  html += "</style>\n</head>\n<body>\n<header>\n<h1>gtidops " GTIDOPS_VERSION "</h1>\n";
  html += source_section(snapshot.source, snapshot.released);
  html += "</header>\n<main id=\"topologies\">\n";
  for (const auto& topology : snapshot.topologies) html += topology_card(*topology);
  if (snapshot.topologies.empty()) html += "<p>There is no topology yet.</p>\n";
  html +=
      "</main>\n<footer class=\"soft\"><p><span id=\"renewed\" role=\"status\"></span> "
      "<a href=\"api/v1/topologies\">JSON</a> <a href=\"metrics\">Metrics</a></p></footer>\n"
      "<script>";
  html += kPageScript;
  return html + "</script>\n</body>\n</html>\n";
}

}  // namespace gtidops
