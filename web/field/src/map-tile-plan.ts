// Which tiles of the base map the phone keeps: those of the worker's grids and their surroundings. Pure functions.
import type { VectorMap } from "../../src/base-map/definition";
import { tilePosition } from "../../src/base-map/tile-position";
import type { Box } from "../../src/bounds";

/** Metres around a grid, and tiles in all: those of the lower zooms first. A grid takes some thirty. */
export const LIMITS = { aroundM: 600, tiles: 800 };
const M_PER_DEGREE = 111_320;

/** Return the keys (zoom/column/row) of the tiles to keep, the lowest zooms first. */
export function tilesAround(boxes: Box[], base: VectorMap, limits = LIMITS): string[] {
  const keys = new Set<string>();
  for (let zoom = base.min_zoom; zoom <= base.max_zoom; zoom++)
    for (const box of boxes) {
      const wide = intersection(widened(box, limits.aroundM), base.bounds);
      if (wide === null) continue;
      const [west, north] = tileAt(wide[0], wide[3], zoom);
      const [east, south] = tileAt(wide[2], wide[1], zoom);
      for (let column = west; column <= east; column++)
        for (let row = north; row <= south; row++) {
          if (keys.size >= limits.tiles) return [...keys];
          keys.add(`${zoom}/${column}/${row}`);
        }
    }
  return [...keys];
}

function widened([west, south, east, north]: Box, metres: number): Box {
  const up = metres / M_PER_DEGREE;
  const across = up / Math.cos((((south + north) / 2) * Math.PI) / 180);
  return [west - across, south - up, east + across, north + up];
}

function intersection(a: Box, b: Box): Box | null {
  const box: Box = [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
  return box[0] < box[2] && box[1] < box[3] ? box : null;
}

/** Return column and row of the tile at a place (Web Mercator). */
function tileAt(lon: number, lat: number, zoom: number): [number, number] {
  const clamp = (value: number) => Math.min(2 ** zoom - 1, Math.max(0, Math.floor(value)));
  const [column, row] = tilePosition(lon, lat, zoom);
  return [clamp(column), clamp(row)];
}
