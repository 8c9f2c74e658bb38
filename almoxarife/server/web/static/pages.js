"use strict";
// Pages work without this: it says when the server is away, and keeps what was typed meanwhile.
(() => {
  const offline = document.querySelector(".offline");
  const tell = () => { offline.hidden = navigator.onLine; };
  addEventListener("online", tell);
  addEventListener("offline", tell);
  tell();
  addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    offline.hidden = false;
    offline.scrollIntoView();
  });
  // A part of a page that turns out to be the login is shown as a whole page.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const came = new URL(detail.xhr.responseURL);
    if (came.pathname === detail.pathInfo.requestPath.split("?")[0]) return;
    detail.shouldSwap = false;
    location.assign(came);
  });
})();
