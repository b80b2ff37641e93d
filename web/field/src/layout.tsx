// What stands around every page: duty and tracking above, always; what waits and what failed; the way to the pages below.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useSync } from "./hooks/use-sync";
import { useWords } from "./hooks/use-translation";
import { useWork } from "./hooks/use-worker-state";
import { go } from "./navigation";
import { NotKept } from "./ui/storage-error";
import { Tracked } from "./ui/tracking-status";
import type { Word } from "./words";

const TABS: readonly [string, Word, string][] = [
  ["", "tasks", "☰"],
  ["day", "day", "☀"],
  ["report", "report", "＋"],
  ["outbox", "outbox", "⇅"],
  ["me", "me", "☺"],
];

// Pages that have no entry of their own stand under this one.
const UNDER: Record<string, string> = { task: "", visits: "day", visit: "day" };

export function Frame(props: { page: string; children: ComponentChildren }) {
  const t = useWords();
  const work = useWork();
  const state = useSync();
  const photos = work.photos.filter((photo) => photo.refused === null).length;
  const failed =
    work.dead.length +
    work.photos.length -
    photos + work.letters.filter((letter) => !work.dead.some((some) => some.op_id === letter["op_id"])).length;
  const said = state.trouble
    ? t(state.trouble)
    : state.running && work.pulledAt === null
      ? t("syncing")
      : work.pulledAt
        ? t("synced", { at: t.time(work.pulledAt) })
        : t("never_synced");
  return (
    <>
      <header>
        <button class={`duty ${work.duty.on ? "on" : "off"}`} onClick={() => go("me")} data-testid="duty">
          <b>{t(work.duty.on ? "on_duty" : "off_duty")}</b>
          {work.duty.on && work.duty.since && <span> {t.time(work.duty.since)}</span>}
          {work.duty.isSending && <i> · {t("sending")}</i>}
          <Tracked />
        </button>
        <button class={`sync ${state.trouble ? "trouble" : ""}`} onClick={() => go("outbox")} data-testid="sync">
          <span>{said}</span>
          <small>
            <em data-testid="waiting" class={work.waiting.length + photos ? "some" : ""}>{t("waiting_n", { n: work.waiting.length + photos })}</em>
            {failed > 0 && <em data-testid="failed" class="bad">{t("failed_n", { n: failed })}</em>}
          </small>
        </button>
      </header>
      <Update />
      <NotKept />
      <div class="page">{props.children}</div>
      <nav>
        {TABS.map(([to, word, sign]) => (
          <a key={to} href={`#/${to}`} aria-current={(UNDER[props.page] ?? props.page) === to ? "page" : undefined} data-testid={`tab-${word}`}>
            <span aria-hidden="true">{sign}</span>
            {t(word)}
            {to === "" && work.offers.length > 0 && <sup>{work.offers.length}</sup>}
          </a>
        ))}
      </nav>
    </>
  );
}

/** A new version waits until she says so. */
function Update() {
  const t = useWords();
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
