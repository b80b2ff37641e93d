// The filter of the map, kept in the address of the page so that a view can be shared as a link.
import { go, queryOf } from "../navigation";
import { type Stage, stageOf, STAGES } from "./map-symbols";
import type { OpenCase } from "./open-cases";

/** In the address of the page, so that what one looks at can be sent to somebody. */
export type Wanted = { chosen: string | null; category: string; unit: string; overdue: boolean; areas: boolean; hidden: readonly Stage[] };

export function wantedOf(query: URLSearchParams): Wanted {
  const hidden = (query.get("hide") ?? "").split(",");
  return {
    chosen: query.get("case"),
    category: query.get("category") ?? "",
    unit: query.get("unit") ?? "",
    overdue: query.get("overdue") === "true",
    areas: query.get("units") === "true",
    hidden: STAGES.filter((stage) => hidden.includes(stage)),
  };
}

export function turnTo(wanted: Wanted): void {
  const { chosen, category, unit, overdue, areas, hidden } = wanted;
  go(`map?${queryOf({ case: chosen, category, unit, overdue: overdue ? "true" : "", units: areas ? "true" : "", hide: hidden.join(",") })}`);
}

/** `besides`: how far a case is, which the legend counts itself. */
export const isWanted = (one: OpenCase, wanted: Wanted, isLate: (one: OpenCase) => boolean, besides = false): boolean => (!wanted.category || one.category === wanted.category) &&
  (!wanted.unit || one.owner_unit_id === wanted.unit) &&
  (!wanted.overdue || isLate(one)) &&
  (besides || !wanted.hidden.includes(stageOf(one)));
