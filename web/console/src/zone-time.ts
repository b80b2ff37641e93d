// Local times in the time zone of a jurisdiction, whatever the browser's zone. Days are "2026-11-27", times "08:00".
export type LocalTime = { day: string; time: string };

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Return the local time in a zone at an instant. */
export function localTimeIn(zone: string, instant: string | number | Date): LocalTime {
  const options = {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  } as const;
  const parts = new Map(
    new Intl.DateTimeFormat("en", options).formatToParts(new Date(instant)).map((part) => [part.type, part.value]),
  );
  return {
    day: `${parts.get("year")}-${parts.get("month")}-${parts.get("day")}`,
    time: `${parts.get("hour")}:${parts.get("minute")}`,
  };
}

/** Return the instant of a local time in a zone; the earlier one if clocks were put back. */
export function instantFromLocalTime(zone: string, { day, time }: LocalTime): string {
  const wallClockMs = Date.parse(`${day}T${time}Z`);
  const offsetMs = (at: number) => {
    const clock = localTimeIn(zone, at);
    return Date.parse(`${clock.day}T${clock.time}Z`) - Math.floor(at / MINUTE_MS) * MINUTE_MS;
  };
  const candidates = [wallClockMs - offsetMs(wallClockMs - DAY_MS), wallClockMs - offsetMs(wallClockMs + DAY_MS)].sort(
    (a, b) => a - b,
  );
  const instant = candidates.find((at) => at + offsetMs(at) === wallClockMs) ?? candidates[0]!;
  return new Date(instant).toISOString();
}

/** Value of a `datetime-local` field for an instant, and the reverse; "" stays "". */
export function dateTimeFieldValue(zone: string, instant: string | null | undefined): string {
  if (!instant) return "";
  const { day, time } = localTimeIn(zone, instant);
  return `${day}T${time}`;
}

export function instantFromField(zone: string, field: string): string {
  return field && instantFromLocalTime(zone, { day: field.slice(0, 10), time: field.slice(11, 16) });
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

export function mondayOf(day: string): string {
  return addDays(day, -((new Date(`${day}T00:00Z`).getUTCDay() + 6) % 7));
}
