// From degrees to the coordinates of a small drawing, with a margin on every side. Pure functions.

type Ring = readonly (readonly [number, number])[];
export type Shape =
  | { type: "MultiPolygon"; coordinates: readonly (readonly Ring[])[] }
  | { type: "Polygon"; coordinates: readonly Ring[] };
type Box = readonly [west: number, south: number, east: number, north: number];
export type Fitted = { width: number; height: number; toX: (lon: number) => number; toY: (lat: number) => number };

const MARGIN = 12;
/** A single point is drawn as if it were this wide, in degrees. */
const MIN_DEGREES = 0.001;

const ringsOf = (shape: Shape): readonly Ring[] =>
  shape.type === "Polygon" ? shape.coordinates : shape.coordinates.flat();

export function boxAround(shapes: readonly Shape[]): Box {
  const points = shapes.flatMap(ringsOf).flat();
  return points.reduce<Box>(
    ([west, south, east, north], [lon, lat]) => [
      Math.min(west, lon),
      Math.min(south, lat),
      Math.max(east, lon),
      Math.max(north, lat),
    ],
    [Infinity, Infinity, -Infinity, -Infinity],
  );
}

/** Return the largest drawing of a box within a width and a height, the margin included. */
export function fitInto([west, south, east, north]: Box, maxWidth: number, maxHeight: number): Fitted {
  // A degree of longitude is shorter than one of latitude by the cosine.
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const wide = Math.max(east - west, MIN_DEGREES) * narrow;
  const high = Math.max(north - south, MIN_DEGREES);
  const scale = Math.min((maxWidth - 2 * MARGIN) / wide, (maxHeight - 2 * MARGIN) / high);
  return {
    width: wide * scale + 2 * MARGIN,
    height: high * scale + 2 * MARGIN,
    toX: (lon) => MARGIN + (lon - west) * narrow * scale,
    toY: (lat) => MARGIN + (north - lat) * scale,
  };
}

export const svgPath = (shape: Shape, { toX, toY }: Fitted): string =>
  ringsOf(shape)
    .map((ring) => `M${ring.map(([lon, lat]) => `${toX(lon).toFixed(1)},${toY(lat).toFixed(1)}`).join("L")}Z`)
    .join("");
