// What the map shows, in the address: `at=zoom,longitude,latitude`; and old addresses of the map.
import { VIEW_NAMES } from "../case/list-query";
import type { Box } from "./box";

export type View = { zoom: number; lon: number; lat: number };

/** Return the centre and zoom of an address, or null if it has none or a damaged one. */
export function parseView(text: string | null): View | null {
  const [zoom, lon, lat, ...rest] = (text ?? "").split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
  const isView = rest.length === 0 && isWithin(zoom, 0, 24) && isWithin(lon, -180, 180) && isWithin(lat, -85, 85);
  return isView ? { zoom: zoom!, lon: lon!, lat: lat! } : null;
}

const isWithin = (value: number | undefined, least: number, most: number) =>
  value !== undefined && value >= least && value <= most;

/** Return the value of `at`. Five decimals are about a metre. */
export const formatView = ({ zoom, lon, lat }: View): string =>
  `${zoom.toFixed(2)},${lon.toFixed(5)},${lat.toFixed(5)}`;

/** Return the box of the parameter `bbox`, or null. */
export function parseBox(text: string | null): Box | null {
  const sides = (text ?? "").split(",").map(Number);
  return sides.length === 4 && sides.every(Number.isFinite) ? (sides as unknown as Box) : null;
}

export const formatBox = (box: Box): string => box.map((side) => side.toFixed(5)).join();

/** Return the box that is in both; null if they have no place in common. */
export function intersection(a: Box, b: Box): Box | null {
  const both: Box = [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
  return both[0] <= both[2] && both[1] <= both[3] ? both : null;
}

/** Return an address of the page of the map as its earlier versions made it, in the words of the list. */
export function modernQuery(query: URLSearchParams): URLSearchParams {
  if (!query.has("unit") && !query.has("hide")) return query;
  const next = new URLSearchParams(query);
  const unit = query.get("unit");
  if (unit) next.set("owner_unit_id", unit);
  ["unit", "hide"].forEach((name) => next.delete(name));
  return next;
}

/** Return what of an address belongs to the view of the map. */
export const viewPart = (query: URLSearchParams): URLSearchParams =>
  new URLSearchParams([...query].filter(([name]) => VIEW_NAMES.includes(name)));
