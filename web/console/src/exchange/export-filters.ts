// The filters of the list of cases as the query of an export, and back, to show a query in words.
import { filterNames } from "../case/list-query";
import { ENDED_STATUSES } from "../ui/lateness";
import { addDays, instantFromLocalTime, localTimeIn } from "../zone-time";

/** Values of the filters of an export by name: those of the list of cases, and `from` and `to` as days, "2026-11-27". */
export type ExportFilters = Record<string, string>;
/** Filters of the list that have a field in the form. */
export const LIST_FILTERS = [
  "area_id",
  "status",
  "category",
  "owner_unit_id",
  "overdue",
  "waiting",
  "case_no",
  "q",
] as const;
/** Collections whose rows lie in areas. */
export const IN_AREAS = ["incidents", "households", "premises", "components"];

const OPEN = `status NOT IN (${ENDED_STATUSES.map((code) => `'${code}'`).join(", ")})`;
const WAITING = "waiting_reason IS NOT NULL";
const STATUS_IN = /^status IN \((.*)\)$/;
const CATEGORY_IN = /^category IN \((.*)\)$/;

/** Return the filters of the address of a list that have no field in the form, and those that are false. */
export function carriedFilters(list: URLSearchParams): ExportFilters {
  const inForm: readonly string[] = LIST_FILTERS;
  return Object.fromEntries(
    filterNames(list)
      .map((name) => [name, list.get(name) ?? ""] as const)
      .filter(([name, value]) => !inForm.includes(name) || value === "false"),
  );
}

/**
 * Return the `query` of an export. The server applies the filters of the list of cases as the list does.
 *
 * `more`: a filter in CQL2 and a box that a person typed. `zone`: IANA time zone in which days begin.
 */
export function exportQuery(
  filters: ExportFilters,
  zone: string,
  more: { filter?: string; bbox?: string } = {},
): Record<string, string> {
  const { area_id, from, to, ...ofList } = filters;
  const list = String(new URLSearchParams(Object.entries(ofList).filter(([, value]) => value)));
  return {
    ...(area_id ? { within_area_id: area_id } : {}),
    ...(list ? { list } : {}),
    ...(from || to ? { datetime: `${dayStart(zone, from)}/${dayEnd(zone, to)}` } : {}),
    ...(more.filter ? { filter: more.filter } : {}),
    ...(more.bbox ? { bbox: more.bbox } : {}),
  };
}

const dayStart = (zone: string, day: string | undefined): string =>
  day ? instantFromLocalTime(zone, { day, time: "00:00" }) : "..";

/** The last instant of a day: the interval of an export contains its ends. */
const dayEnd = (zone: string, day: string | undefined): string =>
  day
    ? new Date(Date.parse(instantFromLocalTime(zone, { day: addDays(day, 1), time: "00:00" })) - 1).toISOString()
    : "..";

/** Return the filters of a query that `exportQuery` made, now or before exports had `list`, and what else is in it. */
export function filtersOf(
  query: Record<string, string>,
  zone: string,
): { filters: ExportFilters; others: Record<string, string> } {
  const filters: ExportFilters = {};
  const others: Record<string, string> = {};
  for (const [name, value] of Object.entries(query)) {
    // The language of the sheet is no filter.
    if (name === "language") continue;
    if (name === "within_area_id") filters.area_id = value;
    else if (name === "list") Object.assign(filters, Object.fromEntries(new URLSearchParams(value)));
    else if (name === "is_overdue" && value === "true") filters.overdue = value;
    else if (name === "status" || name === "category" || name === "owner_unit_id" || name === "case_no")
      filters[name] = value;
    else if (name === "datetime" && value.includes("/")) Object.assign(filters, daysOf(value, zone));
    else if (name === "filter") {
      const rest = value.split(" AND ").filter((clause) => !readClause(clause, filters));
      if (rest.length) others.filter = rest.join(" AND ");
    } else others[name] = value;
  }
  return { filters, others };
}

function readClause(clause: string, filters: ExportFilters): boolean {
  const codes = (text: string) => text.replace(/['\s]/g, "");
  const statuses = STATUS_IN.exec(clause);
  const categories = CATEGORY_IN.exec(clause);
  if (clause === OPEN) filters.status = "open";
  else if (clause === WAITING) filters.waiting = "true";
  else if (statuses) filters.status = codes(statuses[1]!);
  else if (categories) filters.category = codes(categories[1]!);
  else return false;
  return true;
}

function daysOf(interval: string, zone: string): ExportFilters {
  const [from = "..", to = ".."] = interval.split("/");
  const day = (instant: string) => localTimeIn(zone, instant).day;
  return { ...(from === ".." ? {} : { from: day(from) }), ...(to === ".." ? {} : { to: day(to) }) };
}
