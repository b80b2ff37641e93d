// Which cases the worker has a task of. Pure functions.
export const ACCEPTED_STATES = new Set(["accepted", "en_route", "on_scene"]);
export const LIVE_STATES = new Set(["offered", "open", "queued", ...ACCEPTED_STATES]);

/** Return the ids of the cases of live assignments. `assignments`: their rows; `states`: which of them count. */
export function openCaseIds(assignments: Record<string, unknown>[], states = LIVE_STATES): Set<string> {
  return new Set(
    assignments
      .filter((assignment) => states.has(String(assignment["state"])))
      .map((assignment) => String(assignment["incident_id"])),
  );
}
