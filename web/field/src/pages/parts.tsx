// A case that several units handle: who does what, and what there is to do of her unit's part.
import { useState } from "preact/hooks";
import { act } from "../device";
import { doneThen, useFix, useWords, useWork } from "../ui";
import type { Incident, Task } from "../work";
import { Photos } from "./photos";
import { onCase, useTaken } from "./task";

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
  const here = useFix();
  const [words, setWords] = useState("");
  const shown = useTaken(task, "after");
  const say = async (action: "part_done" | "part_return") => {
    const proof = action === "part_done" ? { ...here(), ...(shown.length > 0 ? { media: shown } : {}) } : {};
    await doneThen("", () => act(onCase(task, action, { note: words.trim(), ...proof, ...(task.unit ? { unit_id: task.unit } : {}) })));
  };
  return (
    <>
      <Parts incident={task.incident} />
      <Photos incident={task.incident.id} kinds={["before", "after"]} here={here} />
      <label>
        {t("part_words")}
        <textarea rows={3} maxLength={2000} value={words} onInput={(e) => setWords(e.currentTarget.value)} data-testid="part-words" />
      </label>
      <div class="steps">
        <button class="main" disabled={words.trim() === ""} onClick={() => void say("part_done")} data-testid="part-done">{t("do_part_done")}</button>
        <button class="danger" disabled={words.trim() === ""} onClick={() => void say("part_return")} data-testid="part-return">{t("do_part_return")}</button>
      </div>
    </>
  );
}
