// The frame around every page: duty, tracking, sync status, failures, and the tabs.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useSyncState } from "./hooks/use-sync";
import { useTranslation } from "./hooks/use-translation";
import { useWorkerState } from "./hooks/use-worker-state";
import { navigate } from "./navigation";
import { StorageError } from "./ui/storage-error";
import { TrackingStatus } from "./ui/tracking-status";
import type { TextKey } from "./words";

const TABS: readonly [string, TextKey, string][] = [
  ["", "tasks", "☰"],
  ["day", "day", "☀"],
  ["report", "report", "＋"],
  ["outbox", "outbox", "⇅"],
  ["me", "me", "☺"],
];

// The tab that is current for pages without a tab of their own.
const TAB_OF_PAGE: Record<string, string> = { task: "", visits: "day", visit: "day" };

export function Layout(props: { page: string; children: ComponentChildren }) {
  const t = useTranslation();
  const work = useWorkerState();
  const state = useSyncState();
  const photos = work.photos.filter((photo) => photo.refused === null).length;
  const failed =
    work.dead.length +
    work.photos.length -
    photos + work.letters.filter((letter) => !work.dead.some((dead) => dead.op_id === letter["op_id"])).length;
  const syncText = state.trouble
    ? t(state.trouble)
    : state.running && work.pulledAt === null
      ? t("syncing")
      : work.pulledAt
        ? t("synced", { at: t.time(work.pulledAt) })
        : t("never_synced");
  return (
    <>
      <header>
        <button class={`duty ${work.duty.on ? "on" : "off"}`} onClick={() => navigate("me")} data-testid="duty">
          <b>{t(work.duty.on ? "on_duty" : "off_duty")}</b>
          {work.duty.on && work.duty.since && <span> {t.time(work.duty.since)}</span>}
          {work.duty.isSending && <i> · {t("sending")}</i>}
          <TrackingStatus />
        </button>
        <button class={`sync ${state.trouble ? "trouble" : ""}`} onClick={() => navigate("outbox")} data-testid="sync">
          <span>{syncText}</span>
          <small>
            <em data-testid="waiting" class={work.waiting.length + photos ? "some" : ""}>{t("waiting_n", { n: work.waiting.length + photos })}</em>
            {failed > 0 && <em data-testid="failed" class="bad">{t("failed_n", { n: failed })}</em>}
          </small>
        </button>
      </header>
      <Update />
      <StorageError />
      <div class="page">{props.children}</div>
      <nav>
        {TABS.map(([to, word, sign]) => (
          <a key={to} href={`#/${to}`} aria-current={(TAB_OF_PAGE[props.page] ?? props.page) === to ? "page" : undefined} data-testid={`tab-${word}`}>
            <span aria-hidden="true">{sign}</span>
            {t(word)}
            {to === "" && work.offers.length > 0 && <sup>{work.offers.length}</sup>}
          </a>
        ))}
      </nav>
    </>
  );
}

/** Offers to load a new version; it is not loaded before the worker agrees. */
function Update() {
  const t = useTranslation();
  const [waiting, setWaiting] = useState<ServiceWorker | null>(null);
  useEffect(() => {
    if (!("serviceWorker" in navigator)) return;
    void navigator.serviceWorker.ready.then((registration) => {
      const look = () => navigator.serviceWorker.controller && setWaiting(registration.waiting);
      look();
      registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", look));
    });
  }, []);
  if (waiting === null) return null;
  const take = () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
    waiting.postMessage("take over");
  };
  return (
    <p class="update">
      {t("update")} <button onClick={take}>{t("update_now")}</button>
    </p>
  );
}
