// Which photos of cases the phone keeps, so that they are seen without a network. Pure functions.
import type { Incident } from "./incidents";

export type PhotoSize = "small" | "large";

/** A photo as the row of its case names it. */
export type PhotoOfCase = { id: string; incident: string; kind: string };

/** A photo on the phone: bytes of each size that is stored. */
export type StoredPhoto = { id: string; incident: string; small: number; large: number };

export type PhotoPlan = { remove: string[]; fetch: (PhotoOfCase & { size: PhotoSize })[] };

/** Limits of what is kept: photos of one case (the newest), and bytes in all. */
export const LIMITS = { perCase: 12, bytes: 40_000_000 };

/** Return the photos of a case that can be shown, the oldest first. Voice notes are no photos. */
export function photosOf(incident: Incident): PhotoOfCase[] {
  return (incident.media ?? [])
    .filter((medium) => medium.state === "ready" && (medium.content_type ?? "").startsWith("image/"))
    .map(({ id, kind }) => ({ id, incident: incident.id, kind }));
}

/**
 * Return what to delete and what to fetch, in this order: the small pictures of all cases, then the large ones of the cases
 * that are due first. Nothing is fetched while the limit of bytes is reached.
 *
 * `incidents`: the cases of open tasks. `accepted`: ids of those that the worker has accepted; of the others only the picture on
 * the card is kept.
 */
export function planPhotos(
  incidents: Incident[],
  accepted: Set<string>,
  stored: StoredPhoto[],
  limits = LIMITS,
): PhotoPlan {
  const byDue = [...incidents].sort((a, b) => (a.due_at ?? "9").localeCompare(b.due_at ?? "9"));
  const wanted = byDue.flatMap((incident) =>
    accepted.has(incident.id) ? photosOf(incident).slice(-limits.perCase) : photosOf(incident).slice(0, 1),
  );
  const wantedIds = new Set(wanted.map(({ id }) => id));
  const storedById = new Map(stored.filter(({ id }) => wantedIds.has(id)).map((photo) => [photo.id, photo]));
  const bytes = [...storedById.values()].reduce((sum, photo) => sum + photo.small + photo.large, 0);
  const missing = (size: PhotoSize) =>
    wanted
      .filter(({ id, incident }) => !storedById.get(id)?.[size] && (size === "small" || accepted.has(incident)))
      .map((photo) => ({ ...photo, size }));
  return {
    remove: stored.filter(({ id }) => !wantedIds.has(id)).map(({ id }) => id),
    fetch: bytes >= limits.bytes ? [] : [...missing("small"), ...missing("large")],
  };
}

/** Split the photos for comparison: before (or, without one, as reported) and after. Null if there is nothing to compare. */
export function beforeAndAfter<T extends { kind: string }>(photos: T[]): { before: T[]; after: T[] } | null {
  const after = photos.filter(({ kind }) => kind === "after");
  const before = photos.filter(({ kind }) => kind === "before");
  const reported = photos.filter(({ kind }) => kind !== "before" && kind !== "after");
  if (after.length === 0) return null;
  return { before: before.length > 0 ? before : reported, after };
}
