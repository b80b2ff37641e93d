// Whether a report is on the phone, was sent, or was not accepted.
import { describe, expect, test } from "vitest";
import { outcomeOf } from "../field/src/report/outcome";

type State = Parameters<typeof outcomeOf>[0];
const ID = "0190aaaa-0000-7000-8000-000000000001";
const state = (parts: object) =>
  ({ waiting: [], dead: [], photos: [], cases: new Map(), ...parts }) as unknown as State;
const queued = { op: { entity: "incident", op: "report", id: ID } };

describe("outcomeOf a report", () => {
  test("is kept until it was in the queue and is there no more", () => {
    expect(outcomeOf(state({}), ID, false)).toBe("kept");
    expect(outcomeOf(state({ waiting: [queued] }), ID, true)).toBe("kept");
    expect(outcomeOf(state({}), ID, true)).toBe("sent");
    expect(outcomeOf(state({ waiting: [{ op: { ...queued.op, id: "another" } }] }), ID, true)).toBe("sent");
  });

  test("is sent when its case was read, even if the queue was not seen", () => {
    expect(outcomeOf(state({ cases: new Map([[ID, { status: "dispatched" }]]) }), ID, false)).toBe("sent");
    expect(outcomeOf(state({ cases: new Map([[ID, { status: "unsent" }]]) }), ID, false)).toBe("kept");
  });

  test("is kept while its photos wait", () => {
    expect(outcomeOf(state({ photos: [{ incident: ID, refused: null }] }), ID, true)).toBe("kept");
    expect(outcomeOf(state({ photos: [{ incident: "another", refused: null }] }), ID, true)).toBe("sent");
  });

  test("has failed when the server refused the report or a photo", () => {
    expect(outcomeOf(state({ dead: [queued] }), ID, true)).toBe("failed");
    expect(outcomeOf(state({ photos: [{ incident: ID, refused: "too large" }] }), ID, true)).toBe("failed");
  });
});
