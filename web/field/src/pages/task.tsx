// One piece of work: the next steps, from accepted to fed back, each of which works without a network.
import { useState } from "preact/hooks";
import { type Act, act } from "../device";
import { Card, Empty, go, useFix, useWords, useWork } from "../ui";
import type { Step, Task } from "../work";
import { MapBelow } from "./maps";
import { Photos } from "./photos";
import { Head } from "./tasks";

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
            <Head task={task} />
            {task.incident.location && <p class="facts">{t("place")} {task.incident.location.coordinates.map((degrees) => degrees.toFixed(5)).join(", ")}</p>}
          </Card>
          {task.incident.location && <MapBelow marks={[{ id: task.incident.id, at: task.incident.location.coordinates, words: task.incident.description ?? "" }]} word="on_map" />}
          {task.step === "fed_back" ? <p class="done">{t("step_fed_back")}</p> : task.role === "check" ? <Checking task={task} /> : <Handling task={task} />}
          <Notes task={task} />
        </>
      ) : (
        <Empty>{t("no_work")}</Empty>
      )}
    </>
  );
}

const onCase = (task: Task, action: string, more: Record<string, unknown> = {}): Act => ({
  entity: "incident",
  op: "transition",
  id: task.incident.id,
  patch: { action, ...more },
});

function Handling(props: { task: Task }) {
  const t = useWords();
  const { task } = props;
  const here = useFix();
  const [words, setWords] = useState("");
  // Taken on this page: what has been sent meanwhile is named all the same.
  const [shown, setShown] = useState<string[]>([]);
  const { photos } = useWork();
  const after = photos.filter((photo) => photo.incident === task.incident.id && photo.kind === "after").map((photo) => photo.id);
  const unseen = after.filter((id) => !shown.includes(id));
  if (unseen.length > 0) setShown([...shown, ...unseen].slice(0, 20));
  const [isGivingBack, setGivingBack] = useState(false);
  const step = (action: "en_route" | "on_scene" | "start") =>
    act(action === "start" ? onCase(task, "start") : { entity: "assignment", op: "transition", id: task.id, patch: { action, at: new Date().toISOString() } });
  const feedBack = async () => {
    await act(onCase(task, "feed_back", { note: words.trim(), ...here(), ...(shown.length ? { media: shown } : {}) }));
    go("");
  };
  const giveBack = async (because: "could_not_get_there" | "not_mine_to_do") => {
    await act({ entity: "assignment", op: "transition", id: task.id, patch: { action: "fail", because, note: words.trim() || t(because) } });
    go("");
  };
  return (
    <>
      <div class="steps">
        {(NEXT[task.step] ?? []).map((action, n) => (
          <button key={action} class={n === 0 ? "main" : ""} onClick={() => void step(action)} data-testid={`do-${action}`}>{t(`do_${action}`)}</button>
        ))}
      </div>
      <Photos incident={task.incident.id} kinds={["before", "after"]} here={here} />
      <label>
        {t("what_done")}
        <textarea rows={3} maxLength={2000} value={words} onInput={(e) => setWords(e.currentTarget.value)} data-testid="what-done" />
      </label>
      <button class={task.step === "handling" ? "main" : ""} disabled={words.trim() === ""} onClick={() => void feedBack()} data-testid="feed-back">
        {t("do_feed_back")}
      </button>
      {isGivingBack ? (
        <div class="steps">
          {(["could_not_get_there", "not_mine_to_do"] as const).map((because) => (
            <button key={because} class="danger" onClick={() => void giveBack(because)}>{t(because)}</button>
          ))}
          <button onClick={() => setGivingBack(false)}>{t("cancel")}</button>
        </div>
      ) : (
        <button class="plain" onClick={() => setGivingBack(true)}>{t("do_give_back")}</button>
      )}
    </>
  );
}

function Checking(props: { task: Task }) {
  const t = useWords();
  const { task } = props;
  const here = useFix();
  const [words, setWords] = useState("");
  const check = async (result: string) => {
    await act(onCase(task, "check", { result, ...(words.trim() ? { note: words.trim() } : {}), ...here() }));
    go("");
  };
  return (
    <>
      <label>
        {t("check_words")}
        <textarea rows={3} maxLength={2000} value={words} onInput={(e) => setWords(e.currentTarget.value)} data-testid="check-words" />
      </label>
      <div class="steps">
        <button class="main" onClick={() => void check("pass")} data-testid="check-pass">{t("check_pass")}</button>
        <button class="danger" disabled={words.trim() === ""} onClick={() => void check("not_pass")}>{t("check_not_pass")}</button>
        <button disabled={words.trim() === ""} onClick={() => void check("unable")}>{t("check_unable")}</button>
      </div>
    </>
  );
}

function Notes(props: { task: Task }) {
  const t = useWords();
  const { notes } = useWork();
  const [words, setWords] = useState("");
  const add = async () => {
    await act({ entity: "incident", op: "note", id: props.task.incident.id, patch: { words: words.trim() } });
    setWords("");
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
        <input aria-label={t("add_note")} placeholder={t("add_note")} value={words} maxLength={2000} onInput={(e) => setWords(e.currentTarget.value)} data-testid="note" />
        <button disabled={words.trim() === ""} onClick={() => void add()} data-testid="add-note">{t("add")}</button>
      </div>
    </>
  );
}
