// The state that the worker sees: synced rows with pending operations applied. Pure functions.
import { type DayPlan, type Plan, toPlan } from "./day-plan";
import { dayIn, type Home, toHomes as homesOf } from "./homes";
import type { Category, Incident, Lost, Name, Step, Task } from "./model";
import type { Rule } from "./presence";
import type { Data, DeadLetter, MediaItem, OfferExplanation, Owner, QueuedOperation, Row } from "./store";

type OfferRow = {
  id: string;
  assignment_id: string;
  incident_id: string;
  round: number;
  state: string;
  because: string | null;
  expires_at: string;
};
export type StoredState = {
  rows: Row[];
  queue: QueuedOperation[];
  dead: DeadLetter[];
  why: OfferExplanation[];
  photos: MediaItem[];
  /** Photos that were uploaded and that no feedback names yet. */
  sent: Pick<MediaItem, "id" | "incident" | "kind">[];
  owner: Owner | null;
  passwordFirst: boolean;
  pulledAt: string | null;
  skewMs: number;
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
  duty: { on: boolean; since: string | null; isSending: boolean };
  units: Map<string, Name>;
  /** The server has accepted the emergency call, and no row shows it yet. */
  calledForHelp: boolean;
  notes: Map<string, { id: string; words: string; author: string; at: string }[]>;
  waiting: QueuedOperation[];
  photos: MediaItem[];
  sent: StoredState["sent"];
  dead: DeadLetter[];
  letters: Data[];
  pulledAt: string | null;
  /** IANA time zone of the city; times are shown in it, whatever the phone's zone. */
  zone: string | undefined;
  now: number;
  today: string;
  /** Null if they were not read. */
  homes: Home[] | null;
  plan: Plan | null;
};

const ACCEPTED_STATES = new Set(["accepted", "en_route", "on_scene"]);
const LIVE_STATES = new Set(["offered", "open", "queued", ...ACCEPTED_STATES]);
// Roles of the tasks that transitions belong to; all others belong to `handle`.
const ROLE_OF: Record<string, string> = {
  verify: "verify",
  check: "check",
  second_done: "second",
  accept_part: "joint",
  part_done: "joint",
  part_return: "joint",
};

/** A period on duty, as in its row. */
export type DutyPeriod = { since: string; until: string | null };

/** Return whether the worker is on duty at `now` (ms, server's clock), by the rows and by pending operations. */
export function dutyAt(duties: DutyPeriod[], queue: QueuedOperation[], now: number): WorkerState["duty"] {
  const pendingDuty = queue
    .filter(({ op, answer }) => op.entity === "duty" && answer?.status !== "rejected")
    .at(-1)?.op;
  if (pendingDuty)
    return {
      on: pendingDuty.op === "start",
      since: pendingDuty.op === "start" ? pendingDuty.client_at : null,
      isSending: true,
    };
  const open = duties.find(({ until }) => until === null || Date.parse(until) > now);
  return { on: open !== undefined, since: open?.since ?? null, isSending: false };
}

export function workerState(stored: StoredState, clock: number): WorkerState {
  const now = clock + stored.skewMs;
  const rowsOf = <T>(entity: string): T[] =>
    stored.rows
      .filter((row) => row.entity === entity && (row.until === null || row.until > now))
      .map((row) => row.data as unknown as T);
  // Rejected operations are dead letters and are not applied.
  const pending = stored.queue.filter((queued) => queued.answer?.status !== "rejected");
  const me = stored.owner?.account ?? "";

  const incidents = new Map(rowsOf<Incident>("incident").map((incident) => [incident.id, incident]));
  for (const { op } of pending)
    if (op.entity === "incident" && op.op === "report" && op.id && !incidents.has(op.id)) {
      const patch = op.patch ?? {};
      incidents.set(op.id, {
        id: op.id,
        status: "unsent",
        category: String(patch["category"] ?? "unclassified"),
        description: String(patch["description"] ?? ""),
        location: { type: "Point", coordinates: [Number(patch["lon"]), Number(patch["lat"])] },
        reported_at: op.client_at,
        reported_by_me: true,
        isUnsent: true,
      });
    }

  const offerRows = rowsOf<OfferRow>("offer");
  const offers = new Map(
    offerRows.filter((offer) => offer.state === "offered").map((offer) => [offer.assignment_id, offer]),
  );
  const ended = new Map(
    offerRows.filter((offer) => !offers.has(offer.assignment_id)).map((offer) => [offer.assignment_id, offer]),
  );
  const why = new Map(stored.why.map((row) => [row.assignment_id, row]));
  const tasks: Task[] = [];
  const lost: Lost[] = [];
  for (const row of rowsOf<Record<string, string | null>>("assignment")) {
    const incident = incidents.get(String(row["incident_id"]));
    if (!incident || (row["account_id"] ?? row["worker_id"]) !== me) {
      const isAsked = row["state"] === "open" && offers.has(String(row["id"]));
      if (!incident || !(isAsked || row["state"] === "queued")) continue;
    }
    const id = String(row["id"]);
    const role = String(row["role"]);
    if (row["state"] === "withdrawn" && row["ended_because"] != null)
      lost.push({ id, incident, because: row["ended_because"] });
    const isOfRole = (action: unknown) => (ROLE_OF[String(action)] ?? "handle") === role;
    const operations = pending.filter(
      ({ op }) =>
        op.id === id ||
        (op.entity === "incident" && op.op === "transition" && op.id === incident.id && isOfRole(op.patch?.["action"])),
    );
    const offer = offers.get(id);
    tasks.push({
      id,
      role,
      unit: row["unit_id"] ?? null,
      state: String(row["state"]),
      step: operations.reduce(
        (step, { op }) => stepAfter(step, op.op, op.patch?.["action"]),
        initialStep(String(row["state"]), role, incident.status),
      ),
      isSending: operations.length > 0,
      pendingOperations: operations.map(({ op }) => op),
      incident,
      offer: offer ? { id: offer.id, expires_at: offer.expires_at, round: offer.round } : null,
      why: why.get(id) ?? null,
    });
  }
  const live = tasks.filter((task) => LIVE_STATES.has(task.state));
  // An offer expires by the clock, before the server's row says so.
  const isOffered = (task: Task) =>
    task.step === "offered" && !ended.has(task.id) && (task.offer === null || Date.parse(task.offer.expires_at) > now);
  // If several workers were asked and another accepted, only the offer tells it: the worker cannot see that assignment.
  for (const offer of ended.values())
    if (
      offer.because !== null &&
      !lost.some((lostTask) => lostTask.id === offer.assignment_id) &&
      !live.some((task) => task.id === offer.assignment_id && task.step !== "offered")
    )
      lost.push({
        id: offer.assignment_id,
        incident: incidents.get(offer.incident_id) ?? null,
        because: offer.because,
      });

  const notes: WorkerState["notes"] = new Map();
  for (const note of rowsOf<{
    id: string;
    incident_id: string;
    words: string;
    author?: { name?: string };
    occurred_at: string;
  }>("incident_note"))
    notes.set(note.incident_id, [
      ...(notes.get(note.incident_id) ?? []),
      { id: note.id, words: note.words, author: note.author?.name ?? "", at: note.occurred_at },
    ]);
  for (const { op } of pending)
    if (op.entity === "incident" && op.op === "note" && op.id)
      notes.set(op.id, [
        ...(notes.get(op.id) ?? []),
        { id: op.op_id, words: String(op.patch?.["words"] ?? ""), author: "", at: op.client_at },
      ]);

  const profile = rowsOf<{ data?: { timezone?: string; presence?: Rule; taxonomy?: { categories?: Category[] } } }>(
    "profile",
  )[0];
  const today = dayIn(profile?.data?.timezone, now);
  const worker = rowsOf<{ id: string; name: string }>("worker")[0];
  const ownAreaIds = new Set(rowsOf<{ area_id: string }>("responsibility").map((row) => row.area_id));
  const homes = stored.withHomes ? homesOf(rowsOf, pending, today) : null;
  return {
    owner: stored.owner,
    passwordFirst: stored.passwordFirst,
    name: worker?.name ?? rowsOf<{ name: string }>("account")[0]?.name ?? stored.owner?.username ?? "",
    isWorker: worker !== undefined,
    offers: live.filter((task) => task.state !== "queued" && isOffered(task)).sort(byExpiry),
    queued: live.filter((task) => task.state === "queued" && task.step === "offered").sort(byDue),
    ownTasks: live.filter((task) => !["offered", "declined", "given_back"].includes(task.step)).sort(byDue),
    lost,
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
    units: new Map(rowsOf<{ id: string; name: Name }>("unit").map((unit) => [unit.id, unit.name])),
    calledForHelp: pending.some(({ op, answer }) => op.entity === "sos" && answer !== null),
    notes,
    waiting: stored.queue.filter((queued) => queued.answer === null),
    photos: stored.photos,
    sent: stored.sent,
    dead: stored.dead,
    letters: rowsOf<Data>("dead_letter").filter((letter) => letter["resolved_at"] === null),
    pulledAt: stored.pulledAt,
    zone: profile?.data?.timezone,
    now,
    today,
    homes,
    plan: homes
      ? toPlan(
          rowsOf<DayPlan>("day_plan").find((row) => row.day === today),
          homes,
          tasks,
          incidents,
        )
      : null,
  };
}

/** Key under which uploaded photos are stored that no feedback names yet. */
export const SENT_PHOTOS_KEY = "sent_photos";

/** Number of media that one step may name. */
export const MAX_MEDIA_PER_STEP = 20;

/** Return the ids of the newest photos of one kind of a case that no feedback names yet. */
export function unattachedPhotos(
  photos: MediaItem[],
  sent: StoredState["sent"],
  incident: string,
  kind: string,
): string[] {
  const waiting = photos.filter((photo) => photo.refused === null && !photo.isNamed);
  return [...sent, ...waiting]
    .filter((photo) => photo.incident === incident && photo.kind === kind)
    .map(({ id }) => id)
    .slice(-MAX_MEDIA_PER_STEP);
}

function initialStep(state: string, role: string, status: string): Step {
  if (!ACCEPTED_STATES.has(state)) return "offered";
  // The status of the case says nothing about joint parts, checks and verifications.
  if (role !== "handle") return state as Step;
  if (status === "handling") return "handling";
  if (status === "fed_back") return "fed_back";
  return state as Step;
}

function stepAfter(step: Step, op: string, action: unknown): Step {
  if (op === "accept") return "accepted";
  if (op === "decline") return "declined";
  if (op !== "transition") return step;
  switch (action) {
    case "en_route":
    case "on_scene":
      return action;
    case "start":
      return "handling";
    case "accept_part":
      return "accepted";
    case "feed_back":
    case "check":
    case "verify":
    case "part_done":
    case "second_done":
      return "fed_back";
    case "fail":
    case "return":
    case "part_return":
      return "given_back";
    default:
      return step;
  }
}

const byExpiry = (a: Task, b: Task) => (a.offer?.expires_at ?? "").localeCompare(b.offer?.expires_at ?? "");
const byDue = (a: Task, b: Task) => (a.incident.due_at ?? "9").localeCompare(b.incident.due_at ?? "9");

/** Return the centre of a geometry's bounding box: the initial place where the phone has no position. */
function centerOfBounds(shape: { coordinates: unknown } | null): [number, number] | null {
  if (shape === null) return null;
  const numbers = (shape.coordinates as unknown[]).flat(Infinity) as number[];
  const lons = numbers.filter((_, n) => n % 2 === 0);
  const lats = numbers.filter((_, n) => n % 2 === 1);
  const between = (degrees: number[]) => Math.round(((Math.min(...degrees) + Math.max(...degrees)) / 2) * 1e7) / 1e7;
  return [between(lons), between(lats)];
}
