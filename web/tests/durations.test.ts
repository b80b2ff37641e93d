// The bar of the time that a case took, and the actions that give a case to a worker.
import { describe, expect, test } from "vitest";
import { assignAction, neededRole, roleOfAction } from "../console/src/case/assign-action";
import { barParts, LEAST_WIDTH, shownTime } from "../console/src/case/duration-bar";
import type { IncidentDetail } from "../console/src/case/incident";

describe("a bar of durations", () => {
  test("fills its width without gaps, in the time of the rules", () => {
    const parts = barParts([
      { seconds: 9_000, working_seconds: 100 },
      { seconds: 10, working_seconds: 300 },
    ]);
    expect(parts).toEqual([
      [0, 250],
      [250, 750],
    ]);
  });

  test("shows a short part beside a long one, and nothing for a part without time", () => {
    const parts = barParts([{ working_seconds: 1 }, { working_seconds: 0 }, { working_seconds: 1_000_000 }]);
    expect(parts[0]![1]).toBeGreaterThan(LEAST_WIDTH - 1);
    expect(parts[1]![1]).toBe(0);
    expect(parts[2]![0] + parts[2]![1]).toBeCloseTo(1_000);
  });

  test("shows the calendar where no work time passed", () => {
    const night = [
      { seconds: 60, working_seconds: 0 },
      { seconds: 180, working_seconds: 0 },
    ];
    expect(barParts(night)).toEqual([
      [0, 250],
      [250, 750],
    ]);
    expect(shownTime(night)(night[1]!)).toBe(180);
    expect(barParts([{ seconds: 0 }])).toEqual([[0, 0]]);
  });
});

describe("assigning", () => {
  const incident = (status: string, ...allowed: string[]) => ({ status, allowed }) as unknown as IncidentDetail;

  test("is within the rules for the eligible, and against them for others", () => {
    const both = incident("dispatched", "reassign", "override");
    expect([assignAction(both, true), assignAction(both, false)]).toEqual(["reassign", "override"]);
    expect(assignAction(incident("closed", "note"), true)).toBeUndefined();
  });

  test("is of the work that the state needs", () => {
    expect(["collected", "filed", "fed_back"].map((status) => neededRole(incident(status)))).toEqual([
      "verify",
      "handle",
      "check",
    ]);
    expect(["pin", "override", "assign_second", "urge"].map(roleOfAction)).toEqual([
      "handle",
      "handle",
      "second",
      undefined,
    ]);
  });
});
