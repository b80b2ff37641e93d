// More time for a case: asked for before it is due, decided by somebody else.
import { useState } from "preact/hooks";
import { useWords } from "../hooks/use-translation";
import { useWork } from "../hooks/use-worker-state";
import { act, onCase } from "../operations";
import { Act } from "../ui/action-button";
import type { Word } from "../words";
import type { Task } from "../model";

export function MoreTime(props: { task: Task }) {
  const t = useWords();
  const { categories } = useWork();
  const { incident } = props.task;
  const [isAsking, setAsking] = useState(false);
  const [amount, setAmount] = useState("1");
  const [why, setWhy] = useState("");
  const limit = categories.find((some) => some.code === incident.category)?.conditions?.find((some) => some.code === incident.deadline?.condition)?.limit;
  const unit = t((limit ? `unit_${limit.unit}` : "unit_unknown") as Word);
  const said = props.task.acts.find((op) => op.patch?.["action"] === "ask_extension");
  const asked = said ? Number(said.patch?.["amount"]) : incident.extension?.amount;
  if (!incident.due_at) return null;
  if (asked !== undefined) return <p class="note" data-testid="more-time-asked">{t("more_time_asked", { n: asked, unit })}</p>;
  const more = Number(amount);
  const isSound = why.trim() !== "" && Number.isFinite(more) && more > 0 && more <= 10_000;
  const ask = async () => {
    await act(onCase(props.task, "ask_extension", { amount: more, note: why.trim() }));
    setAsking(false);
  };
  return (
    <>
      {incident.deadline?.extended ? <p class="note">{t("more_time_given", { n: incident.deadline.extended, unit })}</p> : null}
      {isAsking ? (
        <fieldset>
          <legend>{t("more_time")}</legend>
          <label>
            {t("more_time_amount", { unit })}
            <input inputMode="decimal" value={amount} onInput={(e) => setAmount(e.currentTarget.value)} data-testid="more-time-amount" />
          </label>
          <label>
            {t("more_time_why")}
            <input value={why} maxLength={2000} onInput={(e) => setWhy(e.currentTarget.value)} data-testid="more-time-why" />
          </label>
          <div class="two">
            <button onClick={() => setAsking(false)}>{t("cancel")}</button>
            <Act class="main" disabled={!isSound} doing={ask} data-testid="more-time-ask">{t("more_time")}</Act>
          </div>
        </fieldset>
      ) : (
        <button onClick={() => setAsking(true)} data-testid="more-time">{t("more_time")}</button>
      )}
    </>
  );
}
