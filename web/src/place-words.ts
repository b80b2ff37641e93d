// A place in words: the nearest address or landmark and its distance. The module of both front ends.
import { interpolate, type Language, localizedName, type Name, pick } from "./i18n";

export type PlaceInWords = { kind?: string; name?: Name; distance_m?: number };

/** A place as near as this is at the address itself: a phone knows no better. */
const AT_M = 5;

/** Return "古荡路12号附近，35 米" or "near 12 Gudang Rd, 35 m"; the name alone at the place itself; "" for no place. */
export function placeWords(language: Language, place: PlaceInWords | null | undefined): string {
  const name = localizedName(language, place?.name);
  if (!place || name === "") return "";
  const n = place.distance_m ?? 0;
  if (n <= AT_M) return name;
  return interpolate(language, pick(language, ["{name}附近，{n}\u00a0米", "near {name}, {n}\u00a0m"]), { name, n });
}
