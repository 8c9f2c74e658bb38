"use strict";
// Asks what a monitor asks, by the last number it has seen: nothing is missed, and nothing shown twice.
(() => {
  const EVERY_MS = 5000;
  const PAGE = 200;
  const MAX_LINES = 2000;
  const KINDS = {
    entrada: "entrada", saida: "saída", ajuste: "ajuste", estorno: "estorno", venda: "venda", saldo_inicial: "saldo inicial",
    transferencia_saida: "transferência (saída)", transferencia_entrada: "transferência (entrada)",
  };
  const list = document.getElementById("movimentos");
  const line = document.getElementById("ligacao");
  const today = document.getElementById("hoje");
  const empty = document.getElementById("vazio");
  const shops = JSON.parse(list.dataset.shops);
  const several = Object.keys(shops).length > 1;
  const number = new Intl.NumberFormat("pt-BR", { maximumFractionDigits: 4, signDisplay: "never" });
  const clock = new Intl.DateTimeFormat("pt-BR", { timeStyle: "medium", timeZone: list.dataset.zone });
  const date = new Intl.DateTimeFormat("pt-BR", { dateStyle: "short", timeZone: list.dataset.zone });
  let summedUp = date.format(new Date());
  let newest = Number(list.dataset.newest);
  let lostAt = null;
  let failures = 0;

  const element = (tag, className, ...children) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };
  // With its day, if that is not the day of `other`.
  const tellTime = (moment, other) =>
    (date.format(moment) === date.format(other) ? "" : `${date.format(moment)} `) + clock.format(moment);
  const isolated = (text) => element("bdi", "", text);

  // Below the heading of its day, which is above all others: each row shows only the time.
  const putFirst = (row, moment) => {
    const day = date.format(moment);
    if (list.querySelector(".day")?.textContent !== day) list.prepend(element("li", "day", day));
    list.firstElementChild.after(row);
  };

  const show = (movement) => {
    const moment = new Date(movement.timestamp);
    const isUp = movement.variacao >= 0;
    const product = element("a", "", isolated(movement.nome_produto));
    product.href = `/painel/estoque/${encodeURIComponent(movement.produto_id)}`;
    const about = element("span", "muted", `${KINDS[movement.tipo] || movement.tipo} · `, isolated(movement.registrado_por));
    if (several && shops[movement.loja_id]) about.append(" · ", isolated(shops[movement.loja_id]));
    const effect = `${isUp ? "▲ +" : "▼ -"}${number.format(movement.variacao)}`;
    putFirst(element("li", "fresh",
      element("span", "when", clock.format(moment)), " ",
      element("span", isUp ? "up" : "down", effect), " ", product, " ", about), moment);
    while (list.children.length > MAX_LINES || list.lastElementChild.matches(".day")) list.lastElementChild.remove();
    empty.hidden = true;
  };

  const say = (text, isLost) => {
    if (line.textContent !== text) line.textContent = text;
    line.classList.toggle("lost", isLost);
  };

  const ask = async () => {
    for (;;) {
      const answer = await fetch(`/inventario?depois=${newest}&limite=${PAGE}`, { headers: { Accept: "application/json" } });
      if (answer.status === 401 || answer.status === 403) {
        location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      const movements = await answer.json();
      for (const movement of movements) {
        show(movement);
        newest = movement.seq;
      }
      if (movements.length || date.format(new Date()) !== summedUp) await sumUp();
      if (movements.length < PAGE) return;
    }
  };

  const sumUp = async () => {
    const answer = await fetch("/inventario/resumo");
    if (!answer.ok) return;
    const { entradas, pessoas } = await answer.json();
    summedUp = date.format(new Date());
    today.textContent = `Hoje: ${entradas} ${entradas === 1 ? "entrada" : "entradas"} · ${pessoas} ${pessoas === 1 ? "pessoa" : "pessoas"}`;
  };

  let timer = null;
  let isAsking = false;
  const round = async () => {
    if (isAsking) return;
    isAsking = true;
    let wait = EVERY_MS;
    try {
      await ask();
      if (lostAt) {
        const now = new Date();
        const first = tellTime(lostAt, now), last = tellTime(now, lostAt);
        const when = first === last ? `às ${first}` : `de ${first} a ${last}`;
        putFirst(element("li", "gap", `Sem servidor ${when}: nada se perdeu.`), now);
      }
      lostAt = null;
      failures = 0;
      say("● Acompanhando", false);
    } catch {
      lostAt = lostAt || new Date();
      failures += 1;
      wait = Math.min(60, EVERY_MS / 1000 * 2 ** Math.min(failures - 1, 4)) * 1000 * (0.75 + Math.random() / 2);
      say(`◐ Sem servidor desde ${tellTime(lostAt, new Date())}. Tentando de novo…`, true);
    }
    isAsking = false;
    timer = setTimeout(round, wait);
  };
  addEventListener("online", () => { clearTimeout(timer); round(); });
  timer = setTimeout(round, 1000);
})();
