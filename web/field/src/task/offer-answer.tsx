// The answer to an offer: accept, or decline with a reason. On the card of the offer and on its page.
import { useState } from "preact/hooks";
import { useDraft } from "../drafts";
import { useTranslation } from "../hooks/use-translation";
import { enqueueOperations } from "../operations";
import type { Task } from "../tasks";
import "../ui/action-bar.css";
import { ActionButton } from "../ui/action-button";

/** Why the worker was chosen, and until when the offer is open. */
export function OfferReason(props: { task: Task }) {
  const t = useTranslation();
  const { task } = props;
  const why = t.language === "en" ? task.why?.en : task.why?.zh;
  return (
    <>
      <p class="why" data-testid="why">
        <b>{t("why_me")}</b> {why || t("why_later")}
        {task.why && task.why.others > 0 && <small> {t("considered", { n: task.why.others })}</small>}
      </p>
      {task.offer && <p class="facts">{t("answer_by", { at: t.time(task.offer.expires_at) })}</p>}
    </>
  );
}

export function OfferAnswer(props: { task: Task }) {
  const t = useTranslation();
  const { task } = props;
  const [isDeclining, setDeclining] = useState(false);
  const { value, set, forget } = useDraft(`decline ${task.id}`, { reason: "", isConflict: false });
  const { reason, isConflict } = value;
  const decline = async () => {
    await enqueueOperations({
      entity: "assignment",
      op: "decline",
      id: task.id,
      patch: { reason: reason.trim(), ...(isConflict ? { because: "conflict_of_interest" } : {}) },
    });
    await forget();
  };
  if (!isDeclining)
    return (
      <div class="action-bar">
        <button onClick={() => setDeclining(true)} data-testid="decline">
          {t("decline")}
        </button>
        <AcceptButton task={task} />
      </div>
    );
  return (
    <>
      <label>
        {t("decline_reason")}
        <input
          value={reason}
          maxLength={500}
          onInput={(e) => set({ reason: e.currentTarget.value })}
          data-testid="decline-reason"
        />
      </label>
      <label class="tick">
        <input type="checkbox" checked={isConflict} onChange={(e) => set({ isConflict: e.currentTarget.checked })} />
        {t("conflict")}
      </label>
      <div class="action-bar">
        <button onClick={() => setDeclining(false)}>{t("cancel")}</button>
        <ActionButton class="danger" disabled={reason.trim() === ""} onPress={decline} data-testid="decline-sure">
          {t("decline")}
        </ActionButton>
      </div>
    </>
  );
}

/** Accepts an offer, or takes a task of the unit's queue. */
export function AcceptButton(props: { task: Task }) {
  const t = useTranslation();
  const { task } = props;
  const isQueued = task.state === "queued";
  return (
    <ActionButton
      class="main"
      onPress={() => enqueueOperations({ entity: "assignment", op: "accept", id: task.id })}
      data-testid={isQueued ? "take" : "accept"}
    >
      {t(isQueued ? "take" : "accept")}
    </ActionButton>
  );
}
