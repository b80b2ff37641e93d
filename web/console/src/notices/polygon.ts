// The polygon that a notice is limited to, as it is drawn: corners in the order of its border. Pure.
import type { Geometry, MultiPolygon, Polygon } from "geojson";

/** Longitude and latitude in degrees. */
export type Corner = readonly [number, number];
/** `fixed`: a stored geometry with holes or several parts, which can only be removed. */
export type Drawing = { corners: readonly Corner[]; fixed: MultiPolygon | null };

/** The server takes 1,000 vertices; the border ends where it begins. */
export const CORNERS_MAX = 999;
export const CORNERS_MIN = 3;
const NO_DRAWING: Drawing = { corners: [], fixed: null };

export function drawingOf(geometry: MultiPolygon | null | undefined): Drawing {
  if (!geometry) return NO_DRAWING;
  const [part, ...others] = geometry.coordinates;
  const [border, ...holes] = part ?? [];
  if (!border || others.length > 0 || holes.length > 0) return { corners: [], fixed: geometry };
  return { corners: border.slice(0, -1).map(([lon, lat]) => [lon!, lat!]), fixed: null };
}

/** Return the polygon of the drawing; null if nothing is drawn, or too few corners. */
export function geometryOf({ corners, fixed }: Drawing): MultiPolygon | Polygon | null {
  if (fixed) return fixed;
  if (corners.length < CORNERS_MIN) return null;
  return { type: "Polygon", coordinates: [[...corners, corners[0]!].map(([lon, lat]) => [lon, lat])] };
}

/** Return what a map draws: the polygon, or the line of two corners. */
export function sketchOf(drawing: Drawing): Geometry | null {
  const { corners } = drawing;
  if (corners.length === 2) return { type: "LineString", coordinates: corners.map(([lon, lat]) => [lon, lat]) };
  return geometryOf(drawing);
}

export const isIncomplete = ({ corners }: Drawing): boolean => corners.length > 0 && corners.length < CORNERS_MIN;

/** Insert a corner where it makes the border the least longer, so that presses in any order rarely cross it. */
export function withCorner(corners: readonly Corner[], at: Corner): Corner[] {
  if (corners.length < CORNERS_MIN) return [...corners, at];
  const detours = corners.map((corner, n) => {
    const next = corners[(n + 1) % corners.length]!;
    return distance(corner, at) + distance(at, next) - distance(corner, next);
  });
  const place = detours.indexOf(Math.min(...detours)) + 1;
  return [...corners.slice(0, place), at, ...corners.slice(place)];
}

export const withoutCorner = (corners: readonly Corner[], n: number): Corner[] =>
  corners.filter((_, other) => other !== n);

export const withMovedCorner = (corners: readonly Corner[], n: number, to: Corner): Corner[] =>
  corners.map((corner, other) => (other === n ? to : corner));

/** In degrees of latitude, which compares distances at one place. */
function distance(a: Corner, b: Corner): number {
  const shrink = Math.cos((((a[1] + b[1]) / 2) * Math.PI) / 180);
  return Math.hypot((a[0] - b[0]) * shrink, a[1] - b[1]);
}
