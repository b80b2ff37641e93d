// The service worker: caches the app so that it starts without a network. Data is in IndexedDB and not cached here. The
// build provides the files of this version; page and files always come from the same version.
declare const SHELL: readonly string[];
declare const VERSION: string;
const worker = globalThis as unknown as ServiceWorkerGlobalScope;

const CACHE_PREFIX = "gridward-field-";
const CACHE_NAME = CACHE_PREFIX + VERSION;
const pageUrl = () => worker.registration.scope;

worker.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(CACHE_NAME).then((cache) =>
      // Bypass the HTTP cache: files of two versions must not be mixed.
      cache.addAll(SHELL.map((file) => new Request(new URL(file, pageUrl()), { cache: "reload" }))),
    ),
  );
});

worker.addEventListener("activate", (event) => {
  const forget = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith(CACHE_PREFIX) && name !== CACHE_NAME);
    await Promise.all(old.map((name) => caches.delete(name)));
    await worker.clients.claim();
  };
  event.waitUntil(forget());
});

// A new version waits until the worker agrees or all pages are closed, so that it never interrupts a report.
worker.addEventListener("message", (event) => {
  if (event.data === "take over") void worker.skipWaiting();
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin || !url.href.startsWith(pageUrl())) return;
  const key = request.mode === "navigate" ? pageUrl() : request;
  const answer = async () =>
    (await (await caches.open(CACHE_NAME)).match(key, { ignoreSearch: true })) ?? fetch(request);
  event.respondWith(answer());
});
