// The emergency call: raised by a long press, or a press and a confirmation; queued without a network; with its current
// state.
import { liveQuery } from "dexie";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { store, syncClient } from "../client";
import { locate } from "../geolocation";
import { type HelpCall, ownCall } from "../help-calls";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { enqueueOperations } from "../operations";
import type { QueuedOperation } from "../store";
import { sync } from "../sync";

const HOLD_MS = 1_500;
const PLACE_PATIENCE_MS = 1_500;
const PLACE_LIMIT_MS = 4_000; // a call without a position is better than none

/** `isOut`: the server accepted a call that nobody has closed yet. `last`: the worker's newest call that was synced. */
type CallState = { unsent: QueuedOperation | undefined; last: HelpCall | undefined; isOut: boolean };

/** Return the state of the worker's own call for help. */
function useCallState(): CallState {
  const workerState = useWorkerState();
  const [calls, setCalls] = useState<HelpCall[]>([]);
  useEffect(() => {
    const watching = liveQuery(() => store.row.where({ entity: "sos" }).toArray()).subscribe((rows) =>
      setCalls(rows.map((row) => row.data as unknown as HelpCall)),
    );
    return () => watching.unsubscribe();
  }, []);
  const last = ownCall(calls, workerState.owner?.account);
  return {
    unsent: workerState.waiting.find(({ op }) => op.entity === "sos"),
    last,
    // A call that the server accepted is open, also before its row was synced.
    isOut: last?.closed_at === null || workerState.calledForHelp,
  };
}

/**
 * The emergency call in the header of every page: the button beside `children`, and below them the question or the state of a call.
 * Raised by holding the button, or by pressing and confirming, for keyboards and screen readers.
 */
export function EmergencyCall(props: { children: ComponentChildren; isOffered: boolean }) {
  const t = useTranslation();
  const { unsent, last, isOut } = useCallState();
  const [phase, setPhase] = useState<"idle" | "asking" | "raising">("idle");
  const raise = async () => {
    setPhase("raising");
    const at = new Date().toISOString();
    const limit = new Promise<null>((resolve) => setTimeout(() => resolve(null), PLACE_LIMIT_MS));
    const fix = await Promise.race([locate(10_000, PLACE_PATIENCE_MS).catch(() => null), limit]);
    const place = fix
      ? { lon: fix.lon, lat: fix.lat, ...(fix.accuracy_m === null ? {} : { accuracy_m: fix.accuracy_m }) }
      : {};
    await enqueueOperations({ entity: "sos", op: "raise", patch: { at, ...place } });
    setPhase("idle");
  };
  const isIdle = !unsent && !isOut && phase === "idle";
  return (
    <>
      <div class="bar">
        {props.children}
        {props.isOffered && (
          <HoldButton isDisabled={!isIdle} onHeld={() => void raise()} onPressed={() => setPhase("asking")} />
        )}
      </div>
      {phase === "asking" && (
        <div class="call" data-testid="help">
          <p>
            {t("sos_sure")} {t("sos_hold")}
          </p>
          <div class="two">
            <button onClick={() => setPhase("idle")}>{t("cancel")}</button>
            <button class="danger" onClick={() => void raise()} data-testid="sos-sure">
              {t("sos_send")}
            </button>
          </div>
        </div>
      )}
      {phase === "raising" && (
        <p class="call bad" role="alert">
          {t("sos_raising")}
        </p>
      )}
      {unsent && (
        <div class="call">
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
        </div>
      )}
      {!unsent && isOut && <OpenCall call={last?.closed_at === null ? last : undefined} />}
    </>
  );
}

/** A call that is on the server. `call`: its row; undefined before the row was synced. */
function OpenCall(props: { call: HelpCall | undefined }) {
  const t = useTranslation();
  const { call } = props;
  return (
    <div class="call">
      <p
        class="bad"
        role="alert"
        data-testid="help-state"
        data-state={call?.acknowledged_at ? "acknowledged" : "raised"}
      >
        {call?.acknowledged_at
          ? t("sos_acknowledged", { who: call.acknowledged_by?.name ?? "", at: t.time(call.acknowledged_at) })
          : t("sos_raised")}
      </p>
      <p class="note">{t("sos_false_alarm")}</p>
    </div>
  );
}

/** How the last call ended; nothing while there is none or one is open. */
export function ClosedCall() {
  const t = useTranslation();
  const { unsent, last, isOut } = useCallState();
  if (unsent || isOut || !last?.closed_at) return null;
  return (
    <p class="note" data-testid="help-state" data-state="closed">
      {t("sos_closed", { at: t.time(last.closed_at) })}
    </p>
  );
}

function HoldButton(props: { isDisabled: boolean; onHeld: () => void; onPressed: () => void }) {
  const t = useTranslation();
  const [isHeld, setHeld] = useState(false);
  const timer = useRef(0);
  const release = () => {
    clearTimeout(timer.current);
    setHeld(false);
  };
  useEffect(() => release, []);
  return (
    <button
      class={`danger hold ${isHeld ? "held" : ""}`}
      disabled={props.isDisabled}
      onPointerDown={() => {
        setHeld(true);
        timer.current = window.setTimeout(() => {
          release();
          props.onHeld();
        }, HOLD_MS);
      }}
      onPointerUp={release}
      onPointerLeave={release}
      onPointerCancel={release}
      onContextMenu={(event) => event.preventDefault()}
      onClick={props.onPressed}
      data-testid="sos"
    >
      {t("sos_short")}
      <small>{t("sos_short_how")}</small>
    </button>
  );
}
