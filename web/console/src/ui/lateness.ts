// The one rule for late cases of the console: list, case page, map, board and decisions use it.

/** What the rule needs of a case. `is_overdue` is the server's answer when the case was read; the map does not have it. */
export type Clocked = {
  status?: string | null;
  due_at?: string | null;
  is_overdue?: boolean | null;
};

/** Statuses of cases that have ended, as on the server (`ENDED_STATES`). */
export const ENDED_STATUSES: readonly string[] = ["not_filed", "closed", "force_closed"];

/** Statuses in which the deadline of the whole case does not run, as on the server (`_STOPPED_STATES`). */
export const CLOCK_STOPPED: readonly string[] = ["deferred", "on_books", "fed_back", "checking"];

export type ClockState = "no_deadline" | "ended" | "stopped" | "late" | "running";

/**
 * Return the state of the deadline of a case.
 *
 * A case is late if its clock runs and its deadline has passed. A deadline that passes while the page is open makes the
 * case late without another request.
 */
export function clockState(incident: Clocked, now = Date.now()): ClockState {
  const status = incident.status ?? "";
  if (ENDED_STATUSES.includes(status)) return "ended";
  if (!incident.due_at) return "no_deadline";
  if (CLOCK_STOPPED.includes(status)) return "stopped";
  return incident.is_overdue || Date.parse(incident.due_at) < now ? "late" : "running";
}

export const isLate = (incident: Clocked, now?: number): boolean => clockState(incident, now) === "late";
