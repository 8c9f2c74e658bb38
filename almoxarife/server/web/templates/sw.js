"use strict";
// Says so when the server is away; keeps what never changes. It keeps no page of anybody's.
const CACHE = "almoxarife-{{ version }}";
const OFFLINE = "/sem-conexao";
const KEPT = {{ kept | tojson }};

addEventListener("install", (event) => {
  const alone = new Request(OFFLINE, { credentials: "omit", cache: "reload" });
  event.waitUntil(
    caches.open(CACHE)
      .then((cache) => Promise.all([cache.addAll(KEPT), cache.add(alone)]))
      .then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  } else if (KEPT.includes(new URL(request.url).pathname)) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  }
});
