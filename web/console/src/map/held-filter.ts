// The filters of the list, applied to the open cases that the map holds. Filters that need more than the map holds go to the
// server (`canHold`).
import { ENDED_STATUSES } from "../ui/lateness";
import { isInBox } from "./box";
import { type Stage, STAGES, stageOf, statusesOf } from "./map-symbols";
import type { OpenCase } from "./open-cases";
import { parseBox } from "./view-address";

const HELD = ["status", "category", "owner_unit_id", "overdue", "waiting", "priority", "bbox"];
const OF_LIST = ["sort", "limit", "cursor", "counts"];

/** Return the filters of a request of the list. */
export const filtersOf = (params: URLSearchParams): URLSearchParams =>
  new URLSearchParams([...params].filter(([name, value]) => !OF_LIST.includes(name) && value !== ""));

/** Return true if the open cases in memory answer these filters. */
export function canHold(filters: URLSearchParams): boolean {
  const statuses = filters.get("status")?.split(",") ?? [""];
  return (
    [...filters.keys()].every((name) => HELD.includes(name)) &&
    statuses.every((status) => status !== "" && !ENDED_STATUSES.includes(status))
  );
}

/** Return whether a case meets the filters. `ignoreStage`: for the counts by stage in the legend. */
export function holds(
  incident: OpenCase,
  filters: URLSearchParams,
  isLate: (incident: OpenCase) => boolean,
  ignoreStage = false,
): boolean {
  const among = (name: string, value: string | null) => {
    const wanted = filters.get(name);
    return wanted === null || wanted.split(",").includes(value ?? "");
  };
  const is = (name: string, value: boolean) => !filters.has(name) || (filters.get(name) === "true") === value;
  const statuses = filters.get("status")?.split(",") ?? ["open"];
  const box = parseBox(filters.get("bbox"));
  return (
    among("category", incident.category) &&
    among("owner_unit_id", incident.owner_unit_id) &&
    among("priority", String(incident.priority)) &&
    is("overdue", isLate(incident)) &&
    (!box || isInBox(incident, box)) &&
    (ignoreStage ||
      ((statuses.includes("open") || statuses.includes(incident.status)) &&
        is("waiting", incident.waiting_reason !== null)))
  );
}

/** Return the filter of the list that leaves one stage. A case on the books is never shown as waiting. */
export function stageFilter(stage: Stage): { status: string; waiting: string } {
  const waiting = stage === "waiting" ? "true" : stage === "standing" || stage === "ended" ? "" : "false";
  return { status: statusesOf(stage).join(), waiting };
}

/** Return the stage that an address is limited to, or null. */
export function stageOfQuery(query: URLSearchParams): Stage | null {
  const status = query.get("status") ?? "";
  const waiting = query.get("waiting") ?? "";
  return (
    STAGES.find((stage) => {
      const filter = stageFilter(stage);
      return filter.status === status && filter.waiting === waiting;
    }) ?? null
  );
}

/** Return the number of cases in each stage. */
export function countStages(cases: Iterable<OpenCase>): Record<Stage, number> {
  const sums = Object.fromEntries(STAGES.map((stage) => [stage, 0])) as Record<Stage, number>;
  for (const incident of cases) sums[stageOf(incident)]++;
  return sums;
}
