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
  const workerState = useWorkerState();
  const state = useSyncState();
  const photos = workerState.photos.filter((photo) => photo.refused === null).length;
  const failed =
    workerState.dead.length +
    workerState.photos.length -
    photos +
    workerState.letters.filter((letter) => !workerState.dead.some((dead) => dead.op_id === letter["op_id"])).length;
  const syncText = state.trouble
    ? t(state.trouble)
    : state.running && workerState.pulledAt === null
      ? t("syncing")
      : workerState.pulledAt
        ? t("synced", { at: t.time(workerState.pulledAt) })
        : t("never_synced");
  return (
    <>
      <header>
        <button class={`duty ${workerState.duty.on ? "on" : "off"}`} onClick={() => navigate("me")} data-testid="duty">
          <b>{t(workerState.duty.on ? "on_duty" : "off_duty")}</b>
          {workerState.duty.on && workerState.duty.since && <span> {t.time(workerState.duty.since)}</span>}
          {workerState.duty.isSending && <i> · {t("sending")}</i>}
          <TrackingStatus />
        </button>
        <button class={`sync ${state.trouble ? "trouble" : ""}`} onClick={() => navigate("outbox")} data-testid="sync">
          <span>{syncText}</span>
          <small>
            <em data-testid="waiting" class={workerState.waiting.length + photos ? "some" : ""}>
              {t("waiting_n", { n: workerState.waiting.length + photos })}
            </em>
            {failed > 0 && (
              <em data-testid="failed" class="bad">
                {t("failed_n", { n: failed })}
              </em>
            )}
          </small>
        </button>
      </header>
      <UpdateNotice />
      <StorageError />
      <div class="page">{props.children}</div>
      <nav>
        {TABS.map(([to, word, sign]) => (
          <a
            key={to}
            href={`#/${to}`}
            aria-current={(TAB_OF_PAGE[props.page] ?? props.page) === to ? "page" : undefined}
            data-testid={`tab-${word}`}
          >
            <span aria-hidden="true">{sign}</span>
            {t(word)}
            {to === "" && workerState.offers.length > 0 && <sup>{workerState.offers.length}</sup>}
          </a>
        ))}
      </nav>
    </>
  );
}

/** Offers to load a new version; it is not loaded before the worker agrees. */
function UpdateNotice() {
  const t = useTranslation();
  const [waiting, setWaiting] = useState<ServiceWorker | null>(null);
  useEffect(() => {
    if (!("serviceWorker" in navigator)) return;
    void navigator.serviceWorker.ready.then((registration) => {
      const check = () => navigator.serviceWorker.controller && setWaiting(registration.waiting);
      check();
      registration.addEventListener("updatefound", () =>
        registration.installing?.addEventListener("statechange", check),
      );
    });
  }, []);
  if (waiting === null) return null;
  const activate = () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
    waiting.postMessage("take over");
  };
  return (
    <p class="update">
      {t("update")} <button onClick={activate}>{t("update_now")}</button>
    </p>
  );
}
