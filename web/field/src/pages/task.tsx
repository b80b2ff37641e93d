// One piece of work: the next steps, from accepted to fed back, each of which works without a network.
import { useState } from "preact/hooks";
import { useDraft } from "../drafts";
import { useWords } from "../hooks/use-translation";
import { useWork } from "../hooks/use-worker-state";
import { Photos } from "../media/photos";
import { doneThen } from "../navigation";
import { act, onCase } from "../operations";
import { MoreTime } from "../task/extension-request";
import { Looking } from "../task/inspection";
import { Part, Parts } from "../task/joint-part";
import { useStep } from "../task/presence-proof";
import { Head } from "../task/task-summary";
import { Act } from "../ui/action-button";
import { Card } from "../ui/card";
import { MapBelow } from "../ui/map-toggle";
import { Title } from "../ui/title";
import { because } from "../words/withdrawal-reasons";
import type { Step, Task } from "../model";

// Each step with what may come after it.
const NEXT: Partial<Record<Step, readonly ("en_route" | "on_scene" | "start")[]>> = {
  accepted: ["en_route", "on_scene", "start"],
  en_route: ["on_scene", "start"],
  on_scene: ["start"],
};

export function TaskPage(props: { id: string }) {
  const t = useWords();
  const work = useWork();
  const task = [...work.mine, ...work.offers].find((some) => some.id === props.id);
  return (
    <>
      <a href="#/" class="back">‹ {t("back")}</a>
      {task ? (
        <>
          <Card>
            <Head task={task} isTitle />
            {task.incident.location && <p class="facts">{t("place")} {task.incident.location.coordinates.map((degrees) => degrees.toFixed(5)).join(", ")}</p>}
          </Card>
          {task.incident.location && <MapBelow marks={[{ id: task.incident.id, at: task.incident.location.coordinates, words: task.incident.description ?? "" }]} word="on_map" />}
          {task.step === "fed_back" ? <p class="done">{t("step_fed_back")}</p> : <Doing task={task} />}
          <Notes task={task} />
        </>
      ) : (
        <Gone id={props.id} />
      )}
    </>
  );
}

/** It is hers no more, or was closed, while she was at it: what she had written of it is not taken from her. */
function Gone(props: { id: string }) {
  const t = useWords();
  const { lost } = useWork();
  const { value, forget } = useDraft(`task ${props.id}`, { words: "" });
  const [isCopied, setCopied] = useState(false);
  const why = lost.find((some) => some.id === props.id);
  return (
    <>
      <Title text={t("task_gone")} />
      <Card tone="warn" testid="task-gone">
        {why?.incident?.description && <p class="words">{why.incident.description}</p>}
        <p>{why ? because(t.language, why.because) : t("task_gone_why")}</p>
      </Card>
      {value.words !== "" && (
        <>
          <label>
            {t("task_gone_words")}
            <textarea rows={4} readOnly value={value.words} data-testid="gone-words" />
          </label>
          <div class="two">
            <Act doing={() => navigator.clipboard.writeText(value.words).then(() => setCopied(true))}>{t("copy")}</Act>
            <Act doing={() => forget()} data-testid="gone-forget">{t("discard")}</Act>
          </div>
          <p role="status">{isCopied && t("copied")}</p>
        </>
      )}
    </>
  );
}

/** What she is asked for decides what there is to do. */
function Doing(props: { task: Task }) {
  const { task } = props;
  switch (task.role) {
    case "check":
    case "verify":
      return <Looking task={task} what={task.role} />;
    case "joint":
      return <Part task={task} />;
    case "second":
      return <Helping task={task} />;
    default:
      return <Handling task={task} />;
  }
}

/** How far she is on her way, each step once. */
function Steps(props: { task: Task; to: readonly ("en_route" | "on_scene" | "start")[]; alone?: { alone_reason?: string } }) {
  const t = useWords();
  const { task } = props;
  const step = (action: "en_route" | "on_scene" | "start") =>
    act(action === "start" ? onCase(task, "start", props.alone) : { entity: "assignment", op: "transition", id: task.id, patch: { action, at: new Date().toISOString() } });
  return (
    <div class="steps">
      {(NEXT[task.step] ?? []).filter((action) => props.to.includes(action)).map((action, n) => (
        <Act key={action} class={n === 0 ? "main" : ""} doing={() => step(action)} data-testid={`do-${action}`}>{t(`do_${action}`)}</Act>
      ))}
    </div>
  );
}

/** The second of two hands in what they did; then the lead hands in the whole. */
function Helping(props: { task: Task }) {
  const t = useWords();
  const { task } = props;
  const { words, setWords, forget, here, tell, asked, media, named } = useStep(task, "after");
  const handIn = () =>
    doneThen("", async () => {
      const proof = await tell();
      if (proof === null) return false;
      await act(onCase(task, "second_done", { note: words.trim(), ...proof, ...(media.length ? { media } : {}) }));
      await named();
      return forget();
    });
  return (
    <>
      <p class="note">{t("second_explained")}</p>
      <Steps task={task} to={["en_route", "on_scene"]} />
      <Photos incident={task.incident.id} kinds={["before", "after"]} here={here} />
      <label>
        {t("what_done")}
        <textarea rows={3} maxLength={2000} value={words} onInput={(e) => setWords(e.currentTarget.value)} data-testid="what-done" />
      </label>
      {asked}
      <Act class="main" disabled={words.trim() === ""} doing={handIn} data-testid="second-done">
        {t("do_second_done")}
      </Act>
      <GiveBack task={task} words={words} onDone={forget} />
    </>
  );
}

function Handling(props: { task: Task }) {
  const t = useWords();
  const { task } = props;
  const { words, setWords, forget, here, tell, asked, asksAlone, media, named } = useStep(task, "after");
  const [why, setWhy] = useState("");
  const alone = asksAlone && why.trim() !== "" ? { alone_reason: why.trim() } : {};
  const feedBack = () =>
    doneThen("", async () => {
      const proof = await tell();
      if (proof === null) return false;
      await act(onCase(task, "feed_back", { note: words.trim(), ...proof, ...alone, ...(media.length ? { media } : {}) }));
      await named();
      return forget();
    });
  const next = task.incident.next_stage;
  const isSaid = task.acts.some((op) => op.patch?.["action"] === "stage_done");
  const stage = next?.ends_with === "done" && !isSaid ? next : null;
  return (
    <>
      {asksAlone && (
        <label>
          {t("alone_reason")}
          <input value={why} maxLength={500} onInput={(e) => setWhy(e.currentTarget.value)} data-testid="alone-reason" />
        </label>
      )}
      <Steps task={task} to={["en_route", "on_scene", "start"]} alone={alone} />
      <Parts incident={task.incident} />
      {stage && (
        <Act doing={() => act(onCase(task, "stage_done", { stage: stage.stage }))} data-testid="stage-done">
          {t("stage_done", { stage: t.named(stage.name) || stage.stage })}
        </Act>
      )}
      <Photos incident={task.incident.id} kinds={["before", "after"]} here={here} />
      <label>
        {t("what_done")}
        <textarea rows={3} maxLength={2000} value={words} onInput={(e) => setWords(e.currentTarget.value)} data-testid="what-done" />
      </label>
      {asked}
      <Act class={task.step === "handling" ? "main" : ""} disabled={words.trim() === ""} doing={feedBack} data-testid="feed-back">
        {t("do_feed_back")}
      </Act>
      <MoreTime task={task} />
      <GiveBack task={task} words={words} onDone={forget} />
    </>
  );
}

function GiveBack(props: { task: Task; words: string; onDone?: () => Promise<void> }) {
  const t = useWords();
  const { task, words } = props;
  const [isGivingBack, setGivingBack] = useState(false);
  const giveBack = async (because: "could_not_get_there" | "not_mine_to_do") => {
    await doneThen("", async () => {
      await act({ entity: "assignment", op: "transition", id: task.id, patch: { action: "fail", because, note: words.trim() || t(because) } });
      await props.onDone?.();
    });
  };
  return (
    <>
      {isGivingBack ? (
        <div class="steps">
          {(["could_not_get_there", "not_mine_to_do"] as const).map((because) => (
            <Act key={because} class="danger" doing={() => giveBack(because)}>{t(because)}</Act>
          ))}
          <button onClick={() => setGivingBack(false)}>{t("cancel")}</button>
        </div>
      ) : (
        <button class="plain" onClick={() => setGivingBack(true)}>{t("do_give_back")}</button>
      )}
    </>
  );
}

function Notes(props: { task: Task }) {
  const t = useWords();
  const { notes } = useWork();
  const { value, set, forget } = useDraft(`note ${props.task.incident.id}`, { words: "" });
  const { words } = value;
  const add = async () => {
    await act({ entity: "incident", op: "note", id: props.task.incident.id, patch: { words: words.trim() } });
    await forget();
  };
  return (
    <>
      <h2>{t("notes")}</h2>
      {(notes.get(props.task.incident.id) ?? []).map((note) => (
        <section class="row" key={note.id}>
          <span>{note.words}</span>
          <small>{note.author || t("unsent")} {t.time(note.at)}</small>
        </section>
      ))}
      <div class="inline">
        <input aria-label={t("add_note")} placeholder={t("add_note")} value={words} maxLength={2000} onInput={(e) => set({ words: e.currentTarget.value })} data-testid="note" />
        <Act disabled={words.trim() === ""} doing={add} data-testid="add-note">{t("add")}</Act>
      </div>
    </>
  );
}
