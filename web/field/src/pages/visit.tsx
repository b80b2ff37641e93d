// A visit to one home: due tasks, outcome, note. Works without a network.
import { useState } from "preact/hooks";
import { useDraft } from "../drafts";
import { locate } from "../geolocation";
import type { CareTask, Home } from "../homes";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { runThenGo } from "../navigation";
import { enqueueOperations } from "../operations";
import { ActionBar } from "../ui/action-bar";
import { ActionButton } from "../ui/action-button";
import { Card, Empty } from "../ui/card";
import { HomeSummary } from "../ui/home-summary";
import { MapToggle } from "../ui/map-toggle";
import { Title } from "../ui/title";
import { People } from "../visit/people";
import { Tell } from "../visit/tell";
import { isVisitTime } from "../visit-hours";
import { CARE } from "../words/visits";

const OUTCOMES = ["done", "nobody_home", "refused_entry", "declined", "moved_away"] as const;
type Outcome = (typeof OUTCOMES)[number];
const FINAL_OUTCOMES: readonly Outcome[] = ["declined", "moved_away"];

export function VisitPage(props: { id: string }) {
  const t = useTranslation();
  const { homes, visitHours, now, zone } = useWorkerState();
  const home = homes?.find((candidate) => candidate.id === props.id);
  return (
    <>
      <a href="#/visits" class="back">
        ‹ {t("visits")}
      </a>
      {homes === null ? (
        <Empty>{t("reading")}</Empty>
      ) : home ? (
        <>
          <Card>
            <HomeSummary home={home} isTitle />
            <People people={home.people} />
          </Card>
          {!isVisitTime(visitHours, now, zone) && (
            <p class="bad" role="status" data-testid="visit-hours-over">
              {t("visit_hours_over", visitHours)}
            </p>
          )}
          <NoticesToTell home={home} />
          <VisitForm home={home} />
          <PastVisits home={home} />
          {home.at && <HomePlace home={home} at={home.at} />}
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

/** Notices that this home is to be told. */
function NoticesToTell(props: { home: Home }) {
  const t = useTranslation();
  const tasks = (useWorkerState().toTell?.open ?? []).filter(({ home }) => home.id === props.home.id);
  if (tasks.length === 0) return null;
  return (
    <Card testid="to-tell">
      <h2>{t("tell_here")}</h2>
      {tasks.map((task) => (
        <Tell key={task.id} task={task} name={t("tell_here")} />
      ))}
    </Card>
  );
}

function VisitForm(props: { home: Home }) {
  const t = useTranslation();
  const { home } = props;
  const { value, set, forget } = useDraft<{ outcome: Outcome; done: string[]; note: string }>(`visit ${home.id}`, {
    outcome: "done",
    done: [],
    note: "",
  });
  const { outcome, done, note } = value;
  const due = home.tasks.filter((task) => task.isDue);
  const later = home.tasks.filter((task) => !task.isDue);
  const toggle = (id: string) =>
    set({ done: done.includes(id) ? done.filter((doneId) => doneId !== id) : [...done, id] });
  const save = () =>
    runThenGo("visits", async () => {
      // Care tasks can be done only if the visit took place.
      const tasks = outcome === "done" ? done.filter((id) => home.tasks.some((task) => task.id === id)) : [];
      await enqueueOperations({
        entity: "visit",
        op: "create",
        patch: {
          household_id: home.id,
          outcome,
          ...(note.trim() ? { note: note.trim() } : {}),
          ...(tasks.length ? { care_done: tasks } : {}),
        },
      });
      await forget();
    });
  return (
    <>
      <fieldset>
        <legend>{t("outcome")}</legend>
        {OUTCOMES.map((option) => (
          <label class="tick" key={option}>
            <input
              type="radio"
              name="outcome"
              checked={outcome === option}
              onChange={() => set({ outcome: option })}
              data-testid={`outcome-${option}`}
            />
            {t(`outcome_${option}`)}
          </label>
        ))}
        {FINAL_OUTCOMES.includes(outcome) && (
          <p class="note" role="status">
            {t("outcome_final")}
          </p>
        )}
      </fieldset>
      {outcome === "done" && due.length > 0 && (
        <Checklist title={t("tasks_here")} tasks={due} done={done} onTurn={toggle} />
      )}
      {outcome === "done" && later.length > 0 && (
        <details>
          <summary>{t("tasks_later")}</summary>
          <Checklist title={t("tasks_later")} tasks={later} done={done} onTurn={toggle} />
        </details>
      )}
      <label>
        {t("visit_note")}
        <textarea
          rows={3}
          maxLength={1000}
          value={note}
          onInput={(e) => set({ note: e.currentTarget.value })}
          data-testid="visit-note"
        />
        <small>{t("visit_note_kept")}</small>
      </label>
      <ActionBar>
        <ActionButton class="main" onPress={save} data-testid="visit-save">
          {t("visit_save")}
        </ActionButton>
      </ActionBar>
    </>
  );
}

function Checklist(props: { title: string; tasks: CareTask[]; done: string[]; onTurn: (id: string) => void }) {
  const t = useTranslation();
  const { today } = useWorkerState();
  return (
    <fieldset>
      <legend>{props.title}</legend>
      {props.tasks.map((task) => (
        <label class="tick" key={task.id} data-testid="care-task">
          <input type="checkbox" checked={props.done.includes(task.id)} onChange={() => props.onTurn(task.id)} />
          <span>
            {CARE[task.kind]?.[t.language === "en" ? 1 : 0] ?? task.kind} {task.person}
            <small>
              {" "}
              {task.purpose} {task.dueOn && t(task.dueOn < today ? "due_since" : "due_on", { day: t.day(task.dueOn) })}
            </small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function PastVisits(props: { home: Home }) {
  const t = useTranslation();
  return (
    <>
      <h2>{t("visits_before")}</h2>
      {props.home.visits.slice(0, 5).map((visit) => (
        <section class="row" key={`${visit.at} ${visit.outcome}`} data-testid="visited">
          <b>{t(`outcome_${visit.outcome}` as "outcome_done")}</b>
          <span>{visit.note}</span>
          <small>
            {t.time(visit.at)} {visit.isSending && t("sending")}
          </small>
        </section>
      ))}
      {props.home.visits.length === 0 && <Empty>{t("no_visits_before")}</Empty>}
    </>
  );
}

/** The place of a home, which can be corrected by hand or from the phone's position. */
function HomePlace(props: { home: Home; at: [number, number] }) {
  const t = useTranslation();
  const { home } = props;
  const [moved, setMoved] = useState<[number, number] | null>(null);
  const [trouble, setTrouble] = useState("");
  const locatePhone = async () => {
    setTrouble("");
    try {
      const fix = await locate();
      setMoved([fix.lon, fix.lat]);
    } catch {
      // The browser's error text is technical; the page says what to do instead.
      setTrouble(t("locate_failed"));
    }
  };
  const save = async () => {
    if (moved)
      await enqueueOperations({
        entity: "premises",
        op: "patch",
        id: home.premises,
        patch: { lon: moved[0], lat: moved[1] },
      });
    setMoved(null);
  };
  return (
    <>
      <h2>{t("home_place")}</h2>
      <MapToggle
        labelKey="on_map"
        marks={[{ id: home.id, at: moved ?? props.at, words: home.address }]}
        onMove={setMoved}
      />
      <button onClick={() => void locatePhone()} data-testid="home-place-here">
        {t("home_place_here")}
      </button>
      {trouble && (
        <p class="bad" role="alert">
          {trouble}
        </p>
      )}
      {moved && (
        <>
          <p class="facts">{t("home_place_new", { at: moved.map((degrees) => degrees.toFixed(5)).join(", ") })}</p>
          <ActionButton class="main" onPress={save} data-testid="home-place-save">
            {t("home_place_save")}
          </ActionButton>
        </>
      )}
    </>
  );
}
