// A case that several units handle: who does what, and what there is to do of her unit's part.
import { useWords } from "../hooks/use-translation";
import { useWork } from "../hooks/use-worker-state";
import { Photos } from "../media/photos";
import { doneThen } from "../navigation";
import { act, onCase } from "../operations";
import { Act } from "../ui/action-button";
import type { Incident, Task } from "../model";
import { useStep } from "./presence-proof";

export function Parts(props: { incident: Incident }) {
  const t = useWords();
  const { units } = useWork();
  const parts = props.incident.parts ?? [];
  if (!parts.some((one) => one.part === "joint")) return null;
  const state = (one: { state: string }) =>
    t(one.state === "done" ? "part_done" : one.state === "failed" ? "part_returned" : one.state === "withdrawn" ? "part_withdrawn" : "part_open");
  const isOpen = parts.some((one) => one.part === "joint" && !["done", "failed", "withdrawn"].includes(one.state));
  return (
    <>
      <h2>{t("parts")}</h2>
      {parts.map((one) => (
        <section class="row" key={`${one.part} ${one.unit_id}`} data-testid="part">
          <b>{t.named(units.get(one.unit_id))}</b>
          <span>{t(one.part === "lead" ? "part_lead" : "part_joint")}</span>
          <small>{state(one)}</small>
        </section>
      ))}
      {isOpen && <p class="note">{t("parts_block")}</p>}
    </>
  );
}

/** Her unit's part of it. */
export function Part(props: { task: Task }) {
  const t = useWords();
  const { task } = props;
  const { words, setWords, forget, here, tell, asked, media, named } = useStep(task, "after");
  const say = (action: "part_done" | "part_return") =>
    doneThen("", async () => {
      const isDone = action === "part_done";
      const proof = isDone ? await tell() : {};
      if (proof === null) return false;
      await act(onCase(task, action, { note: words.trim(), ...proof, ...(isDone && media.length ? { media } : {}), ...(task.unit ? { unit_id: task.unit } : {}) }));
      if (isDone) await named();
      return forget();
    });
  return (
    <>
      <Parts incident={task.incident} />
      <Photos incident={task.incident.id} kinds={["before", "after"]} here={here} />
      <label>
        {t("part_words")}
        <textarea rows={3} maxLength={2000} value={words} onInput={(e) => setWords(e.currentTarget.value)} data-testid="part-words" />
      </label>
      {asked}
      <div class="steps">
        <Act class="main" disabled={words.trim() === ""} doing={() => say("part_done")} data-testid="part-done">{t("do_part_done")}</Act>
        <Act class="danger" disabled={words.trim() === ""} doing={() => say("part_return")} data-testid="part-return">{t("do_part_return")}</Act>
      </div>
    </>
  );
}
