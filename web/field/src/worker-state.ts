// The state that the worker sees: synced rows with pending operations applied. Pure functions.
import type { Name } from "../../src/i18n";
import { boundsAround } from "../../src/bounds";
import { type DayPlan, type Plan, toPlan } from "./day-plan";
import { dayIn, type Home, toHomes } from "./homes";
import type { Category } from "./category";
import { type Duty, dutyAt, type DutyPeriod } from "./duty";
import type { SentPhoto } from "./feedback-photos";
import { type HelpCall, openCallsOfOthers } from "./help-calls";
import { type Incident, type Note, toIncidents, toNotes } from "./incidents";
import type { Rule } from "./presence";
import type { Data, DeadLetter, MediaItem, OfferExplanation, Owner, QueuedOperation, Row } from "./store";
import { type Lost, type Task, toTasks } from "./tasks";
import type { TellWarning } from "./tell-warnings";
import { type ToTell, toTell } from "./to-tell";
import { DEFAULT_VISIT_HOURS, type VisitHours } from "./visit-hours";

export type StoredState = {
  rows: Row[];
  queue: QueuedOperation[];
  dead: DeadLetter[];
  why: OfferExplanation[];
  photos: MediaItem[];
  /** Photos that were uploaded and that no feedback names yet. */
  sent: SentPhoto[];
  owner: Owner | null;
  passwordFirst: boolean;
  pulledAt: string | null;
  skewMs: number;
  tellWarnings: TellWarning[];
  withHomes: boolean;
};

export type WorkerState = {
  owner: Owner | null;
  /** The password was set by somebody else and must be changed first. */
  passwordFirst: boolean;
  name: string;
  isWorker: boolean;
  offers: Task[];
  /** Tasks in the queue of the worker's unit. */
  queued: Task[];
  ownTasks: Task[];
  lost: Lost[];
  reported: Incident[];
  cases: Map<string, Incident>;
  categories: Category[];
  /** Presence rule for categories without their own. */
  presence: Rule | null;
  grids: { id: string; name: Name; middle: [number, number] | null }[];
  duty: Duty;
  units: Map<string, { name: Name; contact: string | null }>;
  /** What the roles of the account allow, such as `incident:report`; null before the account was synced. */
  permissions: string[] | null;
  /** The server has accepted the emergency call, and no row shows it yet. */
  calledForHelp: boolean;
  /** Open calls for help of others, of which the worker was told. */
  helpCalls: HelpCall[];
  notes: Map<string, Note[]>;
  waiting: QueuedOperation[];
  photos: MediaItem[];
  sent: SentPhoto[];
  dead: DeadLetter[];
  letters: Data[];
  pulledAt: string | null;
  /** IANA time zone of the city; times are shown in it, whatever the phone's zone. */
  zone: string | undefined;
  now: number;
  today: string;
  /** When homes are visited, by the rules of the city. */
  visitHours: VisitHours;
  /** Null if they were not read. */
  homes: Home[] | null;
  plan: Plan | null;
  /** Households to tell a notice. Null if homes were not read. */
  toTell: ToTell | null;
  tellWarnings: TellWarning[];
};

/** The rules of the city that the app uses. */
type ProfileData = {
  timezone?: string;
  presence?: Rule;
  taxonomy?: { categories?: Category[] };
  planning?: { visit_hours?: VisitHours };
};

/** Return whether the worker may do something. True before the account was synced: then the server decides. */
export function isPermitted(state: Pick<WorkerState, "permissions">, permission: string): boolean {
  return state.permissions?.includes(permission) ?? true;
}

export function workerState(stored: StoredState, clock: number): WorkerState {
  const now = clock + stored.skewMs;
  const rowsOf = <T>(entity: string): T[] =>
    stored.rows
      .filter((row) => row.entity === entity && (row.until === null || row.until > now))
      .map((row) => row.data as unknown as T);
  // Rejected operations are dead letters and are not applied.
  const pending = stored.queue.filter((queued) => queued.answer?.status !== "rejected");

  const incidents = toIncidents(rowsOf, pending);
  const tasks = toTasks(rowsOf, pending, incidents, stored.why, stored.owner?.account ?? "", now);
  const profile = rowsOf<{ data?: ProfileData }>("profile")[0];
  const today = dayIn(profile?.data?.timezone, now);
  const worker = rowsOf<{ id: string; name: string }>("worker")[0];
  const account = rowsOf<{ name: string; permissions: string[] }>("account")[0];
  const ownAreaIds = new Set(rowsOf<{ area_id: string }>("responsibility").map((row) => row.area_id));
  const homes = stored.withHomes ? toHomes(rowsOf, pending, today) : null;
  return {
    owner: stored.owner,
    passwordFirst: stored.passwordFirst,
    name: worker?.name ?? account?.name ?? stored.owner?.username ?? "",
    isWorker: worker !== undefined,
    offers: tasks.offers,
    queued: tasks.queued,
    ownTasks: tasks.own,
    lost: tasks.lost,
    reported: [...incidents.values()]
      .filter((incident) => incident.reported_by_me || incident.joined_by_me)
      .sort((a, b) => (b.reported_at ?? "").localeCompare(a.reported_at ?? "")),
    cases: incidents,
    categories: profile?.data?.taxonomy?.categories ?? [],
    presence: profile?.data?.presence ?? null,
    grids: rowsOf<{
      id: string;
      name: Name;
      level: string;
      boundary?: { type: string; coordinates: number[][][] | number[][][][] } | null;
    }>("area")
      .filter((area) => area.level === "grid")
      .sort((a, b) => Number(ownAreaIds.has(b.id)) - Number(ownAreaIds.has(a.id)))
      .map((area) => ({ id: area.id, name: area.name, middle: centerOfBounds(area.boundary ?? null) })),
    duty: dutyAt(rowsOf<DutyPeriod>("duty"), stored.queue, now),
    units: new Map(rowsOf<{ id: string; name: Name; contact: string | null }>("unit").map((unit) => [unit.id, unit])),
    permissions: account?.permissions ?? null,
    calledForHelp: pending.some(({ op, answer }) => op.entity === "sos" && answer !== null),
    helpCalls: openCallsOfOthers(rowsOf<HelpCall>("sos"), stored.owner?.account),
    notes: toNotes(rowsOf, pending),
    waiting: stored.queue.filter((queued) => queued.answer === null),
    photos: stored.photos,
    sent: stored.sent,
    dead: stored.dead,
    letters: rowsOf<Data>("dead_letter").filter((letter) => letter["resolved_at"] === null),
    pulledAt: stored.pulledAt,
    zone: profile?.data?.timezone,
    now,
    today,
    visitHours: profile?.data?.planning?.visit_hours ?? DEFAULT_VISIT_HOURS,
    homes,
    toTell: homes ? toTell(rowsOf, pending, homes) : null,
    tellWarnings: stored.tellWarnings,
    plan: homes
      ? toPlan(
          rowsOf<DayPlan>("day_plan").find((row) => row.day === today),
          homes,
          tasks.all,
          incidents,
        )
      : null,
  };
}

/** Return the centre of a geometry's bounding box: the initial place where the phone has no position. */
function centerOfBounds(shape: { coordinates: unknown } | null): [number, number] | null {
  const box = boundsAround(shape);
  if (box === null) return null;
  const between = (a: number, b: number) => Math.round(((a + b) / 2) * 1e7) / 1e7;
  return [between(box[0], box[2]), between(box[1], box[3])];
}
