// The frame around every page: duty, tracking, sync status, failures, and the tabs.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useSyncState } from "./hooks/use-sync";
import { useTranslation } from "./hooks/use-translation";
import { useWorkerState } from "./hooks/use-worker-state";
import { navigate } from "./navigation";
import { useNewWorkSignal } from "./new-work-signal";
import { DutyStatus, DutyTurn, useDutyPanel } from "./ui/duty";
import { EmergencyCall } from "./ui/emergency-call";
import { lazyComponent } from "./ui/lazy-component";
import { StorageError } from "./ui/storage-error";
import { TrackingExplanation } from "./ui/tracking-status";
import { isPermitted, type WorkerState } from "./worker-state";
import type { TextKey } from "./words";

const CallsOfOthers = lazyComponent(() => import("./help/calls-of-others").then((module) => module.CallsOfOthers));

/** Page, text, sign, and who is offered the tab. */
const TABS: readonly [string, TextKey, string, ((state: WorkerState) => boolean)?][] = [
  ["", "tasks", "☰"],
  ["day", "day", "☀", (state) => state.isWorker || isPermitted(state, "household:read")],
  ["report", "report", "＋", (state) => isPermitted(state, "incident:report")],
  ["outbox", "outbox", "⇅"],
  ["me", "me", "☺"],
];

// The tab that is current for pages without a tab of their own.
const TAB_OF_PAGE: Record<string, string> = {
  task: "",
  visits: "day",
  visit: "day",
  "to-tell": "day",
  sessions: "me",
  figures: "me",
};

export function Layout(props: { page: string; children: ComponentChildren }) {
  const t = useTranslation();
  const workerState = useWorkerState();
  const state = useSyncState();
  const dutyPanel = useDutyPanel();
  const nav = useNavHeight();
  const newWork = [...workerState.offers, ...workerState.helpCalls].map(({ id }) => id);
  useNewWorkSignal(newWork, workerState.pulledAt !== null);
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
        <EmergencyCall isOffered={workerState.isWorker && isPermitted(workerState, "position:send")}>
          <DutyStatus isOpen={dutyPanel.isOpen} onToggle={dutyPanel.toggle} />
          <button
            class={`sync ${state.trouble ? "trouble" : ""}`}
            onClick={() => navigate("outbox")}
            data-testid="sync"
          >
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
        </EmergencyCall>
        {dutyPanel.isOpen && (
          <div class="panel" data-testid="duty-panel">
            <DutyTurn testid="turn-duty-here" onDone={dutyPanel.close} />
            <TrackingExplanation />
          </div>
        )}
      </header>
      <UpdateNotice />
      <StorageError />
      <div class="page">
        {workerState.helpCalls.length > 0 && <CallsOfOthers />}
        {props.children}
      </div>
      <nav ref={nav}>
        {TABS.filter(([, , , isOffered]) => isOffered?.(workerState) ?? true).map(([to, word, sign]) => (
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

/** Keep the height of the tab bar in `--nav-height`: what stays in view above it must know it, also with large text. */
function useNavHeight() {
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    const watching = new ResizeObserver(() =>
      document.documentElement.style.setProperty("--nav-height", `${nav.current?.offsetHeight ?? 0}px`),
    );
    watching.observe(nav.current!);
    return () => watching.disconnect();
  }, []);
  return nav;
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
