// Distances between places, and how they are written. Pure functions.
import { type Language, pick } from "../../src/i18n";

type Point = readonly [number, number];

const EARTH_M = 6_371_008.8;

/** Return the distance on the sphere, in metres. Points: longitude, latitude in degrees. */
export function distanceM([lon, lat]: Point, [east, north]: Point): number {
  const radians = Math.PI / 180;
  const half = (degrees: number) => Math.sin((degrees * radians) / 2) ** 2;
  return (
    2 *
    EARTH_M *
    Math.asin(Math.sqrt(half(north - lat) + Math.cos(lat * radians) * Math.cos(north * radians) * half(east - lon)))
  );
}

/** Format a distance: to ten metres below a kilometre, else to a tenth of a kilometre. */
export function formatDistance(language: Language, metres: number): string {
  const rounded = Math.round(metres / 10) * 10;
  return rounded < 1_000
    ? `${rounded} ${pick(language, ["米", "m"])}`
    : `${(metres / 1_000).toFixed(1)} ${pick(language, ["公里", "km"])}`;
}
