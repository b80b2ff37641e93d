// A case that several units handle: the parts, and the form for the part of the worker's unit.
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { Photos } from "../media/photos";
import type { Incident } from "../incidents";
import type { Task } from "../tasks";
import { runThenGo } from "../navigation";
import { caseTransition, enqueueOperations } from "../operations";
import { ActionBar } from "../ui/action-bar";
import { ActionButton } from "../ui/action-button";
import { markNamed } from "../unattached-photos";
import { useSiteStep } from "./presence-proof";

export function JointParts(props: { incident: Incident }) {
  const t = useTranslation();
  const { units } = useWorkerState();
  const parts = props.incident.parts ?? [];
  if (!parts.some((part) => part.part === "joint")) return null;
  const state = (part: { state: string }) =>
    t(
      part.state === "done"
        ? "part_done"
        : part.state === "failed"
          ? "part_returned"
          : part.state === "withdrawn"
            ? "part_withdrawn"
            : "part_open",
    );
  const isOpen = parts.some((part) => part.part === "joint" && !["done", "failed", "withdrawn"].includes(part.state));
  return (
    <>
      <h2>{t("parts")}</h2>
      {parts.map((part) => (
        <section class="row" key={`${part.part} ${part.unit_id}`} data-testid="part">
          <b>{t.named(units.get(part.unit_id)?.name)}</b>
          <span>{t(part.part === "lead" ? "part_lead" : "part_joint")}</span>
          <small>{state(part)}</small>
        </section>
      ))}
      {isOpen && <p class="note">{t("parts_block")}</p>}
    </>
  );
}

/** The form for the part of the worker's unit. */
export function JointPartForm(props: { task: Task }) {
  const t = useTranslation();
  const { task } = props;
  const { words, setWords, forget, getFix, collectProof, presencePrompt, collectMedia } = useSiteStep(task, "after");
  const submit = (action: "part_done" | "part_return") =>
    runThenGo("", async () => {
      const isDone = action === "part_done";
      const proof = isDone ? await collectProof() : {};
      if (proof === null) return false;
      const media = isDone ? await collectMedia() : [];
      await enqueueOperations(
        caseTransition(task, action, {
          note: words.trim(),
          ...proof,
          ...(media.length ? { media } : {}),
          ...(task.unit ? { unit_id: task.unit } : {}),
        }),
      );
      await markNamed(media);
      return forget();
    });
  return (
    <>
      <JointParts incident={task.incident} />
      <Photos incident={task.incident.id} kinds={["before", "after"]} getFix={getFix} />
      <label>
        {t("part_words")}
        <textarea
          rows={3}
          maxLength={2000}
          value={words}
          onInput={(e) => setWords(e.currentTarget.value)}
          data-testid="part-words"
        />
      </label>
      {presencePrompt}
      <ActionBar>
        <ActionButton
          class="main"
          disabled={words.trim() === ""}
          onPress={() => submit("part_done")}
          data-testid="part-done"
        >
          {t("do_part_done")}
        </ActionButton>
        <ActionButton
          class="danger"
          disabled={words.trim() === ""}
          onPress={() => submit("part_return")}
          data-testid="part-return"
        >
          {t("do_part_return")}
        </ActionButton>
      </ActionBar>
    </>
  );
}
