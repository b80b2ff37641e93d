// A visit to one home: every task that is due there, what came of it, a note. All of it works without a network.
import { useState } from "preact/hooks";
import { useDraft } from "../drafts";
import { locate } from "../geolocation";
import type { CareTask, Home } from "../homes";
import { useWords } from "../hooks/use-translation";
import { useWork } from "../hooks/use-worker-state";
import { doneThen } from "../navigation";
import { act } from "../operations";
import { Act } from "../ui/action-button";
import { Card, Empty } from "../ui/card";
import { HomeHead } from "../ui/home-summary";
import { MapBelow } from "../ui/map-toggle";
import { Title } from "../ui/title";
import { CARE } from "../words/visits";

const OUTCOMES = ["done", "nobody_home", "refused_entry", "declined", "moved_away"] as const;
type Outcome = (typeof OUTCOMES)[number];
const FINAL: readonly Outcome[] = ["declined", "moved_away"];

export function VisitPage(props: { id: string }) {
  const t = useWords();
  const { homes } = useWork();
  const home = homes?.find((some) => some.id === props.id);
  return (
    <>
      <a href="#/visits" class="back">‹ {t("visits")}</a>
      {homes === null ? (
        <Empty>{t("reading")}</Empty>
      ) : home ? (
        <>
          <Card>
            <HomeHead home={home} isTitle />
            {home.people.length > 0 && (
              <p class="facts" data-testid="people">
                {home.people.map((some) => <span key={some.id}>{some.name} {some.phone}</span>)}
              </p>
            )}
          </Card>
          <Record home={home} />
          <Before home={home} />
          {home.at && <Where home={home} at={home.at} />}
        </>
      ) : (
        <>
          <Title text={t("visits")} />
          <Empty>{t("home_gone")}</Empty>
        </>
      )}
    </>
  );
}

function Record(props: { home: Home }) {
  const t = useWords();
  const { home } = props;
  const { value, set, forget } = useDraft<{ outcome: Outcome; done: string[]; note: string }>(`visit ${home.id}`, { outcome: "done", done: [], note: "" });
  const { outcome, done, note } = value;
  const due = home.tasks.filter((task) => task.isDue);
  const later = home.tasks.filter((task) => !task.isDue);
  const turn = (id: string) => set({ done: done.includes(id) ? done.filter((some) => some !== id) : [...done, id] });
  const keep = () =>
    doneThen("visits", async () => {
      // What is ticked was done only if she was let in.
      const tasks = outcome === "done" ? done.filter((id) => home.tasks.some((task) => task.id === id)) : [];
      await act({
        entity: "visit",
        op: "create",
        patch: { household_id: home.id, outcome, ...(note.trim() ? { note: note.trim() } : {}), ...(tasks.length ? { care_done: tasks } : {}) },
      });
      await forget();
    });
  return (
    <>
      <fieldset>
        <legend>{t("outcome")}</legend>
        {OUTCOMES.map((some) => (
          <label class="tick" key={some}>
            <input type="radio" name="outcome" checked={outcome === some} onChange={() => set({ outcome: some })} data-testid={`outcome-${some}`} />
            {t(`outcome_${some}`)}
          </label>
        ))}
        {FINAL.includes(outcome) && <p class="note" role="status">{t("outcome_final")}</p>}
      </fieldset>
      {outcome === "done" && due.length > 0 && <Checklist title={t("tasks_here")} tasks={due} done={done} onTurn={turn} />}
      {outcome === "done" && later.length > 0 && (
        <details>
          <summary>{t("tasks_later")}</summary>
          <Checklist title={t("tasks_later")} tasks={later} done={done} onTurn={turn} />
        </details>
      )}
      <label>
        {t("visit_note")}
        <textarea rows={3} maxLength={1000} value={note} onInput={(e) => set({ note: e.currentTarget.value })} data-testid="visit-note" />
        <small>{t("visit_note_kept")}</small>
      </label>
      <Act class="main" doing={keep} data-testid="visit-save">{t("visit_save")}</Act>
    </>
  );
}

function Checklist(props: { title: string; tasks: CareTask[]; done: string[]; onTurn: (id: string) => void }) {
  const t = useWords();
  const { today } = useWork();
  return (
    <fieldset>
      <legend>{props.title}</legend>
      {props.tasks.map((task) => (
        <label class="tick" key={task.id} data-testid="care-task">
          <input type="checkbox" checked={props.done.includes(task.id)} onChange={() => props.onTurn(task.id)} />
          <span>
            {CARE[task.kind]?.[t.language === "en" ? 1 : 0] ?? task.kind} {task.person}
            <small> {task.purpose} {task.dueOn && t(task.dueOn < today ? "due_since" : "due_on", { day: task.dueOn })}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Before(props: { home: Home }) {
  const t = useWords();
  return (
    <>
      <h2>{t("visits_before")}</h2>
      {props.home.visits.slice(0, 5).map((some) => (
        <section class="row" key={`${some.at} ${some.outcome}`} data-testid="visited">
          <b>{t(`outcome_${some.outcome}` as "outcome_done")}</b>
          <span>{some.note}</span>
          <small>{t.time(some.at)} {some.isSending && t("sending")}</small>
        </section>
      ))}
      {props.home.visits.length === 0 && <Empty>{t("no_visits_before")}</Empty>}
    </>
  );
}

/** Where the home is, and put right by hand or from the phone's own place. */
function Where(props: { home: Home; at: [number, number] }) {
  const t = useWords();
  const { home } = props;
  const [moved, setMoved] = useState<[number, number] | null>(null);
  const [trouble, setTrouble] = useState("");
  const here = async () => {
    setTrouble("");
    try {
      const fix = await locate();
      setMoved([fix.lon, fix.lat]);
    } catch {
      // The browser says why in words of its own; she is told what to do instead.
      setTrouble(t("locate_failed"));
    }
  };
  const keep = async () => {
    if (moved) await act({ entity: "premises", op: "patch", id: home.premises, patch: { lon: moved[0], lat: moved[1] } });
    setMoved(null);
  };
  return (
    <>
      <h2>{t("home_place")}</h2>
      <MapBelow word="on_map" marks={[{ id: home.id, at: moved ?? props.at, words: home.address }]} onMove={setMoved} />
      <button onClick={() => void here()} data-testid="home-place-here">{t("home_place_here")}</button>
      {trouble && <p class="bad" role="alert">{trouble}</p>}
      {moved && (
        <>
          <p class="facts">{t("home_place_new", { at: moved.map((degrees) => degrees.toFixed(5)).join(", ") })}</p>
          <Act class="main" doing={keep} data-testid="home-place-save">{t("home_place_save")}</Act>
        </>
      )}
    </>
  );
}
