"use strict";
// The page works without this: it lets a span be dragged over the bars, and opens an entry below its row.
(() => {
  const SHORTEST = 0.01;

  const place = (figure, event) => {
    const box = figure.querySelector("svg").getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };

  let from = null;
  let mark = null;
  const clear = () => { if (mark) mark.remove(); from = mark = null; };

  document.addEventListener("pointerdown", (event) => {
    const figure = event.target.closest && event.target.closest(".histogram");
    if (!figure || event.button !== 0 || !event.target.closest("svg")) return;
    from = { figure, at: place(figure, event) };
    mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    mark.setAttribute("class", "mark");
    mark.setAttribute("height", "100");
    figure.querySelector("svg").append(mark);
  });

  document.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = place(from.figure, event);
    mark.setAttribute("x", String(Math.min(from.at, to) * 1000));
    mark.setAttribute("width", String(Math.abs(to - from.at) * 1000));
  });

  document.addEventListener("pointerup", (event) => {
    if (!from) return;
    const { figure, at } = from;
    const to = place(figure, event);
    clear();
    if (Math.abs(to - at) < SHORTEST) return;
    const begin = Date.parse(figure.dataset.de);
    const length = Date.parse(figure.dataset.ate) - begin;
    const iso = (part) => new Date(begin + part * length).toISOString().slice(0, 19) + "+00:00";
    const address = new URL(figure.dataset.address, location.href);
    address.searchParams.set("periodo", "entre");
    address.searchParams.set("de", iso(Math.min(at, to)));
    address.searchParams.set("ate", iso(Math.max(at, to)));
    // What was dragged is no click on the bar below it.
    addEventListener("click", (click) => click.preventDefault(), { capture: true, once: true });
    setTimeout(() => location.assign(address));
  });
  document.addEventListener("pointercancel", clear);
  document.addEventListener("dragstart", (event) => { if (from) event.preventDefault(); });

  const fetchEntry = async (address) => {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (answer.redirected) location.assign(answer.url);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.getElementById("registro") || page.querySelector("main .problem");
  };

  const open = async (link, row) => {
    const opened = document.createElement("tr");
    opened.className = "opened";
    const cell = opened.insertCell();
    cell.colSpan = row.cells.length;
    cell.textContent = "Abrindo…";
    row.after(opened);
    link.setAttribute("aria-expanded", "true");
    let entry = null;
    try {
      entry = await fetchEntry(link.href);
    } catch { /* said below */ }
    cell.replaceChildren(entry || "Sem conexão com o servidor. Feche e abra de novo.");
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest(".entries a.open");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const row = link.closest("tr");
    const below = row.nextElementSibling;
    if (!below || !below.classList.contains("opened")) {
      open(link, row);
      return;
    }
    below.remove();
    link.setAttribute("aria-expanded", "false");
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id === "achados" && (from || event.target.querySelector(".opened"))) event.preventDefault();
  });
})();
