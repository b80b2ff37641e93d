// Tasks of the worker: assignments with their case, their offer, and how far they are by pending operations. Pure functions.
import type { Incident } from "./incidents";
import { ACCEPTED_STATES, LIVE_STATES } from "./open-cases";
import type { OfferExplanation, Operation, QueuedOperation } from "./store";

/** Progress of a task, pending operations included. */
export type Step =
  "offered" | "accepted" | "en_route" | "on_scene" | "handling" | "fed_back" | "declined" | "given_back";

export type Task = {
  id: string;
  role: string;
  /** The unit whose queue the task was in, or whose part it is. */
  unit: string | null;
  state: string;
  step: Step;
  isSending: boolean;
  /** Operations of the worker on this task that no checkpoint covers yet. */
  pendingOperations: Operation[];
  incident: Incident;
  offer: { id: string; expires_at: string; round: number } | null;
  why: OfferExplanation | null;
};

/** A task that was offered or assigned to the worker and is not any more. The case may have left the phone. */
export type Lost = { id: string; incident: Incident | null; because: string };

export type Tasks = {
  all: Task[];
  offers: Task[];
  /** Tasks in the queue of the worker's unit. */
  queued: Task[];
  own: Task[];
  lost: Lost[];
};

type OfferRow = {
  id: string;
  assignment_id: string;
  incident_id: string;
  round: number;
  state: string;
  because: string | null;
  expires_at: string;
};

// Roles of the tasks that transitions belong to; all others belong to `handle`.
const ROLE_OF: Record<string, string> = {
  verify: "verify",
  check: "check",
  second_done: "second",
  accept_part: "joint",
  part_done: "joint",
  part_return: "joint",
};

/** Return the tasks of the account `me`. `rowsOf`: rows of an entity; `now`: ms, server's clock. */
export function toTasks(
  rowsOf: <T>(entity: string) => T[],
  pending: QueuedOperation[],
  incidents: Map<string, Incident>,
  explanations: OfferExplanation[],
  me: string,
  now: number,
): Tasks {
  const offerRows = rowsOf<OfferRow>("offer");
  const offers = new Map(
    offerRows.filter((offer) => offer.state === "offered").map((offer) => [offer.assignment_id, offer]),
  );
  const ended = new Map(
    offerRows.filter((offer) => !offers.has(offer.assignment_id)).map((offer) => [offer.assignment_id, offer]),
  );
  const why = new Map(explanations.map((row) => [row.assignment_id, row]));
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
  return {
    all: tasks,
    offers: live.filter((task) => task.state !== "queued" && isOffered(task)).sort(byExpiry),
    queued: live.filter((task) => task.state === "queued" && task.step === "offered").sort(byDue),
    own: live.filter((task) => !["offered", "declined", "given_back"].includes(task.step)).sort(byDue),
    lost,
  };
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
