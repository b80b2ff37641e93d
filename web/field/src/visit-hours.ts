// The hours in which homes are visited, by the rules of the city. Pure functions.

/** Times of the day in the zone of the city, as `09:00`. */
export type VisitHours = { from: string; to: string };

/** The hours of a profile without the setting `planning.visit_hours`; the server has the same. */
export const DEFAULT_VISIT_HOURS: VisitHours = { from: "09:00", to: "20:00" };

/** Return whether an instant (ms) lies within the hours. `zone`: IANA time zone of the city. */
export function isVisitTime({ from, to }: VisitHours, now: number, zone: string | undefined): boolean {
  const time = new Date(now).toLocaleTimeString("sv-SE", {
    hour: "2-digit",
    minute: "2-digit",
    ...(zone ? { timeZone: zone } : {}),
  });
  return from <= time && time < to;
}
