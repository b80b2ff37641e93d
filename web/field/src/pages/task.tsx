// One task with its next steps, from accepted to fed back. Every step works without a network.
import { useState } from "preact/hooks";
import { useDraft } from "../drafts";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { Photos } from "../media/photos";
import type { Step, Task } from "../tasks";
import { runThenGo } from "../navigation";
import { caseTransition, enqueueOperations } from "../operations";
import { ExtensionRequest } from "../task/extension-request";
import { Inspection } from "../task/inspection";
import { JointPartForm, JointParts } from "../task/joint-part";
import { useSiteStep } from "../task/presence-proof";
import { TaskSummary } from "../task/task-summary";
import { ActionButton } from "../ui/action-button";
import { Card } from "../ui/card";
import { MapToggle } from "../ui/map-toggle";
import { Title } from "../ui/title";
import { withdrawalReason } from "../words/withdrawal-reasons";

// The steps that may follow each step.
const NEXT: Partial<Record<Step, readonly ("en_route" | "on_scene" | "start")[]>> = {
  accepted: ["en_route", "on_scene", "start"],
  en_route: ["on_scene", "start"],
  on_scene: ["start"],
};

export function TaskPage(props: { id: string }) {
  const t = useTranslation();
  const workerState = useWorkerState();
  const task = [...workerState.ownTasks, ...workerState.offers].find((candidate) => candidate.id === props.id);
  return (
    <>
      <a href="#/" class="back">
        ‹ {t("back")}
      </a>
      {task ? (
        <>
          <Card>
            <TaskSummary task={task} isTitle />
            {task.incident.location && (
              <p class="facts">
                {t("place")} {task.incident.location.coordinates.map((degrees) => degrees.toFixed(5)).join(", ")}
              </p>
            )}
          </Card>
          {task.incident.location && (
            <MapToggle
              marks={[
                {
                  id: task.incident.id,
                  at: task.incident.location.coordinates,
                  words: task.incident.description ?? "",
                },
              ]}
              labelKey="on_map"
            />
          )}
          {task.step === "fed_back" ? <p class="done">{t("step_fed_back")}</p> : <TaskActions task={task} />}
          <Notes task={task} />
        </>
      ) : (
        <LostTask id={props.id} />
      )}
    </>
  );
}

/** The task was withdrawn or the case closed while the worker was editing: what they entered stays readable. */
function LostTask(props: { id: string }) {
  const t = useTranslation();
  const { lost } = useWorkerState();
  const { value, forget } = useDraft(`task ${props.id}`, { words: "" });
  const [isCopied, setCopied] = useState(false);
  const why = lost.find((lostTask) => lostTask.id === props.id);
  return (
    <>
      <Title text={t("task_gone")} />
      <Card tone="warn" testid="task-gone">
        {why?.incident?.description && <p class="words">{why.incident.description}</p>}
        <p>{why ? withdrawalReason(t.language, why.because) : t("task_gone_why")}</p>
      </Card>
      {value.words !== "" && (
        <>
          <label>
            {t("task_gone_words")}
            <textarea rows={4} readOnly value={value.words} data-testid="gone-words" />
          </label>
          <div class="two">
            <ActionButton onPress={() => navigator.clipboard.writeText(value.words).then(() => setCopied(true))}>
              {t("copy")}
            </ActionButton>
            <ActionButton onPress={() => forget()} data-testid="gone-forget">
              {t("discard")}
            </ActionButton>
          </div>
          <p role="status">{isCopied && t("copied")}</p>
        </>
      )}
    </>
  );
}

/** Selects the form by the role of the task. */
function TaskActions(props: { task: Task }) {
  const { task } = props;
  switch (task.role) {
    case "check":
    case "verify":
      return <Inspection task={task} kind={task.role} />;
    case "joint":
      return <JointPartForm task={task} />;
    case "second":
      return <SecondWorkerForm task={task} />;
    default:
      return <HandlingForm task={task} />;
  }
}

/** Buttons for the progress of the worker: en route, on scene, start. */
function ProgressButtons(props: {
  task: Task;
  to: readonly ("en_route" | "on_scene" | "start")[];
  alone?: { alone_reason?: string };
}) {
  const t = useTranslation();
  const { task } = props;
  const step = (action: "en_route" | "on_scene" | "start") =>
    enqueueOperations(
      action === "start"
        ? caseTransition(task, "start", props.alone)
        : { entity: "assignment", op: "transition", id: task.id, patch: { action, at: new Date().toISOString() } },
    );
  return (
    <div class="steps">
      {(NEXT[task.step] ?? [])
        .filter((action) => props.to.includes(action))
        .map((action, n) => (
          <ActionButton
            key={action}
            class={n === 0 ? "main" : ""}
            onPress={() => step(action)}
            data-testid={`do-${action}`}
          >
            {t(`do_${action}`)}
          </ActionButton>
        ))}
    </div>
  );
}

/** The second of two workers submits what they did; then the lead submits the feedback. */
function SecondWorkerForm(props: { task: Task }) {
  const t = useTranslation();
  const { task } = props;
  const { words, setWords, forget, getFix, collectProof, presencePrompt, media, markMediaNamed } = useSiteStep(
    task,
    "after",
  );
  const submit = () =>
    runThenGo("", async () => {
      const proof = await collectProof();
      if (proof === null) return false;
      await enqueueOperations(
        caseTransition(task, "second_done", { note: words.trim(), ...proof, ...(media.length ? { media } : {}) }),
      );
      await markMediaNamed();
      return forget();
    });
  return (
    <>
      <p class="note">{t("second_explained")}</p>
      <ProgressButtons task={task} to={["en_route", "on_scene"]} />
      <Photos incident={task.incident.id} kinds={["before", "after"]} getFix={getFix} />
      <label>
        {t("what_done")}
        <textarea
          rows={3}
          maxLength={2000}
          value={words}
          onInput={(e) => setWords(e.currentTarget.value)}
          data-testid="what-done"
        />
      </label>
      {presencePrompt}
      <ActionButton class="main" disabled={words.trim() === ""} onPress={submit} data-testid="second-done">
        {t("do_second_done")}
      </ActionButton>
      <GiveBackButtons task={task} words={words} onDone={forget} />
    </>
  );
}

function HandlingForm(props: { task: Task }) {
  const t = useTranslation();
  const { task } = props;
  const {
    words,
    setWords,
    forget,
    getFix,
    collectProof,
    presencePrompt,
    isAloneReasonRequired,
    media,
    markMediaNamed,
  } = useSiteStep(task, "after");
  const [why, setWhy] = useState("");
  const alone = isAloneReasonRequired && why.trim() !== "" ? { alone_reason: why.trim() } : {};
  const feedBack = () =>
    runThenGo("", async () => {
      const proof = await collectProof();
      if (proof === null) return false;
      await enqueueOperations(
        caseTransition(task, "feed_back", {
          note: words.trim(),
          ...proof,
          ...alone,
          ...(media.length ? { media } : {}),
        }),
      );
      await markMediaNamed();
      return forget();
    });
  const next = task.incident.next_stage;
  const isStageReported = task.pendingOperations.some((op) => op.patch?.["action"] === "stage_done");
  const stage = next?.ends_with === "done" && !isStageReported ? next : null;
  return (
    <>
      {isAloneReasonRequired && (
        <label>
          {t("alone_reason")}
          <input
            value={why}
            maxLength={500}
            onInput={(e) => setWhy(e.currentTarget.value)}
            data-testid="alone-reason"
          />
        </label>
      )}
      <ProgressButtons task={task} to={["en_route", "on_scene", "start"]} alone={alone} />
      <JointParts incident={task.incident} />
      {stage && (
        <ActionButton
          onPress={() => enqueueOperations(caseTransition(task, "stage_done", { stage: stage.stage }))}
          data-testid="stage-done"
        >
          {t("stage_done", { stage: t.named(stage.name) || stage.stage })}
        </ActionButton>
      )}
      <Photos incident={task.incident.id} kinds={["before", "after"]} getFix={getFix} />
      <label>
        {t("what_done")}
        <textarea
          rows={3}
          maxLength={2000}
          value={words}
          onInput={(e) => setWords(e.currentTarget.value)}
          data-testid="what-done"
        />
      </label>
      {presencePrompt}
      <ActionButton
        class={task.step === "handling" ? "main" : ""}
        disabled={words.trim() === ""}
        onPress={feedBack}
        data-testid="feed-back"
      >
        {t("do_feed_back")}
      </ActionButton>
      <ExtensionRequest task={task} />
      <GiveBackButtons task={task} words={words} onDone={forget} />
    </>
  );
}

function GiveBackButtons(props: { task: Task; words: string; onDone?: () => Promise<void> }) {
  const t = useTranslation();
  const { task, words } = props;
  const [isGivingBack, setGivingBack] = useState(false);
  const giveBack = async (because: "could_not_get_there" | "not_mine_to_do") => {
    await runThenGo("", async () => {
      await enqueueOperations({
        entity: "assignment",
        op: "transition",
        id: task.id,
        patch: { action: "fail", because, note: words.trim() || t(because) },
      });
      await props.onDone?.();
    });
  };
  return (
    <>
      {isGivingBack ? (
        <div class="steps">
          {(["could_not_get_there", "not_mine_to_do"] as const).map((because) => (
            <ActionButton key={because} class="danger" onPress={() => giveBack(because)}>
              {t(because)}
            </ActionButton>
          ))}
          <button onClick={() => setGivingBack(false)}>{t("cancel")}</button>
        </div>
      ) : (
        <button class="plain" onClick={() => setGivingBack(true)}>
          {t("do_give_back")}
        </button>
      )}
    </>
  );
}

function Notes(props: { task: Task }) {
  const t = useTranslation();
  const { notes } = useWorkerState();
  const { value, set, forget } = useDraft(`note ${props.task.incident.id}`, { words: "" });
  const { words } = value;
  const add = async () => {
    await enqueueOperations({
      entity: "incident",
      op: "note",
      id: props.task.incident.id,
      patch: { words: words.trim() },
    });
    await forget();
  };
  return (
    <>
      <h2>{t("notes")}</h2>
      {(notes.get(props.task.incident.id) ?? []).map((note) => (
        <section class="row" key={note.id}>
          <span>{note.words}</span>
          <small>
            {note.author || t("unsent")} {t.time(note.at)}
          </small>
        </section>
      ))}
      <div class="inline">
        <input
          aria-label={t("add_note")}
          placeholder={t("add_note")}
          value={words}
          maxLength={2000}
          onInput={(e) => set({ words: e.currentTarget.value })}
          data-testid="note"
        />
        <ActionButton disabled={words.trim() === ""} onPress={add} data-testid="add-note">
          {t("add")}
        </ActionButton>
      </div>
    </>
  );
}
