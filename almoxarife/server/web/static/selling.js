"use strict";
// The page works without this: it keeps the open sale on this device, takes a scan while the one before is on its
// way, and adds up as one types. The key of the sale is the server's, so whatever is sent twice is sold once.
(() => {
  const SOON_MS = 400;
  const AT_ONCE_MS = 400;
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
  let current = null;

  const listNamed = (name) => [...place().querySelectorAll(`[name="${name}"]`)];
  const isButton = (control) => control.tagName === "BUTTON";

  // Where somebody is in the sale, to be there again in the one that replaces it.
  const findFocus = () => {
    const control = document.activeElement;
    if (!control.name || !place().contains(control)) return null;
    const { name, value, selectionStart, selectionEnd } = control;
    return { name, value, selectionStart, selectionEnd, at: listNamed(name).indexOf(control) };
  };
  const takeUpFocus = ({ name, value, selectionStart, selectionEnd, at }) => {
    const control = listNamed(name)[at];
    if (!control) return false;
    if (!isButton(control)) control.value = value;
    control.focus();
    control.setSelectionRange?.(selectionStart, selectionEnd);
    return true;
  };

  // A page that comes back replaces the sale; what was typed while it was on its way stays.
  const show = (text, address, sent, isAdded) => {
    const came = new DOMParser().parseFromString(text, "text/html");
    const sale = came.getElementById("venda");
    if (!sale) throw new Error("no page of ours");
    // Somebody else has logged in at this browser: this page's own address tells them whose sale it is.
    if (sale.dataset.person !== place().dataset.person) {
      location.reload();
      return false;
    }
    const isSettled = !came.getElementById("codigo").value;
    const typing = document.getElementById("codigo").value;
    const others = ["loja_id", "desconto", "recebido", "valor"].flatMap(listNamed).filter(({ name, value }) => value !== sent.get(name));
    const focus = isAdded && findFocus();
    const camera = document.getElementById("camera");
    for (const old of document.querySelectorAll("main > .problem, main > .told, main > .notice")) old.remove();
    place().replaceWith(document.importNode(sale, true));
    document.getElementById("camera").replaceWith(camera);  // with what listens to it
    for (const said of [...came.querySelectorAll("main > .problem, main > .notice")].reverse()) {
      document.querySelector("main > h1").after(document.importNode(said, true));
    }
    if (address.includes("?")) history.replaceState(null, "", address);
    keep();
    for (const { name, value } of others) for (const field of listNamed(name)) field.value = value;
    const field = document.getElementById("codigo");
    if (typing) field.value = typing;
    const next = place().querySelector("[autofocus]") || field;
    if (next === field && focus && takeUpFocus(focus)) return isSettled;
    next.focus();
    if (next !== field || !typing) next.select?.();
    return isSettled;
  };

  // Whether the sale was taken as it is asked for, so that what waits may follow.
  const send = async (deed) => {
    const form = place().querySelector("form");
    const body = new FormData(form);
    const isAdded = deed.deed === "somar";
    const typed = () => JSON.stringify(["quantidade", "preco"].flatMap(listNamed).map(({ value }) => value));
    const before = typed();
    body.set("fazer", deed.deed);
    body.set("codigo", deed.code);
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(body), headers: { Accept: "text/html" } });
    const came = new URL(answer.url);
    if (came.pathname !== location.pathname) {
      if (came.pathname.startsWith("/painel/vendas/")) close();
      location.assign(came);
      return false;
    }
    const text = await answer.text();
    // Somebody has gone on typing: it is added up again when they are done.
    if (isAdded && typed() !== before) return true;
    return show(text, answer.redirected ? answer.url : "", body, isAdded) && answer.ok;
  };

  // What has waited for something that was not taken is not done: it is said, never left out unseen.
  const drop = (sentence) => {
    const missed = waiting.filter(({ deed, code }) => deed === "incluir" && code).map(({ code }) => code);
    waiting = [];
    say([sentence, missed.length ? `Não entraram na venda: ${missed.join(", ")}. Inclua de novo.` : ""].join(" ").trim());
  };

  const work = async () => {
    if (current) return;
    while (waiting.length) {
      current = waiting.shift();
      try {
        if (await send(current)) say("");
        else drop("");
      } catch {
        const field = document.getElementById("codigo");
        if (!field.value) field.value = current.code;
        drop("O servidor não respondeu. A venda continua aqui; tente de novo: ela não é registrada duas vezes.");
      }
    }
    current = null;
  };

  // A number that was changed is added up a moment later: not while a button is being pressed, which would be replaced.
  let adding = null;
  let isPressed = false;
  const addUpSoon = () => {
    clearTimeout(adding);
    adding = setTimeout(() => {
      adding = null;
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

  // The second click of two, or tap, which may meet the sale that came after the first.
  let clicks = 0;
  let last = { deed: "", at: 0 };
  addEventListener("click", ({ detail }) => {
    clicks = detail;
    setTimeout(() => { clicks = 0; });  // what the camera reads is sent without a click
  }, { capture: true });
  const isSecond = (deed, at) => clicks > 1 || (deed.includes("-") && deed === last.deed && at - last.at < AT_ONCE_MS);

  document.addEventListener("submit", (event) => {
    if (!place().contains(event.target) || event.target.method !== "post") return;
    clearTimeout(adding);
    adding = null;
    event.preventDefault();
    event.stopImmediatePropagation();
    const field = document.getElementById("codigo");
    const deed = event.submitter?.value || "incluir";
    if (isSecond(deed, event.timeStamp)) {
      field.focus();  // the next code is not for the button
      return;
    }
    last = { deed, at: event.timeStamp };
    if (deed === "fechar" && waiting.some((each) => each.deed === "fechar")) return;
    // A button of one line or product is of the sale that is seen, which is about to be replaced.
    if (deed.includes("-") && [current, ...waiting].some((each) => each && each.deed !== "somar")) return;
    waiting.push({ deed, code: field.value });
    if (deed !== "fechar") field.value = "";
    work();
  }, { capture: true });

  document.addEventListener("input", () => {
    if (adding) addUpSoon();
  });

  document.addEventListener("change", (event) => {
    if (!place().contains(event.target) || event.target.name === "codigo") return;
    addUpSoon();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-discard]")) forget();
  });
})();
