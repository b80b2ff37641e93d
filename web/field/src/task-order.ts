// The order of tasks and the place that their cards show. Pure functions.
import { distanceM } from "./distance";
import type { Incident } from "./incidents";

type Point = [number, number];
export type TaskOrder = "due" | "way";

/** A building whose place is known from the register. */
export type KnownBuilding = { building: string; at: Point };
/** `isNear`: the place lies beside the building, not at it. */
export type NearestBuilding = { building: string; isNear: boolean };

const AT_M = 20;
const NEAR_M = 80;

/** Return the building at or near a point, or null if none is within 80 metres. */
export function nearestBuilding(buildings: KnownBuilding[], at: Point): NearestBuilding | null {
  let nearest: KnownBuilding | null = null;
  let leastM = NEAR_M;
  for (const candidate of buildings) {
    const metres = distanceM(candidate.at, at);
    if (metres > leastM) continue;
    nearest = candidate;
    leastM = metres;
  }
  return nearest && { building: nearest.building, isNear: leastM > AT_M };
}

/** Return the distance to a case in metres; null if its place or one's own position is not known. */
export function distanceTo(incident: Incident, own: Point | null): number | null {
  const at = incident.location?.coordinates;
  return at && own ? distanceM(own, at) : null;
}

/** Sort by deadline, or by distance from `own`. Tasks without a deadline or place come last. */
export function sortTasks<T extends { incident: Incident }>(tasks: T[], order: TaskOrder, own: Point | null): T[] {
  const due = (task: T) => Date.parse(task.incident.due_at ?? "") || Infinity;
  const way = (task: T) => distanceTo(task.incident, own) ?? Infinity;
  const key = order === "way" && own !== null ? way : due;
  // Infinity minus Infinity is no number.
  const compare = (a: number, b: number) => (a === b ? 0 : a - b);
  return [...tasks].sort((a, b) => compare(key(a), key(b)));
}
