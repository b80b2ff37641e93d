// The request for an extension of a deadline, made before it is due and decided by somebody else.
import { useState } from "preact/hooks";
import { useDraft } from "../drafts";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import type { Task } from "../tasks";
import { caseTransition, enqueueOperations } from "../operations";
import { ActionButton } from "../ui/action-button";
import type { TextKey } from "../words";

export function ExtensionRequest(props: { task: Task }) {
  const t = useTranslation();
  const { categories } = useWorkerState();
  const { incident } = props.task;
  const [isAsking, setAsking] = useState(false);
  const { value, set, forget } = useDraft(`extension ${props.task.id}`, { amount: "1", why: "" });
  const { amount, why } = value;
  const limit = categories
    .find((category) => category.code === incident.category)
    ?.conditions?.find((condition) => condition.code === incident.deadline?.condition)?.limit;
  const unitCode = limit?.unit ?? "unknown";
  const amountOf = (n: number) => t(`amount_${unitCode}` as TextKey, { n });
  const pendingRequest = props.task.pendingOperations.find((op) => op.patch?.["action"] === "ask_extension");
  const requestedAmount = pendingRequest ? Number(pendingRequest.patch?.["amount"]) : incident.extension?.amount;
  if (!incident.due_at) return null;
  if (requestedAmount !== undefined)
    return (
      <p class="note" data-testid="more-time-asked">
        {t("more_time_asked", { amount: amountOf(requestedAmount) })}
      </p>
    );
  const newAmount = Number(amount);
  const isValid = why.trim() !== "" && Number.isFinite(newAmount) && newAmount > 0 && newAmount <= 10_000;
  const ask = async () => {
    await enqueueOperations(caseTransition(props.task, "ask_extension", { amount: newAmount, note: why.trim() }));
    await forget();
    setAsking(false);
  };
  return (
    <>
      {incident.deadline?.extended ? (
        <p class="note">{t("more_time_given", { amount: amountOf(incident.deadline.extended) })}</p>
      ) : null}
      {isAsking ? (
        <fieldset>
          <legend>{t("more_time")}</legend>
          <label>
            {t("more_time_amount", { unit: t(`unit_${unitCode}` as TextKey) })}
            <input
              inputMode="decimal"
              value={amount}
              onInput={(e) => set({ amount: e.currentTarget.value })}
              data-testid="more-time-amount"
            />
          </label>
          <label>
            {t("more_time_why")}
            <input
              value={why}
              maxLength={2000}
              onInput={(e) => set({ why: e.currentTarget.value })}
              data-testid="more-time-why"
            />
          </label>
          <div class="two">
            <button onClick={() => setAsking(false)}>{t("cancel")}</button>
            <ActionButton class="main" disabled={!isValid} onPress={ask} data-testid="more-time-ask">
              {t("more_time")}
            </ActionButton>
          </div>
        </fieldset>
      ) : (
        <button onClick={() => setAsking(true)} data-testid="more-time">
          {t("more_time")}
        </button>
      )}
    </>
  );
}
