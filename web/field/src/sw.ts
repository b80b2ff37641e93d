// The service worker: caches the app so that it starts without a network. Data is in IndexedDB and not cached here. The
// build provides the files of this version; page and files always come from the same version.
import type { Language } from "../../src/i18n";
import { type AlertMessage, notificationOf, pageOf, readMessage } from "./alert-notification";

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

worker.addEventListener("push", (event) => {
  const show = async () => {
    const { title, options } = notificationOf(readMessage(parse(event.data)), await readLanguage());
    await worker.registration.showNotification(title, options);
  };
  event.waitUntil(show());
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = pageUrl() + pageOf(event.notification.data as AlertMessage);
  const open = async () => {
    const [page] = await worker.clients.matchAll({ type: "window" });
    if (!page) return void (await worker.clients.openWindow(url));
    await page.focus();
    // Only the part behind # changes, so that the page stays loaded.
    await page.navigate(url);
  };
  event.waitUntil(open());
});

function parse(data: PushMessageData | null): unknown {
  try {
    return data?.json();
  } catch {
    return null;
  }
}

const LANGUAGE_WAIT_MS = 1_000;

/** Return the language that the app stored, else that of the browser. A store that does not answer must not keep an alert back. */
async function readLanguage(): Promise<Language> {
  const timeout = new Promise<null>((resolve) => setTimeout(() => resolve(null), LANGUAGE_WAIT_MS));
  const stored = await Promise.race([readStoredLanguage().catch(() => null), timeout]);
  if (stored === "en" || stored === "zh-CN") return stored;
  return worker.navigator.language.startsWith("zh") ? "zh-CN" : "en";
}

async function readStoredLanguage(): Promise<unknown> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open("gridward-field");
    opening.onupgradeneeded = () => opening.transaction?.abort(); // there is no store yet, and none is made here
    opening.onerror = () => reject(opening.error ?? new Error("not opened"));
    opening.onsuccess = () => resolve(opening.result);
  });
  try {
    return await new Promise((resolve, reject) => {
      const reading = database.transaction("held").objectStore("held").get("language");
      reading.onsuccess = () => resolve((reading.result as { value?: unknown } | undefined)?.value);
      reading.onerror = () => reject(reading.error ?? new Error("not read"));
    });
  } finally {
    database.close();
  }
}
