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

  // A password is shown to whoever wants to see what was typed, and sent, and kept by the browser, as a password.
  for (const field of document.querySelectorAll("input[type=password]")) {
    const label = field.labels[0].textContent.trim().toLowerCase();
    const button = document.createElement("button");
    button.type = "button";
    button.className = "peek";
    const show = (isShown) => {
      field.type = isShown ? "text" : "password";
      button.textContent = isShown ? "Ocultar" : "Mostrar";
      button.setAttribute("aria-label", `${button.textContent} ${label}`);
    };
    show(false);
    button.addEventListener("click", () => show(field.type === "password"));
    field.form.addEventListener("submit", () => show(false));
    field.after(button);
  }

  // What a form held when it was sent, until an answer has come, for whoever sent it: a password is not among it.
  const TYPED = "digitado";
  const FAILED = "falhou";
  const SECRET = /^(psw|senha|csrf_token)/;
  const person = document.body.dataset.person || "";
  const isLogin = location.pathname === "/login";
  const AT_ONCE_MS = 1000;
  let sentAt = -AT_ONCE_MS;

  const remember = (form) => {
    const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !SECRET.test(name));
    try {
      sessionStorage.setItem(TYPED, JSON.stringify({ person, path: location.pathname, fields }));
    } catch { // what is longer than a browser keeps
      sessionStorage.removeItem(TYPED);
    }
  };

  const putBack = () => {
    const typed = JSON.parse(sessionStorage.getItem(TYPED) || "{}");
    if (typed.path !== location.pathname || typed.person !== person) return;
    const { fields } = typed;
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
  } else if (isLogin) {
    // The session had ended: what was sent is put back where the login leads, if the same person comes.
    const sent = JSON.parse(sessionStorage.getItem(TYPED) || "{}");
    if (sent.person) sessionStorage.setItem(FAILED, sent.path);
    else sessionStorage.removeItem(TYPED);
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
      // The second tap of two: the first one is on its way.
      if (event.timeStamp - sentAt < AT_ONCE_MS) event.preventDefault();
      else if (!isLogin) remember(event.target);
      sentAt = event.timeStamp;
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
