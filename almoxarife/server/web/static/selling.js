"use strict";
// The page works without this: it keeps the open sale on this device, takes a scan while the one before is on its
// way, and adds up as one types. The key of the sale is the server's, so whatever is sent twice is sold once.
(() => {
  const SOON_MS = 400;
  const place = () => document.getElementById("venda");
  const KEPT = `venda-aberta-${place().dataset.person}`;

  const keep = () => {
    const { key, empty } = place().dataset;
    if (empty === undefined) localStorage.setItem(KEPT, JSON.stringify({ key, address: location.pathname + location.search }));
  };
  const CLOSED = `${KEPT}-fechadas`;
  const listClosed = () => JSON.parse(localStorage.getItem(CLOSED) || "[]");
  const forget = () => localStorage.removeItem(KEPT);
  const close = () => {
    localStorage.setItem(CLOSED, JSON.stringify([place().dataset.key, ...listClosed()].slice(0, 20)));
    forget();
  };

  // Whoever comes back to a sale that is closed wants the next one.
  const leaveClosed = () => {
    const isClosed = listClosed().includes(place().dataset.key);
    if (isClosed) location.replace(location.pathname);
    return isClosed;
  };
  addEventListener("pageshow", leaveClosed);
  if (leaveClosed()) return;

  // Whoever has left the page in the middle of a sale goes on with it, under its key.
  const kept = JSON.parse(localStorage.getItem(KEPT) || "null");
  if (place().dataset.empty !== undefined && kept && kept.key !== place().dataset.key && !new URLSearchParams(location.search).get("codigo")) {
    location.replace(kept.address);
    return;
  }
  if (location.search) keep();

  const say = (sentence) => {
    const warning = document.getElementById("aviso");
    if (!warning) return;
    warning.textContent = sentence;
    warning.hidden = !sentence;
  };

  let waiting = [];
  let isBusy = false;

  // A page that comes back replaces the sale; what is being typed into the field for the next product stays.
  const show = (text, address) => {
    const came = new DOMParser().parseFromString(text, "text/html");
    const sale = came.getElementById("venda");
    if (!sale) throw new Error("no page of ours");
    const field = document.getElementById("codigo");
    const typing = document.activeElement === field ? field.value : "";
    const focused = document.activeElement?.name === "codigo" ? "" : document.activeElement?.id;
    for (const old of document.querySelectorAll("main > .problem, main > .told, main > .notice")) old.remove();
    place().replaceWith(document.importNode(sale, true));
    for (const said of [...came.querySelectorAll("main > .problem, main > .notice")].reverse()) {
      document.querySelector("main > h1").after(document.importNode(said, true));
    }
    if (address.includes("?")) history.replaceState(null, "", address);
    keep();
    const next = place().querySelector("[autofocus]") || (focused && document.getElementById(focused)) || document.getElementById("codigo");
    if (typing && next.name === "codigo") next.value = typing;
    next.focus();
    if (next.name !== "codigo") next.select?.();
  };

  const send = async (deed) => {
    const form = place().querySelector("form");
    const body = new FormData(form);
    body.set("fazer", deed.deed);
    body.set("codigo", deed.code);
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(body), headers: { Accept: "text/html" } });
    const came = new URL(answer.url);
    if (came.pathname !== location.pathname) {
      if (came.pathname.startsWith("/painel/vendas/")) close();
      location.assign(came);
      return false;
    }
    show(await answer.text(), answer.redirected ? answer.url : "");
    return answer.ok;
  };

  const work = async () => {
    if (isBusy) return;
    isBusy = true;
    while (waiting.length) {
      const deed = waiting.shift();
      try {
        if (!await send(deed)) {
          waiting = [];
          break;
        }
        say("");
      } catch {
        waiting = [];
        const field = document.getElementById("codigo");
        if (!field.value) field.value = deed.code;
        say("O servidor não respondeu. A venda continua aqui; tente de novo: ela não é registrada duas vezes.");
      }
    }
    isBusy = false;
  };

  // A number that was changed is added up a moment later: not while a button is being pressed, which would be replaced.
  let adding = null;
  let isPressed = false;
  const addUpSoon = () => {
    clearTimeout(adding);
    adding = setTimeout(() => {
      if (isPressed) {
        addUpSoon();
        return;
      }
      waiting.push({ deed: "somar", code: "" });
      work();
    }, SOON_MS);
  };
  addEventListener("pointerdown", () => { isPressed = true; });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { isPressed = false; });

  document.addEventListener("submit", (event) => {
    if (!place().contains(event.target) || event.target.method !== "post") return;
    clearTimeout(adding);
    event.preventDefault();
    event.stopImmediatePropagation();
    const field = document.getElementById("codigo");
    const deed = event.submitter?.value || "incluir";
    if (deed === "fechar" && waiting.some((each) => each.deed === "fechar")) return;
    waiting.push({ deed, code: field.value });
    if (deed !== "fechar") field.value = "";
    work();
  }, { capture: true });

  document.addEventListener("change", (event) => {
    if (!place().contains(event.target) || event.target.name === "codigo") return;
    addUpSoon();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-discard]")) forget();
  });
})();
