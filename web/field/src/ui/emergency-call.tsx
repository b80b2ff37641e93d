// The emergency call: raised by a long press, or a press and a confirmation; queued without a network; with its current
// state.
import { liveQuery } from "dexie";
import { useEffect, useRef, useState } from "preact/hooks";
import { store, syncClient } from "../client";
import { locate } from "../geolocation";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { enqueueOperations } from "../operations";
import { sync } from "../sync";
import { Card } from "./card";

const HOLD_MS = 1_500;
const PLACE_PATIENCE_MS = 1_500;
const PLACE_LIMIT_MS = 4_000; // a call without a position is better than none

type CallRow = {
  id: string;
  worker: { id: string };
  raised_at: string;
  acknowledged_at: string | null;
  acknowledged_by: { name: string } | null;
  closed_at: string | null;
  outcome: string | null;
};

export function EmergencyCall() {
  const t = useTranslation();
  const workerState = useWorkerState();
  const [calls, setCalls] = useState<CallRow[]>([]);
  useEffect(() => {
    const watching = liveQuery(() => store.row.where({ entity: "sos" }).toArray()).subscribe((rows) =>
      setCalls(rows.map((row) => row.data as unknown as CallRow)),
    );
    return () => watching.unsubscribe();
  }, []);
  const unsent = workerState.waiting.find(({ op }) => op.entity === "sos");
  const ownCall = calls
    .filter((call) => call.worker.id === workerState.owner?.account)
    .sort((a, b) => b.raised_at.localeCompare(a.raised_at))[0];
  // A call that the server accepted is open, also before its row was synced.
  const isOut = ownCall?.closed_at === null || workerState.calledForHelp;
  return (
    <Card tone="bad" testid="help">
      {unsent && (
        <>
          <p class="bad" role="alert" data-testid="help-state" data-state="unsent">
            {t("sos_unsent")}
          </p>
          <div class="two">
            <button onClick={() => void syncClient.cancel(unsent.op_id)} data-testid="sos-take-back">
              {t("sos_take_back")}
            </button>
            <button class="main" onClick={() => sync.requestRound()}>
              {t("sos_again")}
            </button>
          </div>
        </>
      )}
      {!unsent && isOut && (
        <p
          class="bad"
          role="alert"
          data-testid="help-state"
          data-state={ownCall?.acknowledged_at && ownCall.closed_at === null ? "acknowledged" : "raised"}
        >
          {ownCall?.closed_at === null && ownCall.acknowledged_at
            ? t("sos_acknowledged", { who: ownCall.acknowledged_by?.name ?? "", at: t.time(ownCall.acknowledged_at) })
            : t("sos_raised")}
        </p>
      )}
      {!unsent && isOut && <p class="note">{t("sos_false_alarm")}</p>}
      {!unsent && !isOut && ownCall?.closed_at && (
        <p data-testid="help-state" data-state="closed">
          {t("sos_closed", { at: t.time(ownCall.closed_at) })}
        </p>
      )}
      {!unsent && !isOut && <EmergencyButton />}
    </Card>
  );
}

/** Raised by holding the button, or by pressing and confirming, for keyboards and screen readers. */
function EmergencyButton() {
  const t = useTranslation();
  const [isHeld, setHeld] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const [isRaising, setRaising] = useState(false);
  const timer = useRef(0);
  const raise = async () => {
    setAsking(false);
    setRaising(true);
    const at = new Date().toISOString();
    const limit = new Promise<null>((resolve) => setTimeout(() => resolve(null), PLACE_LIMIT_MS));
    const fix = await Promise.race([locate(10_000, PLACE_PATIENCE_MS).catch(() => null), limit]);
    const place = fix
      ? { lon: fix.lon, lat: fix.lat, ...(fix.accuracy_m === null ? {} : { accuracy_m: fix.accuracy_m }) }
      : {};
    await enqueueOperations({ entity: "sos", op: "raise", patch: { at, ...place } });
    setRaising(false);
  };
  const release = () => {
    clearTimeout(timer.current);
    setHeld(false);
  };
  useEffect(() => release, []);
  if (isRaising)
    return (
      <p class="bad" role="alert">
        {t("sos_raising")}
      </p>
    );
  if (isAsking)
    return (
      <>
        <p>{t("sos_sure")}</p>
        <div class="two">
          <button onClick={() => setAsking(false)}>{t("cancel")}</button>
          <button class="danger" onClick={() => void raise()} data-testid="sos-sure">
            {t("sos_send")}
          </button>
        </div>
      </>
    );
  return (
    <>
      <button
        class={`danger hold ${isHeld ? "held" : ""}`}
        onPointerDown={() => {
          setHeld(true);
          timer.current = window.setTimeout(() => {
            release();
            void raise();
          }, HOLD_MS);
        }}
        onPointerUp={release}
        onPointerLeave={release}
        onPointerCancel={release}
        onContextMenu={(event) => event.preventDefault()}
        onClick={() => setAsking(true)}
        data-testid="sos"
      >
        {t("sos")}
      </button>
      <p class="note">{t("sos_hold")}</p>
    </>
  );
}
