// Which action gives a case to a worker, and of which kind of work.
import type { IncidentDetail } from "./incident";

export type WorkRole = "verify" | "handle" | "check" | "second";

/** Actions that assign a case in each role: first within the rules, then overriding them. */
const ACTIONS_BY_ROLE: Record<WorkRole, readonly string[]> = {
  handle: ["reassign", "override"],
  check: ["assign_check"],
  verify: ["assign_verify"],
  second: ["assign_second"],
};

/** Return the action that assigns the case to a worker now, or undefined if none is allowed. */
export function assignAction(
  incident: IncidentDetail,
  isEligible: boolean,
  role = neededRole(incident),
): string | undefined {
  const actions = ACTIONS_BY_ROLE[role];
  return (isEligible ? actions : [...actions].reverse()).find((action) => incident.allowed?.includes(action as never));
}

/** Return the kind of work that the state of a case needs. */
export function neededRole(incident: Pick<IncidentDetail, "status">): WorkRole {
  if (["collected", "verifying"].includes(incident.status ?? "")) return "verify";
  return ["fed_back", "checking"].includes(incident.status ?? "") ? "check" : "handle";
}

/** Return the kind of work that an action gives to a worker; undefined: it gives none. */
export function roleOfAction(action: string): WorkRole | undefined {
  if (action === "pin") return "handle";
  return (Object.keys(ACTIONS_BY_ROLE) as WorkRole[]).find((role) => ACTIONS_BY_ROLE[role].includes(action));
}
