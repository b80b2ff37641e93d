// What the user sees: the rows of the server with the user's own operations laid over them. Pure functions.
import type { Data, QueuedOperation, Row } from "./protocol.js";

const CREATING = new Set(["create", "report", "raise"]);

/** Return the server's time in ms, as far as this device knows it. */
export const serverNow = (now: number, skewMs: number) => now + skewMs;

/** Return the rows of one entity by id, changed by the queued operations that took effect or still may. */
export function shown(entity: string, rows: Row[], queue: QueuedOperation[]): Map<string, Data> {
  const seen = new Map(rows.map((row) => [row.id, { ...row.data }]));
  for (const { op, answer } of queue) {
    if (op.entity !== entity || op.id === undefined || answer?.status === "rejected") continue;
    // Fields in conflict are left alone until a person decides.
    const left = answer?.status === "conflict" ? (answer.fields ?? {}) : {};
    const patch = Object.fromEntries(Object.entries(op.patch ?? {}).filter(([name]) => !(name in left)));
    const row = seen.get(op.id);
    if (op.op === "delete") seen.delete(op.id);
    else if (op.op === "patch" && row) Object.assign(row, patch);
    else if (CREATING.has(op.op)) seen.set(op.id, { ...(row ?? { id: op.id }), ...patch });
    // Other operations (accept, transition) move a state that only the server knows.
  }
  return seen;
}
