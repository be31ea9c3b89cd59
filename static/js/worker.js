// The service worker: where a page can't be had it shows an honest one, and nothing else. Rooms and
// the API are the network's alone; no answer of theirs is ever kept. TREE and SHELL are put before this.

const CACHE = `saywhen-${TREE}`;
const [OFFLINE = ""] = SHELL;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const drop_old = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
    await clients.claim();
  };
  event.waitUntil(drop_old());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    const offline = async () => (await caches.match(OFFLINE)) ?? Response.error();
    event.respondWith(fetch(request).catch(offline));
  } else if (new URL(request.url).pathname.startsWith(`/static/${TREE}/`)) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  }
});
