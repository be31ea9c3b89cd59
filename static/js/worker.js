// The service worker. Shows an honest page when a page can't be fetched, and does nothing else. No
// answer of a room or of the API is ever cached. The server puts TREE and SHELL before this text.

const CACHE = `saywhen-${TREE}`;
const [OFFLINE = ""] = SHELL;

addEventListener("install", (event) => {
  const keep_shell = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(SHELL);
    await skipWaiting();
  };
  event.waitUntil(keep_shell());
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
