// The filter of the map, kept in the address of the page so that a view can be shared as a link.
import { navigate, queryString } from "../navigation";
import { type Stage, stageOf, STAGES } from "./map-symbols";
import type { OpenCase } from "./open-cases";

export type MapFilter = {
  chosen: string | null;
  category: string;
  unit: string;
  overdue: boolean;
  areas: boolean;
  hidden: readonly Stage[];
};

export function parseMapFilter(query: URLSearchParams): MapFilter {
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

export function navigateToFilter(filter: MapFilter): void {
  const { chosen, category, unit, overdue, areas, hidden } = filter;
  navigate(
    `map?${queryString({ case: chosen, category, unit, overdue: overdue ? "true" : "", units: areas ? "true" : "", hide: hidden.join(",") })}`,
  );
}

/** `ignoreStage`: for the counts by stage in the legend. */
export const matchesFilter = (
  incident: OpenCase,
  filter: MapFilter,
  isLate: (incident: OpenCase) => boolean,
  ignoreStage = false,
): boolean =>
  (!filter.category || incident.category === filter.category) &&
  (!filter.unit || incident.owner_unit_id === filter.unit) &&
  (!filter.overdue || isLate(incident)) &&
  (ignoreStage || !filter.hidden.includes(stageOf(incident)));
