// Chinese and English: pairs of texts, names, dates, durations, lists and plurals. The module of both front ends.
export type Language = "zh-CN" | "en";
export type Name = { zh?: string; en?: string };
export type Pairs = Record<string, readonly [string, string]>;
export type Values = Record<string, string | number>;

/** English dates have the day first: "28 Nov 2026". */
const LOCALES: Record<Language, string> = { "zh-CN": "zh-CN", en: "en-GB" };

export function pick(language: Language, pair: readonly [string, string]): string {
  return language === "en" ? pair[1] : pair[0];
}

/** Replace each `{name}` in a text by its value, and each `{n:case|cases}` by the number with its noun. */
export function interpolate(language: Language, text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)(?::([^{}|]*)\|([^{}|]*))?\}/g, (_, name: string, one?: string, many?: string) => {
    const value = String(values[name] ?? "");
    return one === undefined ? value : `${value} ${isOne(language, Number(value)) ? one : many}`;
  });
}

const isOne = (language: Language, n: number) =>
  cached("plural", language, "", () => new Intl.PluralRules(LOCALES[language])).select(n) === "one";

/** Return a name in the reader's language, or in the other language if it is missing there. */
export function localizedName(language: Language, name: Name | null | undefined): string {
  return (language === "en" ? name?.en || name?.zh : name?.zh || name?.en) ?? "";
}

/** Return "a, b and c" or "a、b、c"; as alternatives "a, b or c" or "a、b或c". */
export function formatList(
  language: Language,
  texts: readonly string[],
  type: "conjunction" | "disjunction" = "conjunction",
): string {
  const style = language === "en" ? "long" : "narrow";
  return cached(type, language, "", () => new Intl.ListFormat(LOCALES[language], { style, type })).format(texts);
}

type Instant = string | number | Date;
const PARTS = {
  date: { day: "numeric", month: "short", year: "numeric" },
  day: { day: "numeric", month: "short" },
  weekday: { weekday: "short", day: "numeric", month: "short" },
  month: { month: "long", year: "numeric" },
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
} satisfies Record<string, Intl.DateTimeFormatOptions>;

/** `zone`: IANA time zone; without it that of this device. */
function format(language: Language, parts: keyof typeof PARTS, at: Instant, zone: string | undefined): string {
  return cached(
    parts,
    language,
    zone ?? "",
    () => new Intl.DateTimeFormat(LOCALES[language], { ...PARTS[parts], ...(zone ? { timeZone: zone } : {}) }),
  )
    .format(new Date(at))
    .replace(",", "");
}

/** Format the date of an instant: "28 Nov 2026", "2026年11月28日". */
export function formatDate(language: Language, at: Instant, zone?: string): string {
  return format(language, "date", at, zone);
}

/** Format an instant: "28 Nov 14:05", "11月28日 14:05"; with the year if it is not the present one. */
export function formatDateTime(language: Language, at: Instant, zone?: string, now: Instant = Date.now()): string {
  const isThisYear = yearOf(at, zone) === yearOf(now, zone);
  return `${format(language, isThisYear ? "day" : "date", at, zone)} ${format(language, "time", at, zone)}`;
}

/** Format an instant as "14:05" if it is today, else as date and time. */
export function formatTime(language: Language, at: Instant, zone?: string, now: Instant = Date.now()): string {
  return formatDate("en", at, zone) === formatDate("en", now, zone)
    ? format(language, "time", at, zone)
    : formatDateTime(language, at, zone, now);
}

const DAY_MS = 86_400_000;

/** Format the beginning of something that goes on: "23:48" within the last 24 hours, also over midnight; else with its date. */
export function formatSince(language: Language, at: Instant, zone?: string, now: Instant = Date.now()): string {
  const ageMs = new Date(now).getTime() - new Date(at).getTime();
  return ageMs >= 0 && ageMs < DAY_MS ? format(language, "time", at, zone) : formatTime(language, at, zone, now);
}

const yearOf = (at: Instant, zone: string | undefined) => formatDate("en", at, zone).slice(-4);

/** Format a day such as "2026-11-27": "27 Nov 2026". */
export function formatDay(language: Language, day: string): string {
  return format(language, "date", `${day}T00:00Z`, "UTC");
}

/** Format a day for the head of a column: "Fri 27 Nov", "11月27日周五". */
export function formatWeekday(language: Language, day: string): string {
  return format(language, "weekday", `${day}T00:00Z`, "UTC");
}

/** Format a month such as "2026-11": "November 2026", "2026年11月". */
export function formatMonth(language: Language, month: string): string {
  return format(language, "month", `${month}-01T00:00Z`, "UTC");
}

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** Format a time before now (negative) or after now in its largest unit: "3 min ago", "3分钟前", "in 2 hr". */
export function formatRelative(language: Language, seconds: number): string {
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS.at(-1)!;
  return cached(
    "relative",
    language,
    "",
    () => new Intl.RelativeTimeFormat(LOCALES[language], { style: "short", numeric: "always" }),
  ).format(Math.trunc(seconds / length), unit);
}

/** Format a duration in seconds with its largest two units. */
export function formatDuration(language: Language, seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60);
  const parts: [number, readonly [string, string]][] = [
    [Math.floor(minutes / 1440), ["天", "d"]],
    [Math.floor(minutes / 60) % 24, ["小时", "h"]],
    [minutes % 60, ["分", "min"]],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  if (first < 0) return language === "en" ? "0 min" : "0 分";
  return parts
    .slice(first, first + 2)
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${pick(language, unit)}`)
    .join(" ");
}

const formats = new Map<string, unknown>();

/** Return the format that was made for these names before: making one takes longer than using it a hundred times. */
function cached<T>(kind: string, language: Language, zone: string, make: () => T): T {
  const name = `${kind} ${language} ${zone}`;
  if (!formats.has(name)) formats.set(name, make());
  return formats.get(name) as T;
}
