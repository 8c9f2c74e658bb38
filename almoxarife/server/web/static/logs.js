"use strict";
// The page works without this: it lets a span be dragged over the bars, and leaves open what is being read.
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

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id === "achados" && (from || event.target.querySelector("details[open]"))) event.preventDefault();
  });
})();
