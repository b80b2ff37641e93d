// One task with its next steps, from accepted to fed back. Every step works without a network.
import { useState } from "preact/hooks";
import { useDraft } from "../drafts";
import { usePlaces } from "../hooks/use-places";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { CasePhotos } from "../media/case-photos";
import { Photos } from "../media/photos";
import type { Step, Task } from "../tasks";
import { runThenGo } from "../navigation";
import { caseTransition, enqueueOperations } from "../operations";
import { ExtensionRequest } from "../task/extension-request";
import { Inspection } from "../task/inspection";
import { JointPartForm, JointParts } from "../task/joint-part";
import { markNamed } from "../unattached-photos";
import { useSiteStep } from "../task/presence-proof";
import { AcceptButton, OfferAnswer, OfferReason } from "../task/offer-answer";
import { TaskSummary } from "../task/task-summary";
import { OwningUnit, Way } from "../task/way";
import { ActionBar } from "../ui/action-bar";
import { ActionButton } from "../ui/action-button";
import { Card } from "../ui/card";
import { TextWithTelephones } from "../ui/text-with-telephones";
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
  const { whereIs, own } = usePlaces();
  const { ownTasks, offers, queued } = workerState;
  const task = [...ownTasks, ...offers, ...queued].find((candidate) => candidate.id === props.id);
  return (
    <>
      <a href="#/" class="back">
        ‹ {t("back")}
      </a>
      {task ? (
        <>
          <Card>
            <TaskSummary task={task} where={whereIs(task.incident)} isTitle />
            <OwningUnit incident={task.incident} />
          </Card>
          <Way incident={task.incident} place={whereIs(task.incident).place} own={own} />
          <CasePhotos incident={task.incident} isCompared={task.role === "check" || task.role === "verify"} />
          {task.step === "fed_back" ? <p class="done">{t("step_fed_back")}</p> : <TaskActions task={task} />}
          {task.step !== "offered" && <Notes task={task} />}
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
  if (task.step === "offered") return <Offer task={task} />;
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

/** An offer, or a task of the unit's queue: nothing can be done before it is accepted. */
function Offer(props: { task: Task }) {
  const { task } = props;
  return (
    <>
      {task.state !== "queued" && <OfferReason task={task} />}
      <div class="send">{task.state === "queued" ? <AcceptButton task={task} /> : <OfferAnswer task={task} />}</div>
    </>
  );
}

type Progress = "en_route" | "on_scene" | "start";

/** Return the steps of progress that are possible now, the next one first. */
const nextSteps = (task: Task, to: readonly Progress[]) => (NEXT[task.step] ?? []).filter((step) => to.includes(step));

/** Buttons for the progress of the worker: en route, on scene, start. The first of `steps` may be the main action. */
function ProgressButtons(props: {
  task: Task;
  steps: readonly Progress[];
  isMain?: boolean;
  alone?: { alone_reason?: string };
}) {
  const t = useTranslation();
  const { task } = props;
  const step = (action: Progress) =>
    enqueueOperations(
      action === "start"
        ? caseTransition(task, "start", props.alone)
        : { entity: "assignment", op: "transition", id: task.id, patch: { action, at: new Date().toISOString() } },
    );
  return (
    <>
      {props.steps.map((action, n) => (
        <ActionButton
          // The next main action is the same button as the one before it: a double press does not take both.
          key={props.isMain ? n : action}
          class={props.isMain ? "main" : ""}
          onPress={() => step(action)}
          data-testid={`do-${action}`}
        >
          {t(`do_${action}`)}
        </ActionButton>
      ))}
    </>
  );
}

/** The second of two workers submits what they did; then the lead submits the feedback. */
function SecondWorkerForm(props: { task: Task }) {
  const t = useTranslation();
  const { task } = props;
  const { words, setWords, forget, getFix, collectProof, presencePrompt, collectMedia } = useSiteStep(task, "after");
  const submit = () =>
    runThenGo("", async () => {
      const proof = await collectProof();
      if (proof === null) return false;
      const media = await collectMedia();
      await enqueueOperations(
        caseTransition(task, "second_done", { note: words.trim(), ...proof, ...(media.length ? { media } : {}) }),
      );
      await markNamed(media);
      return forget();
    });
  return (
    <>
      <p class="note">{t("second_explained")}</p>
      <ProgressButtons task={task} steps={nextSteps(task, ["en_route", "on_scene"])} />
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
      <ActionBar>
        {words.trim() === "" && <p class="note">{t("need_what_done")}</p>}
        <ActionButton class="main" disabled={words.trim() === ""} onPress={submit} data-testid="second-done">
          {t("do_second_done")}
        </ActionButton>
      </ActionBar>
      <GiveBackButtons task={task} words={words} onDone={forget} />
    </>
  );
}

function HandlingForm(props: { task: Task }) {
  const t = useTranslation();
  const { task } = props;
  const { words, setWords, forget, getFix, collectProof, presencePrompt, isAloneReasonRequired, collectMedia } =
    useSiteStep(task, "after");
  const { value: reason, set: setReason } = useDraft(`alone ${task.id}`, { why: "" });
  const { why } = reason;
  const [next, ...later] = nextSteps(task, ["en_route", "on_scene", "start"]);
  const alone = isAloneReasonRequired && why.trim() !== "" ? { alone_reason: why.trim() } : {};
  const feedBack = () =>
    runThenGo("", async () => {
      const proof = await collectProof();
      if (proof === null) return false;
      const media = await collectMedia();
      await enqueueOperations(
        caseTransition(task, "feed_back", {
          note: words.trim(),
          ...proof,
          ...alone,
          ...(media.length ? { media } : {}),
        }),
      );
      await markNamed(media);
      return forget();
    });
  const nextStage = task.incident.next_stage;
  const isStageReported = task.pendingOperations.some((op) => op.patch?.["action"] === "stage_done");
  const stage = nextStage?.ends_with === "done" && !isStageReported ? nextStage : null;
  return (
    <>
      {isAloneReasonRequired && (
        <label>
          {t("alone_reason")}
          <input
            value={why}
            maxLength={500}
            onInput={(e) => setReason({ why: e.currentTarget.value })}
            data-testid="alone-reason"
          />
        </label>
      )}
      {/* The last step first: no button moves to where another one was a moment ago. */}
      <ProgressButtons task={task} steps={later.reverse()} alone={alone} />
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
      <ActionBar>
        {next && <ProgressButtons task={task} steps={[next]} isMain alone={alone} />}
        {next === undefined && words.trim() === "" && (
          <p class="note" data-testid="need-what-done">
            {t("need_what_done")}
          </p>
        )}
        {(next === undefined || words.trim() !== "") && (
          <ActionButton
            class={next === undefined ? "main" : ""}
            disabled={words.trim() === ""}
            onPress={feedBack}
            data-testid="feed-back"
          >
            {t("do_feed_back")}
          </ActionButton>
        )}
      </ActionBar>
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
          <span>
            <TextWithTelephones text={note.words} />
          </span>
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
