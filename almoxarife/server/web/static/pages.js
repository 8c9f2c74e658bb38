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
})();
