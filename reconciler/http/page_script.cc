#include "http/page.h"

namespace gtidops {

// Renews the page when the API's answer has changed. The server renders the new page, so that
// layout and escaping exist only once. Sections that the reader has opened stay open.
const char* const kPageScript = R"js(
"use strict";
(() => {
  const every = 5000;
  const note = document.getElementById("renewed");
  let last = null;
  const say = (text) => { if (note.textContent !== text) note.textContent = text; };
  const renew = async () => {
    const answer = await fetch("./", { cache: "no-store" });
    if (!answer.ok) throw new Error("HTTP " + answer.status);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const open = new Set([...document.querySelectorAll("details[open]")].map((one) => one.id));
    const focus = document.activeElement && document.activeElement.closest("details");
    for (const id of ["source", "topologies"]) {
      const place = document.getElementById(id), next = fresh.getElementById(id);
      if (place && next) place.replaceWith(document.adoptNode(next));
    }
    for (const one of document.querySelectorAll("details"))
      if (open.has(one.id)) one.open = true;
    const again = focus && document.getElementById(focus.id);
    if (again) again.querySelector("summary").focus({ preventScroll: true });
  };
  const look = async () => {
    try {
      if (!document.hidden) {
        const answer = await fetch("api/v1/topologies", { cache: "no-store" });
        if (!answer.ok) throw new Error("HTTP " + answer.status);
        const text = await answer.text();
        if (text !== last) { await renew(); last = text; }
        say("Renewed " + new Date().toLocaleTimeString() + ".");
      }
    } catch (error) {
      say("Out of date: the server does not answer (" + error.message + ").");
    }
    setTimeout(look, every);
  };
  setTimeout(look, every);
})();
)js";

}  // namespace gtidops
