// Search for a place by words: among the buildings that are on the phone, the last chosen places, and on the server. Pure functions.
import type { Name } from "../../src/i18n";

export type KnownPlace = { name: Name; at: [number, number] };

type ByPinyin = (text: string, query: string) => boolean;

const MAX_SHOWN = 6;
const MAX_USED = 5;
const LETTERS = /^[a-zü]+/;

const plain = (text: string) => text.normalize("NFKC").toLowerCase().replace(/\s/g, "");

/** Return true if a name contains the text, or its characters are read so: "gudanglu12" finds 古荡路12号. */
function isFound(name: string, text: string, byPinyin: ByPinyin | null): boolean {
  const [candidate, query] = [plain(name), plain(text)];
  if (candidate.includes(query)) return true;
  const letters = LETTERS.exec(query)?.[0];
  if (!letters || !byPinyin) return false;
  const number = query.slice(letters.length);
  const at = candidate.search(/\d/);
  const words = at < 0 ? candidate : candidate.slice(0, at);
  return byPinyin(words, letters) && (at < 0 ? number === "" : candidate.slice(at).startsWith(number));
}

/** Return the places that a text finds, those with the shortest names first; the last used ones if there is no text. */
export function findPlaces(
  places: KnownPlace[],
  used: KnownPlace[],
  text: string,
  byPinyin: ByPinyin | null,
): KnownPlace[] {
  if (text.trim() === "") return used;
  const names = new Set<string>();
  const shortest = (a: KnownPlace, b: KnownPlace) => nameOf(a).length - nameOf(b).length;
  return [...used, ...[...places].sort(shortest)]
    .filter(({ name }) => [name.zh, name.en].some((spelling) => !!spelling && isFound(spelling, text, byPinyin)))
    .filter((place) => !names.has(nameOf(place)) && names.add(nameOf(place)))
    .slice(0, MAX_SHOWN);
}

/** Return the places of the phone, and after them those of the server that the phone does not know. */
export function mergePlaces(local: KnownPlace[], remote: KnownPlace[]): KnownPlace[] {
  const names = new Set(local.map(nameOf));
  return [...local, ...remote.filter((place) => !names.has(nameOf(place)))].slice(0, MAX_SHOWN);
}

/** Return the last used places with one more in front. */
export function addUsed(used: KnownPlace[], place: KnownPlace): KnownPlace[] {
  return [place, ...used.filter((other) => nameOf(other) !== nameOf(place))].slice(0, MAX_USED);
}

const nameOf = (place: KnownPlace) => place.name.zh ?? place.name.en ?? "";
