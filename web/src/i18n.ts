// Translation between Chinese and English: pairs of texts, names, dates and durations.
export type Language = "zh-CN" | "en";
export type Name = { zh?: string; en?: string };
export type Pairs = Record<string, readonly [string, string]>;

export function pick(language: Language, pair: readonly [string, string]): string {
  return language === "en" ? pair[1] : pair[0];
}

/** Replace each `{name}` in a text by its value. */
export function interpolate(text: string, values: Record<string, string | number> = {}): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** Return a name in the reader's language, or in the other language if it is missing there. */
export function localizedName(language: Language, name: Name | null | undefined): string {
  return (language === "en" ? name?.en || name?.zh : name?.zh || name?.en) ?? "";
}

/** Format an instant. `zone`: IANA time zone; without it that of this device. */
export function formatDateTime(language: Language, at: string | number | Date, zone?: string): string {
  return new Date(at).toLocaleString(language, {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(zone ? { timeZone: zone } : {}),
  });
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
