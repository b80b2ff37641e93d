// How the address of the list of cases becomes a request: open cases by deadline, unless the address has other filters. The map
// beside the list has the same filters, and keeps what it shows in the same address.
import { ENDED_STATUSES } from "../ui/lateness";

/** The list alone, and the list beside the map. Both have the same addresses. */
export type ListPage = "cases" | "map";

/** Value of `status` in the address for cases in all states; the API has no such value. */
export const ANY_STATUS = "any";

export const PAGE_LIMIT = "50";

/** What the map shows: chosen case or call for help, areas of units, list of what is in view, centre and zoom. No filters. */
export const VIEW_NAMES = ["case", "call", "units", "inview", "at"];
const NO_FILTERS = ["cursor", "limit", "sort", ...VIEW_NAMES];
const NEWEST_FIRST = "-reported_at";

export type ListQuery = {
  /** Value of the filter of the form; "any" for all states. */
  status: string;
  /** Parameters of GET /api/v1/incidents. */
  params: URLSearchParams;
  /** The order of the list. */
  sort: string;
  /** The API orders open cases only. */
  canSort: boolean;
};

/** Return the names of the filters in an address. */
export const filterNames = (query: URLSearchParams): string[] =>
  [...query.keys()].filter((name) => !NO_FILTERS.includes(name));

/** Return the request of an address. */
export function listQuery(query: URLSearchParams): ListQuery {
  const params = new URLSearchParams(query);
  VIEW_NAMES.forEach((name) => params.delete(name));
  // An address without filters is the list that a dispatcher needs. What is overdue is open, too.
  if (!query.has("status") && (filterNames(query).length === 0 || query.get("overdue") === "true"))
    params.set("status", "open");
  const status = params.get("status") || ANY_STATUS;
  if (status === ANY_STATUS) params.delete("status");
  const canSort =
    status !== ANY_STATUS && status.split(",").every((each) => each !== "" && !ENDED_STATUSES.includes(each));
  const sort = canSort ? (query.get("sort") ?? "due_at") : NEWEST_FIRST;
  params.delete("sort");
  if (sort !== NEWEST_FIRST) params.set("sort", sort);
  if (!params.has("limit")) params.set("limit", PAGE_LIMIT);
  return { status, params, sort, canSort };
}

/** Return the order after a press on the head of a column: ascending first, then the reverse. */
export const nextSort = (sort: string, key: string): string => (sort === key ? `-${key}` : key);

/** Return an address with other values of some parameters; null and "" remove one. Other filters begin with the first page. */
export function changedAddress(
  page: ListPage,
  query: URLSearchParams,
  changes: Record<string, string | null | undefined>,
): string {
  const next = new URLSearchParams(query);
  if (Object.keys(changes).some((name) => !VIEW_NAMES.includes(name))) next.delete("cursor");
  for (const [name, value] of Object.entries(changes))
    if (value) next.set(name, value);
    else next.delete(name);
  const text = String(next);
  return `#/${page}${text && `?${text}`}`;
}

/** Return an address with this order, at its first page. */
export const sortedAddress = (query: URLSearchParams, sort: string, page: ListPage = "cases"): string =>
  changedAddress(page, query, { sort });

/** Return an address without its page and the view of the map, for what stays while the reader turns pages or moves the map. */
export function withoutPage(query: URLSearchParams): string {
  const rest = new URLSearchParams(query);
  ["cursor", ...VIEW_NAMES].forEach((name) => rest.delete(name));
  return String(rest);
}
