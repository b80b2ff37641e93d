// Homes of the worker's grids as they are on the phone (masked by the server), with pending operations applied. Pure
// functions.
import { type AddressParts, shortAddress } from "./addresses";
import type { QueuedOperation } from "./store";

export type CareTask = {
  id: string;
  kind: string;
  purpose: string;
  person: string;
  dueOn: string | null;
  isDue: boolean;
};
export type PastVisit = { at: string; outcome: string; note: string; isSending: boolean };
export type Home = {
  id: string;
  premises: string;
  label: string;
  address: string;
  /** Compound and building, and staircase and room within it; the latter may be empty. */
  building: string;
  room: string;
  at: [number, number] | null;
  dueOn: string | null;
  isDue: boolean;
  closed: "declined" | "moved_away" | null;
  people: { id: string; name: string; phone: string; email: string }[];
  tasks: CareTask[];
  visits: PastVisit[];
};

type Point = { coordinates: [number, number] };
type Household = {
  id: string;
  premises_id: string;
  label: string;
  visits: { next_due: string | null; declined_at: string | null; moved_away_at: string | null } | null;
};
type Premises = {
  id: string;
  address: string | null;
  name: string | null;
  location: Point | null;
  parts?: AddressParts | null;
};
type Resident = {
  id: string;
  household_id: string;
  name: string | null;
  phone: string | null;
  /** Absent in rows of a server that stores none. */
  email?: string | null;
};
type Tag = {
  id: string;
  resident_id: string;
  household_id: string;
  kind: string;
  purpose: string;
  next_due: string | null;
};
type Visit = { household_id: string; visited_at: string; outcome: string; note: string | null };

/** Return the current day in a time zone, as `2026-11-27`. */
export function dayIn(zone: string | undefined, now: number): string {
  return new Date(now).toLocaleDateString("sv-SE", zone ? { timeZone: zone } : {});
}

export function toHomes(rowsOf: <T>(entity: string) => T[], pending: QueuedOperation[], today: string): Home[] {
  const premises = new Map(rowsOf<Premises>("premises").map((row) => [row.id, row]));
  const people = groupBy(rowsOf<Resident>("resident"), (resident) => resident.household_id);
  const tags = groupBy(rowsOf<Tag>("care_tag"), (tag) => tag.household_id);
  const visits = groupBy(rowsOf<Visit>("visit"), (visit) => visit.household_id);
  const pendingVisits = groupBy(
    pending.filter(({ op }) => op.entity === "visit" && op.op === "create").map(({ op }) => op),
    (op) => String(op.patch?.["household_id"]),
  );
  const pendingPlaces = new Map(
    pending.filter(({ op }) => op.entity === "premises" && op.op === "patch").map(({ op }) => [op.id, op.patch ?? {}]),
  );
  return rowsOf<Household>("household").map((home) => {
    const place = premises.get(home.premises_id);
    const pendingPlace = pendingPlaces.get(home.premises_id);
    const ownVisits = pendingVisits.get(home.id) ?? [];
    const outcome = ownVisits.at(-1)?.patch?.["outcome"];
    const doneTaskIds = new Set(ownVisits.flatMap((op) => (op.patch?.["care_done"] as string[] | undefined) ?? []));
    const members = people.get(home.id) ?? [];
    const closed =
      outcome === "declined" || outcome === "moved_away"
        ? outcome
        : home.visits?.moved_away_at
          ? "moved_away"
          : home.visits?.declined_at
            ? "declined"
            : null;
    const tasks = (tags.get(home.id) ?? [])
      .filter((tag) => tag.next_due !== null)
      .map((tag) => ({
        id: tag.id,
        kind: tag.kind,
        purpose: tag.purpose,
        person: members.find((member) => member.id === tag.resident_id)?.name ?? "",
        dueOn: tag.next_due,
        isDue: closed === null && !doneTaskIds.has(tag.id) && (tag.next_due ?? "") <= today,
      }))
      .sort((a, b) => (a.dueOn ?? "").localeCompare(b.dueOn ?? "") || a.id.localeCompare(b.id));
    // A home that was never visited is due. `visits` is null for a worker who may not see them.
    const isVisitDue =
      home.visits !== null && closed === null && ownVisits.length === 0 && (home.visits.next_due ?? "") <= today;
    const at =
      typeof pendingPlace?.["lon"] === "number"
        ? ([pendingPlace["lon"], Number(pendingPlace["lat"])] as [number, number])
        : (place?.location?.coordinates ?? null);
    return {
      id: home.id,
      premises: home.premises_id,
      label: home.label,
      address: [place?.name, place?.address].filter(Boolean).join(" "),
      ...shortAddress(place?.address ?? "", place?.parts),
      at,
      dueOn: home.visits?.next_due ?? null,
      isDue: isVisitDue || tasks.some((task) => task.isDue),
      closed,
      people: members.map((member) => ({
        id: member.id,
        name: member.name ?? "",
        phone: member.phone ?? "",
        email: member.email ?? "",
      })),
      tasks,
      visits: [
        ...ownVisits.map((op) => ({
          at: String(op.patch?.["visited_at"] ?? op.client_at),
          outcome: String(op.patch?.["outcome"]),
          note: String(op.patch?.["note"] ?? ""),
          isSending: true,
        })),
        ...(visits.get(home.id) ?? []).map((visit) => ({
          at: visit.visited_at,
          outcome: visit.outcome,
          note: visit.note ?? "",
          isSending: false,
        })),
      ].sort((a, b) => b.at.localeCompare(a.at)),
    };
  });
}

/** Return the address of a home from the building on, with the label of the household. */
export function shortName(home: Home): string {
  return [home.building, home.room, home.label].filter(Boolean).join(" · ");
}

/** Return the day since when something is due at a home; "" if it was never visited. */
export function dueSince(home: Home): string {
  return [home.dueOn ?? "", ...home.tasks.filter((task) => task.isDue).map((task) => task.dueOn ?? "")].sort()[0] ?? "";
}

function groupBy<T>(all: T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of all) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
