// Duty in the header of every page: its state, and going on and off duty.
import { useState } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { navigate } from "../navigation";
import { enqueueOperations } from "../operations";
import { ActionButton } from "./action-button";
import { TrackingStatus } from "./tracking-status";

/** The button that ends or starts duty. */
export function DutyTurn(props: { testid: string; onDone?: () => void }) {
  const t = useTranslation();
  const { duty } = useWorkerState();
  const turn = async () => {
    await enqueueOperations({ entity: "duty", op: duty.on ? "end" : "start" });
    props.onDone?.();
  };
  return (
    <ActionButton class={duty.on ? "" : "main"} onPress={turn} data-testid={props.testid}>
      {t(duty.on ? "end_duty" : "start_duty")}
    </ActionButton>
  );
}

/**
 * State of duty and tracking. A press opens the button that turns duty, below the header: a stray touch must not end duty. For
 * accounts that are no workers it leads to their page.
 */
export function DutyStatus(props: { isOpen: boolean; onToggle: () => void }) {
  const t = useTranslation();
  const { duty, isWorker } = useWorkerState();
  return (
    <button
      class={`duty ${duty.on ? "on" : "off"}`}
      aria-expanded={isWorker ? props.isOpen : undefined}
      onClick={() => (isWorker ? props.onToggle() : navigate("me"))}
      data-testid="duty"
    >
      <b>{t(duty.on ? "on_duty" : "off_duty")}</b>
      {duty.on && duty.since && <span> {t.since(duty.since)}</span>}
      {duty.isSending && <i> · {t("sending")}</i>}
      <TrackingStatus />
    </button>
  );
}

export function useDutyPanel(): { isOpen: boolean; toggle: () => void; close: () => void } {
  const [isOpen, setOpen] = useState(false);
  return { isOpen, toggle: () => setOpen(!isOpen), close: () => setOpen(false) };
}
