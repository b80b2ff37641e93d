// The day plan on the phone, and the tasks, homes and duty that it is made from.
import { describe, expect, test } from "vitest";
import { type DayPlan, toPlan } from "../field/src/day-plan";
import { dutyAt } from "../field/src/duty";
import { dayIn, dueSince, toHomes } from "../field/src/homes";
import type { QueuedOperation, Row } from "../field/src/store";
import { type StoredState, workerState } from "../field/src/worker-state";

const NOW = Date.parse("2026-11-29T01:00:00Z");
const TODAY = "2026-11-29";
const ME = "account-1";

const row = (entity: string, id: string, data: Record<string, unknown>, until: number | null = null): Row => ({
  entity,
  id,
  version: 1,
  until,
  data: { id, ...data },
  buckets: ["own"],
});
let following = 1;
function queued(
  entity: string,
  op: string,
  id: string,
  patch: Record<string, unknown> = {},
  status: "rejected" | null = null,
): QueuedOperation {
  const device_seq = following++;
  const op_id = `op-${device_seq}`;
  return {
    device_seq,
    op_id,
    op: { op_id, device_seq, entity, op, id, patch, client_at: "2026-11-29T00:59:00.000Z" },
    answer: status === null ? null : { op_id, status, retryable: false },
  };
}
const stop = (id: string, kind: DayPlan["stops"][number]["kind"], change: Partial<DayPlan["stops"][number]> = {}) => ({
  id,
  kind,
  state: "open",
  begin: "2026-11-29T01:00:00Z",
  end: "2026-11-29T01:20:00Z",
  lon: 120,
  lat: 30,
  travel_s: 100,
  pin: null,
  ...change,
});
const plan = (stops: DayPlan["stops"], change: Partial<DayPlan> = {}): DayPlan => ({
  day: TODAY,
  stops,
  left_out: [],
  more_due: 0,
  travel_basis: "network",
  made_at: "2026-11-29T00:00:00Z",
  ...change,
});
const CITY = [
  row("incident", "i1", { status: "accepted", category: "E0102", due_at: "2026-11-29T05:00:00Z" }),
  row("incident", "i2", { status: "dispatched", category: "E0103", due_at: "2026-11-29T03:00:00Z" }),
  row("assignment", "a1", { incident_id: "i1", worker_id: ME, role: "handle", state: "accepted" }),
  row("household", "h1", {
    premises_id: "p1",
    label: "3-201",
    visits: { next_due: "2026-11-20", declined_at: null, moved_away_at: null },
  }),
  row("premises", "p1", { address: "3 Lake Rd", name: null, location: { coordinates: [120.1, 30.1] } }),
  row("profile", "city", { data: { timezone: "Asia/Shanghai" } }),
];

function stateOf(rows: Row[], queue: QueuedOperation[] = [], change: Partial<StoredState> = {}) {
  const stored: StoredState = {
    rows,
    queue,
    dead: [],
    why: [],
    photos: [],
    sent: [],
    owner: { username: "wang", account: ME },
    passwordFirst: false,
    pulledAt: null,
    skewMs: 0,
    tellWarnings: [],
    withHomes: true,
    ...change,
  };
  return workerState(stored, NOW);
}
const homesOf = (rows: Row[], queue: QueuedOperation[] = []) =>
  toHomes(
    <T>(entity: string) => rows.filter((r) => r.entity === entity).map((r) => r.data as unknown as T),
    queue,
    TODAY,
  );

describe("toPlan", () => {
  test("is null without a plan of the day", () => {
    expect(toPlan(undefined, [], [], new Map())).toBeNull();
    expect(stateOf([...CITY, row("day_plan", "d0", plan([], { day: "2026-11-28" }))]).plan).toBeNull();
    expect(stateOf([...CITY, row("day_plan", "d1", plan([]))], [], { withHomes: false }).plan).toBeNull();
  });

  test("joins stops with their home, task and case, in the order of the plan", () => {
    const stops = [stop("i1", "handle"), stop("h1", "visit"), stop("i2", "check"), stop("x", "break")];
    const today = stateOf([...CITY, row("day_plan", "d1", plan(stops))]).plan!;
    expect(today.stops.map(({ id, home, task, incident }) => [id, home?.id, task?.id, incident?.id])).toEqual([
      ["i1", undefined, "a1", "i1"],
      ["h1", "h1", undefined, undefined],
      ["i2", undefined, undefined, "i2"],
      ["x", undefined, undefined, undefined],
    ]);
    expect(today.stops.every(({ isDone }) => !isDone)).toBe(true);
  });

  test("marks stops as done that the server or an operation of the queue settles", () => {
    const stops = [stop("i1", "handle"), stop("h1", "visit"), stop("i2", "check", { state: "done" })];
    const rows = [...CITY, row("day_plan", "d1", plan(stops))];
    const done = (queue: QueuedOperation[]) => stateOf(rows, queue).plan!.stops.map(({ isDone }) => isDone);
    expect(done([])).toEqual([false, false, true]);
    const visit = { household_id: "h1", outcome: "met", visited_at: "2026-11-29T00:58:00Z" };
    const feedback = queued("incident", "transition", "i1", { action: "feed_back" });
    expect(done([feedback, queued("visit", "create", "v1", visit)])).toEqual([true, true, true]);
    expect(done([queued("visit", "create", "v1", visit, "rejected")])).toEqual([false, false, true]);
  });

  test("keeps places, pins, minutes, and whether travel times are a guess", () => {
    const stops = [
      stop("x", "patrol", { pin: { at: null, place: 1 }, travel_s: 89 }),
      stop("y", "gap", { lon: null, travel_s: null }),
    ];
    const result = toPlan(plan(stops, { travel_basis: "straight", more_due: 3 }), [], [], new Map())!;
    expect(result.stops.map(({ at, isPinned, travelMinutes }) => [at, isPinned, travelMinutes])).toEqual([
      [[120, 30], true, 1],
      [null, false, null],
    ]);
    expect([result.isGuess, result.moreDue]).toEqual([true, 3]);
    expect(toPlan(plan([]), [], [], new Map())!.isGuess).toBe(false);
  });

  test("says why a stop was left out", () => {
    const left = { ...stop("h1", "visit"), reason_text: { en: "no time" } };
    const today = stateOf([...CITY, row("day_plan", "d1", plan([], { left_out: [left] }))]).plan!;
    expect(today.leftOut.map(({ id, home, reason }) => [id, home?.label, reason.en])).toEqual([
      ["h1", "3-201", "no time"],
    ]);
  });
});

describe("workerState", () => {
  test.each([
    ["en_route", "en_route"],
    ["on_scene", "on_scene"],
    ["start", "handling"],
    ["feed_back", "fed_back"],
  ])("moves a task that waits to be sent: %s", (action, step) => {
    const state = stateOf(CITY, [queued("incident", "transition", "i1", { action })]);
    expect(state.ownTasks.map((task) => [task.id, task.step, task.isSending])).toEqual([["a1", step, true]]);
  });

  test("shows a task given back no more, and leaves a rejected step without effect", () => {
    expect(stateOf(CITY, [queued("incident", "transition", "i1", { action: "return" })]).ownTasks).toEqual([]);
    const rejected = queued("incident", "transition", "i1", { action: "start" }, "rejected");
    expect(stateOf(CITY, [rejected]).ownTasks[0]!.step).toBe("accepted");
  });

  test("applies a step to the task of its role only", () => {
    const check = row("assignment", "a2", { incident_id: "i1", worker_id: ME, role: "check", state: "accepted" });
    const state = stateOf([...CITY, check], [queued("incident", "transition", "i1", { action: "check" })]);
    expect(Object.fromEntries(state.ownTasks.map((task) => [task.role, task.step]))).toEqual({
      handle: "accepted",
      check: "fed_back",
    });
  });

  test("shows an offer until it expires by the server's clock", () => {
    const rows = [
      ...CITY,
      row("assignment", "a2", { incident_id: "i2", worker_id: null, role: "handle", state: "open" }),
      row("offer", "o2", {
        assignment_id: "a2",
        incident_id: "i2",
        round: 1,
        state: "offered",
        because: null,
        expires_at: "2026-11-29T01:01:00Z",
      }),
    ];
    expect(stateOf(rows).offers.map(({ id }) => id)).toEqual(["a2"]);
    expect(stateOf(rows, [], { skewMs: 61_000 }).offers).toEqual([]);
    expect(stateOf(rows, [queued("assignment", "accept", "a2")]).ownTasks.map(({ id }) => id)).toEqual(["a2", "a1"]);
  });

  test("shows a report that waits, until its row is on the phone", () => {
    const report = queued("incident", "report", "i9", { category: "E0102", lon: 120.1, lat: 30.2 });
    expect(stateOf(CITY, [report]).reported).toMatchObject([{ id: "i9", status: "unsent", isUnsent: true }]);
    const arrived = row("incident", "i9", { status: "filed", category: "E0102", reported_by_me: true });
    expect(stateOf([...CITY, arrived], [report]).reported).toMatchObject([{ id: "i9", status: "filed" }]);
  });

  test("takes the day from the clocks of the city", () => {
    expect(dayIn("Asia/Shanghai", Date.parse("2026-11-28T16:30:00Z"))).toBe("2026-11-29");
    expect(dayIn("America/New_York", Date.parse("2026-11-29T03:00:00Z"))).toBe("2026-11-28");
  });
});

describe("toHomes", () => {
  test("is due on its day and not before, and not after a visit that waits", () => {
    expect(homesOf(CITY)[0]!.isDue).toBe(true);
    const later = CITY.map((r) =>
      r.entity === "household"
        ? { ...r, data: { ...r.data, visits: { next_due: "2026-11-30", declined_at: null, moved_away_at: null } } }
        : r,
    );
    expect(homesOf(later)[0]!.isDue).toBe(false);
    const visit = queued("visit", "create", "v1", { household_id: "h1", outcome: "met" });
    expect(homesOf(CITY, [visit])[0]).toMatchObject({ isDue: false, visits: [{ outcome: "met", isSending: true }] });
  });

  test("is closed by an outcome that waits", () => {
    const visit = queued("visit", "create", "v1", { household_id: "h1", outcome: "moved_away" });
    expect(homesOf(CITY, [visit])[0]!.closed).toBe("moved_away");
  });

  test("has the corrected place of its premises before it is sent", () => {
    expect(homesOf(CITY)[0]!.at).toEqual([120.1, 30.1]);
    const correction = queued("premises", "patch", "p1", { lon: 120.2, lat: 30.2 });
    expect(homesOf(CITY, [correction])[0]!.at).toEqual([120.2, 30.2]);
  });

  test("has care tasks that are due, without those that a waiting visit did", () => {
    const tag = (id: string, next_due: string) =>
      row("care_tag", id, { resident_id: "r1", household_id: "h1", kind: "elder", purpose: "call", next_due });
    const rows = [
      ...CITY,
      row("resident", "r1", { household_id: "h1", name: "陈", phone: null }),
      tag("t1", "2026-11-10"),
      tag("t2", "2026-12-10"),
    ];
    const home = homesOf(rows)[0]!;
    expect(home.tasks.map(({ id, person, isDue }) => [id, person, isDue])).toEqual([
      ["t1", "陈", true],
      ["t2", "陈", false],
    ]);
    expect(dueSince(home)).toBe("2026-11-10");
    const visit = queued("visit", "create", "v1", { household_id: "h1", outcome: "met", care_done: ["t1"] });
    expect(homesOf(rows, [visit])[0]!.tasks.map(({ isDue }) => isDue)).toEqual([false, false]);
  });
});

describe("dutyAt", () => {
  const open = { since: "2026-11-29T00:00:00Z", until: null };
  test("is the open period", () => {
    expect(dutyAt([open], [], NOW)).toEqual({ on: true, since: open.since, isSending: false });
    expect(dutyAt([{ ...open, until: "2026-11-29T00:30:00Z" }], [], NOW).on).toBe(false);
    expect(dutyAt([{ ...open, until: "2026-11-29T09:00:00Z" }], [], NOW).on).toBe(true);
  });

  test("follows the last operation that waits, and no rejected one", () => {
    const end = queued("duty", "end", "d1");
    const start = queued("duty", "start", "d1");
    expect(dutyAt([open], [end], NOW)).toEqual({ on: false, since: null, isSending: true });
    expect(dutyAt([open], [end, start], NOW).on).toBe(true);
    expect(dutyAt([open], [queued("duty", "end", "d1", {}, "rejected")], NOW).on).toBe(true);
  });
});
