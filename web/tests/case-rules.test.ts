// Rules of the console's pages of cases: which are late, and which actions come first.
import { describe, expect, test } from "vitest";
import { orderActions } from "../console/src/case/action-order";
import { holderName } from "../console/src/case/holder";
import { stepBeforeWait } from "../console/src/case/wait-reason";
import { CLOCK_STOPPED, clockState, ENDED_STATUSES, isLate } from "../console/src/ui/lateness";
import { STEP_MEANS } from "../console/src/words/actions";
import { STATUS, STEP } from "../console/src/words/codes";

describe("a case is late", () => {
  const now = Date.parse("2026-11-29T08:00:00Z");
  const passed = "2026-11-29T07:59:00Z";
  const ahead = "2026-11-29T08:01:00Z";

  test("only while its clock runs", () => {
    const states = Object.keys(STATUS)
      .filter((status) => status !== "unsent")
      .map((status) => [status, clockState({ status, due_at: passed }, now)] as const);
    expect(
      states
        .filter(([, state]) => state === "stopped")
        .map(([status]) => status)
        .sort(),
    ).toEqual([...CLOCK_STOPPED].sort());
    expect(
      states
        .filter(([, state]) => state === "ended")
        .map(([status]) => status)
        .sort(),
    ).toEqual([...ENDED_STATUSES].sort());
    expect(states.filter(([, state]) => state === "late").length).toBe(
      states.length - CLOCK_STOPPED.length - ENDED_STATUSES.length,
    );
  });

  test("by the server's answer, and when the deadline passes on an open page", () => {
    expect(isLate({ status: "handling", due_at: ahead, is_overdue: true }, now)).toBe(true);
    expect(isLate({ status: "handling", due_at: passed, is_overdue: false }, now)).toBe(true);
    expect(clockState({ status: "handling", due_at: ahead, is_overdue: false }, now)).toBe("running");
    expect(clockState({ status: "collected", due_at: null }, now)).toBe("no_deadline");
  });
});

describe("actions of a case", () => {
  test("are two primary ones by state, and the others once each in a group", () => {
    const allowed = ["urge", "reassign", "return", "override", "pin", "lock", "defer", "force_close", "add_unit"];
    const { primary, groups } = orderActions("handling", allowed);
    expect(primary).toEqual(["urge", "reassign"]);
    expect(groups.map(({ name }) => name)).toEqual(["of_worker", "of_units", "of_time", "of_end"]);
    expect([...primary, ...groups.flatMap(({ actions }) => actions)].sort()).toEqual([...allowed].sort());
  });

  test("begin with the reader's own work", () => {
    expect(orderActions("handling", ["urge", "reassign", "feed_back"]).primary).toEqual(["feed_back", "urge"]);
  });

  test("never have an end of the case first, and keep an action that is not known here", () => {
    for (const status of Object.keys(STATUS)) {
      const { primary, groups } = orderActions(status, ["not_file", "force_close", "of_tomorrow"]);
      expect(primary).toEqual([]);
      expect(groups.map(({ name }) => name)).toEqual(["of_end", "of_rest"]);
    }
  });

  test("have a name and one line of explanation in both languages", () => {
    // The type of the table requires a line for each action of the API.
    expect(Object.keys(STEP_MEANS).length).toBeGreaterThan(30);
    expect(Object.keys(STEP_MEANS).filter((action) => !(action in STEP))).toEqual([]);
    // The server's sentences for documents may be longer: a line of a menu is short.
    expect(Object.entries(STEP_MEANS).filter(([, [, en]]) => en.length > 110)).toEqual([]);
  });
});

describe("a waiting case", () => {
  const events = [
    { from_status: "dispatched", to_status: "accepted", note: "on my way" },
    { from_status: "accepted", to_status: "returned", note: "not ours" },
    { from_status: "returned", to_status: "returned", note: "a later note" },
  ];
  const waiting = { reason: "returned", since: "2026-11-29T08:00:00Z" };

  test("shows the reason of the step that brought it to the supervisor", () => {
    expect(stepBeforeWait({ status: "returned", waiting }, events)?.note).toBe("not ours");
  });

  test("shows no reason if there is none, or if it does not wait", () => {
    expect(stepBeforeWait({ status: "returned", waiting: null }, events)).toBeNull();
    expect(stepBeforeWait({ status: "returned", waiting }, [{ ...events[1]!, note: null }])).toBeNull();
  });
});

describe("who has a case", () => {
  const unit = { id: "u", name: { zh: "市政道路组", en: "Roads" } };
  const handler = { id: "h", name: "鲍师傅" };

  test.each([
    [{ worker: { id: "w", name: "郭洋" }, unit: null, handler: null }, "郭洋"],
    [{ worker: null, unit, handler: null }, "Roads"],
    [{ worker: null, unit, handler }, "鲍师傅 · Roads"],
    [null, ""],
  ])("%#", (assignment, name) => expect(holderName("en", assignment)).toBe(name));
});
