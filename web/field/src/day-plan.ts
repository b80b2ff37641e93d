// The plan of the worker's day as it is on the phone: stops in order, with those marked as done that pending operations
// settle. Pure functions.
import type { Home } from "./homes";
import type { Incident } from "./incidents";
import type { Task } from "./tasks";

export type Stop = {
  id: string;
  kind: "visit" | "verify" | "handle" | "check" | "patrol" | "break" | "gap";
  begin: string;
  end: string;
  at: [number, number] | null;
  travelMinutes: number | null;
  isDone: boolean;
  isPinned: boolean;
  home: Home | null;
  task: Task | null;
  incident: Incident | null;
};

export type LeftOut = Pick<Stop, "id" | "kind" | "home" | "incident"> & { reason: { zh?: string; en?: string } };
export type Plan = {
  day: string;
  stops: Stop[];
  leftOut: LeftOut[];
  moreDue: number;
  isGuess: boolean;
  madeAt: string;
};

type StopRow = {
  id: string;
  kind: Stop["kind"];
  state: string;
  begin: string;
  end: string;
  lon: number | null;
  lat: number | null;
  travel_s: number | null;
  pin: { at: string | null; place: number | null } | null;
};

export type DayPlan = {
  day: string;
  stops: StopRow[];
  left_out: (StopRow & { reason_text: { zh?: string; en?: string } })[];
  more_due: number;
  travel_basis: string;
  made_at: string;
};

export function toPlan(
  row: DayPlan | undefined,
  homes: Home[],
  tasks: Task[],
  incidents: Map<string, Incident>,
): Plan | null {
  if (row === undefined) return null;
  const homeById = new Map(homes.map((homeOfPlan) => [homeOfPlan.id, homeOfPlan]));
  const taskById = new Map(tasks.map((entry) => [entry.incident.id, entry]));
  return {
    day: row.day,
    stops: row.stops.map((stop) => {
      const home = homeById.get(stop.id) ?? null;
      const task = taskById.get(stop.id) ?? null;
      return {
        id: stop.id,
        kind: stop.kind,
        begin: stop.begin,
        end: stop.end,
        at: stop.lon === null || stop.lat === null ? null : [stop.lon, stop.lat],
        travelMinutes: stop.travel_s === null ? null : Math.round(stop.travel_s / 60),
        isDone: stop.state === "done" || home?.visits[0]?.isSending === true || task?.step === "fed_back",
        isPinned: stop.pin !== null,
        home,
        task,
        incident: incidents.get(stop.id) ?? null,
      };
    }),
    leftOut: row.left_out.map((stop) => ({
      id: stop.id,
      kind: stop.kind,
      home: homeById.get(stop.id) ?? null,
      incident: incidents.get(stop.id) ?? null,
      reason: stop.reason_text,
    })),
    moreDue: row.more_due,
    isGuess: row.travel_basis !== "network",
    madeAt: row.made_at,
  };
}
