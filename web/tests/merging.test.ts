// What the user sees: rows of the server with the user's own operations laid over them.
import { describe, expect, test } from "vitest";
import { shown } from "../sync-client/src/overlay";
import type { Operation, OperationResult, QueuedOperation, Row } from "../sync-client/src/protocol";

const row = (id: string, data: Record<string, unknown>, entity = "premises"): Row => ({
  entity,
  id,
  version: 1,
  until: null,
  data: { id, ...data },
  buckets: ["grid:1"],
});

let following = 1;
function queued(
  op: string,
  id: string,
  patch: Record<string, unknown> = {},
  answer: OperationResult | null = null,
  entity = "premises",
): QueuedOperation {
  const device_seq = following++;
  const operation: Operation = {
    op_id: `op-${device_seq}`,
    device_seq,
    entity,
    op,
    id,
    patch,
    client_at: "2026-11-29T08:00:00.000Z",
  };
  return { device_seq, op_id: operation.op_id, op: operation, answer };
}

const seen = (rows: Row[], queue: QueuedOperation[]) => Object.fromEntries(shown("premises", rows, queue));

describe("shown", () => {
  test("lays patches over a row in the order of the queue and leaves the row as it was", () => {
    const stored = row("p1", { name: "Shop", note: "" });
    const queue = [queued("patch", "p1", { name: "Bakery" }), queued("patch", "p1", { name: "Café", note: "new" })];
    expect(seen([stored], queue)).toEqual({ p1: { id: "p1", name: "Café", note: "new" } });
    expect(stored.data["name"]).toBe("Shop");
  });

  test("shows what was created and not what was deleted", () => {
    const queue = [queued("create", "p2", { name: "Kiosk" }), queued("delete", "p1")];
    expect(seen([row("p1", {})], queue)).toEqual({ p2: { id: "p2", name: "Kiosk" } });
  });

  test("leaves out rejected operations", () => {
    const queue = [queued("patch", "p1", { name: "No" }, { status: "rejected" })];
    expect(seen([row("p1", { name: "Shop" })], queue)).toEqual({ p1: { id: "p1", name: "Shop" } });
  });

  test("leaves fields in conflict to the server's row and applies the others", () => {
    const conflict = { status: "conflict", fields: { name: { server: "Bank", client: "Bakery" } } };
    const queue = [queued("patch", "p1", { name: "Bakery", note: "closed" }, conflict)];
    expect(seen([row("p1", { name: "Bank", note: "" })], queue)).toEqual({
      p1: { id: "p1", name: "Bank", note: "closed" },
    });
  });

  test("ignores operations on other entities and patches of rows that are not on the device", () => {
    const queue = [queued("patch", "p1", { name: "X" }, null, "visit"), queued("patch", "p9", { name: "Y" })];
    expect(seen([row("p1", { name: "Shop" })], queue)).toEqual({ p1: { id: "p1", name: "Shop" } });
  });

  test("does not move a state that only the server knows", () => {
    const queue = [queued("transition", "p1", { status: "closed" }), queued("accept", "p1", { status: "accepted" })];
    expect(seen([row("p1", { status: "filed" })], queue)).toEqual({ p1: { id: "p1", status: "filed" } });
  });
});
