// Whether the worker is on duty, by the rows and by pending operations. Pure functions.
import type { QueuedOperation } from "./store";

export type Duty = { on: boolean; since: string | null; isSending: boolean };

/** A period on duty, as in its row. */
export type DutyPeriod = { since: string; until: string | null };

/** Return whether the worker is on duty at `now` (ms, server's clock), by the rows and by pending operations. */
export function dutyAt(duties: DutyPeriod[], queue: QueuedOperation[], now: number): Duty {
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
