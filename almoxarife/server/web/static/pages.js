"use strict";
// Pages work without this: it says when the server is away, and keeps what was typed meanwhile.
(() => {
  const offline = document.querySelector(".offline");
  const tell = () => { offline.hidden = navigator.onLine; };
  addEventListener("online", tell);
  addEventListener("offline", tell);
  tell();

  // On a phone the menu is wider than the screen.
  document.querySelector("header nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });

  // What a form held when it was sent, until an answer has come: a password is not among it.
  const TYPED = "digitado";
  const FAILED = "falhou";
  const SECRET = /^(psw|senha|csrf_token)/;

  const remember = (form) => {
    const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !SECRET.test(name));
    sessionStorage.setItem(TYPED, JSON.stringify({ path: location.pathname, fields }));
  };

  const putBack = () => {
    const { path, fields } = JSON.parse(sessionStorage.getItem(TYPED) || "{}");
    if (path !== location.pathname) return;
    const names = new Set(fields.map(([name]) => name));
    const form = [...document.forms].find((each) => each.method === "post" && [...names].every((name) => each.elements[name]));
    if (!form) return;
    for (const [name, value] of fields) {
      const field = form.elements[name];
      if (field instanceof HTMLElement && !["checkbox", "radio", "submit"].includes(field.type)) field.value = value;
    }
  };

  if (document.querySelector("[data-offline]")) {
    sessionStorage.setItem(FAILED, location.pathname);
    document.getElementById("de-novo").href = location.pathname;
    document.getElementById("guardado").hidden = !sessionStorage.getItem(TYPED);
  } else {
    if (sessionStorage.getItem(FAILED) === location.pathname) putBack();
    sessionStorage.removeItem(FAILED);
    sessionStorage.removeItem(TYPED);
  }

  addEventListener("submit", (event) => {
    if (!navigator.onLine) {
      event.preventDefault();
      offline.hidden = false;
      offline.scrollIntoView();
    } else if (event.target.method === "post") {
      remember(event.target);
    }
  });

  // A part of a page that turns out to be the login is shown as a whole page.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const came = new URL(detail.xhr.responseURL);
    if (came.pathname === detail.pathInfo.requestPath.split("?")[0]) return;
    detail.shouldSwap = false;
    location.assign(came);
  });

  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
})();
