// The plan of the day as a map and as a list, and a link to the homes that are due. The plan is advice.
import { useState } from "preact/hooks";
import { api, callApi } from "../client";
import type { LeftOut, Plan, Stop } from "../day-plan";
import { failureText } from "../failure-text";
import { locate } from "../geolocation";
import { shortName } from "../homes";
import { useCategoryName } from "../hooks/use-category-name";
import { usePlaces } from "../hooks/use-places";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { navigate } from "../navigation";
import { sync } from "../sync";
import { Card, Empty } from "../ui/card";
import { MapToggle } from "../ui/map-toggle";
import { Title } from "../ui/title";
import { isPermitted } from "../worker-state";

export function DayPage() {
  const t = useTranslation();
  const workerState = useWorkerState();
  const { plan, homes, today } = workerState;
  const due = homes?.filter((home) => home.isDue).length ?? 0;
  return (
    <>
      <Title text={t("plan_of", { day: t.day(today) })} />
      {homes === null ? <Empty>{t("reading")}</Empty> : plan ? <Stops plan={plan} /> : <Empty>{t("no_plan")}</Empty>}
      <PlanRequest />
      {isPermitted(workerState, "household:read") && (
        <>
          <h2>{t("visits")}</h2>
          <a class="link" href="#/visits" data-testid="to-visits">
            <Card>
              <b>{t("visits_due", { n: due })}</b> ›
            </Card>
          </a>
        </>
      )}
      {isPermitted(workerState, "notice:read") && isPermitted(workerState, "household:edit") && (
        <a class="link" href="#/to-tell" data-testid="to-tell-list">
          <Card>
            <b>{t("tell_title", { n: workerState.toTell?.households ?? 0 })}</b> ›
          </Card>
        </a>
      )}
    </>
  );
}

function Stops(props: { plan: Plan }) {
  const t = useTranslation();
  const { plan } = props;
  const name = useStopName();
  const { whereIs, nameOf } = usePlaces();
  const placeOf = (stop: Stop) =>
    stop.home ? "" : stop.incident ? whereIs(stop.incident).place : stop.at ? nameOf(stop.at) : "";
  const isStop = (stop: Stop) => stop.kind !== "break" && stop.kind !== "gap";
  const numbered = plan.stops.filter(isStop);
  const numberOf = (stop: Stop) => numbered.indexOf(stop) + 1;
  const marks = numbered.flatMap((stop) =>
    stop.at && !stop.isDone ? [{ id: stop.id, at: stop.at, words: `${numberOf(stop)} ${name(stop)}` }] : [],
  );
  const open = (id: string) => {
    const to = numbered.find((stop) => stop.id === id);
    if (to && stopLink(to)) navigate(stopLink(to)!);
  };
  const leftOut = plan.leftOut.filter((stop) => stop.kind !== "break" && stop.kind !== "gap");
  return (
    <>
      <MapToggle labelKey="plan_map" marks={marks} onOpen={open} />
      <ol class="plan">
        {plan.stops.map((stop) => (
          <li key={stop.id} class={stop.isDone ? "is-done" : ""} data-testid="stop">
            <StopCard stop={stop} number={isStop(stop) ? numberOf(stop) : null} place={placeOf(stop)} />
          </li>
        ))}
      </ol>
      {plan.stops.length === 0 && <Empty>{t("plan_empty")}</Empty>}
      {leftOut.length + plan.moreDue > 0 && (
        <details data-testid="left-out">
          <summary>{t("plan_left_out", { n: leftOut.length + plan.moreDue })}</summary>
          {leftOut.map((stop) => (
            <section class="row" key={stop.id}>
              <b>{name(stop)}</b>
              <span>{t.named(stop.reason)}</span>
            </section>
          ))}
          {plan.moreDue > 0 && <p class="note">{t("plan_more_due", { n: plan.moreDue })}</p>}
        </details>
      )}
      <p class="note">{t(plan.isGuess ? "plan_advice_guess" : "plan_advice", { at: t.time(plan.madeAt) })}</p>
    </>
  );
}

function StopCard(props: { stop: Stop; number: number | null; place: string }) {
  const t = useTranslation();
  const name = useStopName();
  const { stop, number } = props;
  const to = stopLink(stop);
  const card = (
    <Card>
      <p class="facts">
        <b>
          {t.time(stop.begin)}–{t.time(stop.end)}
        </b>
        {stop.travelMinutes !== null && stop.travelMinutes > 0 && (
          <span>{t("plan_way", { n: stop.travelMinutes })}</span>
        )}
        {stop.isPinned && <span>{t("plan_pinned")}</span>}
        {stop.isDone && <b>✓ {t("plan_done")}</b>}
      </p>
      <h2 class="item">
        {number !== null && <span class="number">{number}</span>}{" "}
        <b class={`kind ${stop.kind}`}>{t(`stop_${stop.kind}`)}</b> {name(stop)}
      </h2>
      {props.place && (
        <p class="where" data-testid="stop-place">
          {props.place}
        </p>
      )}
      {stop.incident?.description && <p class="words">{stop.incident.description}</p>}
    </Card>
  );
  return to ? (
    <a class="link" href={`#/${to}`}>
      {card}
    </a>
  ) : (
    card
  );
}

/** Return the title of a stop: the home's address or the case's category. */
function useStopName() {
  const t = useTranslation();
  const category = useCategoryName();
  return (stop: Stop | LeftOut) => {
    if (stop.home) return shortName(stop.home);
    if (stop.incident) return category(stop.incident.category);
    return stop.kind === "patrol" ? t("patrol_place") : "";
  };
}

function stopLink(stop: Stop): string | null {
  if (stop.home) return `visit/${stop.home.id}`;
  return stop.task ? `task/${stop.task.id}` : null;
}

/** Requests a new plan from the server, starting at the phone's position if there is one. */
function PlanRequest() {
  const t = useTranslation();
  const { owner, isWorker, plan } = useWorkerState();
  const [state, setState] = useState<"" | "asking" | "done">("");
  const [trouble, setTrouble] = useState("");
  if (!isWorker || owner === null) return null;
  const ask = async () => {
    setState("asking");
    setTrouble("");
    const fix = await locate(0).catch(() => null);
    try {
      const body = fix ? { lon: fix.lon, lat: fix.lat } : {};
      await callApi(() =>
        api.client.POST("/api/v1/workers/{worker_id}/plan", { params: { path: { worker_id: owner.account } }, body }),
      );
      // The plan itself is synced like every row.
      sync.requestRound();
      setState("done");
    } catch (error) {
      setTrouble(failureText(t, error));
      setState("");
    }
  };
  return (
    <>
      {trouble && (
        <p class="bad" role="alert">
          {trouble}
        </p>
      )}
      <button
        class={plan ? "" : "main"}
        disabled={state === "asking"}
        onClick={() => void ask()}
        data-testid="plan-day"
      >
        {t(state === "asking" ? "plan_asking" : plan ? "plan_again" : "plan_now")}
      </button>
      <p class="note" role="status">
        {state === "done" ? t("plan_made") : t("plan_place_used")}
      </p>
    </>
  );
}
