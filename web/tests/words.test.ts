// Texts in two languages: names, placeholders, times and durations.
import { afterEach, describe, expect, test, vi } from "vitest";
import { WORDS as CONSOLE } from "../console/src/words";
import { addDays, instantFromField, instantFromLocalTime, localTimeIn, mondayOf } from "../console/src/zone-time";
import { searchCategories } from "../field/src/category-search";
import { operation, status, translate, WORDS as FIELD } from "../field/src/words";
import {
  formatDate,
  formatDateTime,
  formatDay,
  formatDuration,
  formatList,
  formatMonth,
  formatRelative,
  formatSince,
  formatTime,
  formatWeekday,
  interpolate,
  localizedName,
  type Pairs,
  pick,
} from "../src/i18n";

/** Return the names in braces of a text, each of them once: `{name}` and `{n:case|cases}`. */
const placeholders = (text: string) =>
  [...new Set([...text.matchAll(/\{(\w+)(:[^{}|]*\|[^{}|]*)?\}/g)].map((match) => match[1]!))].sort();

/** All tables of words, by file and name. Pairs of texts have two strings. */
const TABLES = Object.entries(
  import.meta.glob<Record<string, unknown>>(
    ["../{console,field}/src/words/*.ts", "../console/src/map/map-symbols.ts"],
    {
      eager: true,
    },
  ),
).flatMap(([path, module]) =>
  Object.entries(module)
    .filter(([name, table]) => name === name.toUpperCase() && typeof table === "object" && table !== null)
    .map(([name, table]) => [`${path} ${name}`, pairsOf(table)] as const),
);

/** Return the pairs of texts in a table and in the tables within it. */
function pairsOf(table: unknown): [string, string][] {
  if (Array.isArray(table))
    return table.length === 2 && table.every((text) => typeof text === "string") ? [table as [string, string]] : [];
  return typeof table === "object" && table !== null ? Object.values(table).flatMap(pairsOf) : [];
}

describe("punctuation", () => {
  const pairs = TABLES.flatMap(([, each]) => each);

  test("is looked at in all tables", () => {
    expect(TABLES.length).toBeGreaterThan(40);
    expect(pairs.length).toBeGreaterThan(1_500);
  });

  test("of English is not full-width", () => {
    expect(pairs.map(([, en]) => en).filter((en) => /[\u3000-\u303f\uff00-\uffef]/u.test(en))).toEqual([]);
  });

  test("of Chinese is full-width between Chinese characters", () => {
    const halfWidth =
      /\p{Script=Han}[,;:?!] ?[\p{Script=Han}{]|\}[,;:?!] ?\p{Script=Han}|\p{Script=Han} ?\([^)]*\p{Script=Han}/u;
    // With "=" a text explains what to type.
    expect(pairs.map(([zh]) => zh).filter((zh) => halfWidth.test(zh) && !zh.includes("="))).toEqual([]);
  });

  test("of plural forms has a noun for one and one for more, in English only", () => {
    const plural = /\{\w+:([^{}|]*)\|([^{}|]*)\}/g;
    const forms = pairs.flatMap(([, en]) => [...en.matchAll(plural)]);
    expect(forms.length).toBeGreaterThan(20);
    expect(forms.filter(([, one, many]) => !one || !many || one === many)).toEqual([]);
    expect(pairs.filter(([zh]) => zh.includes("|"))).toEqual([]);
    // "{n} cases" reads "1 cases".
    expect(
      pairs
        .map(([, en]) => en)
        .filter((en) => /(^|[^n] )\{n\} (cases|grids|workers|units|rows|days|photos|times)\b/.test(en)),
    ).toEqual([]);
  });
});

describe.each([
  ["console", CONSOLE],
  ["field", FIELD],
] as [string, Pairs][])("words of %s", (_, words) => {
  test("have a text in both languages", () => {
    expect(Object.keys(words).length).toBeGreaterThan(100);
    const empty = Object.entries(words).filter(([, texts]) => texts.length !== 2 || texts.some((text) => !text.trim()));
    expect(empty).toEqual([]);
  });

  test("have the same placeholders in both languages", () => {
    const all = Object.entries(words).map(([key, [zh, en]]) => [key, placeholders(zh).join(), placeholders(en).join()]);
    expect(all.some(([, zh]) => zh !== "")).toBe(true);
    expect(all.filter(([, zh, en]) => zh !== en)).toEqual([]);
  });

  test("have Chinese in the first place and none in the second", () => {
    const isChinese = (text: string) => /\p{Script=Han}/u.test(text);
    expect(Object.entries(words).filter(([, [zh, en]]) => isChinese(en) && zh !== en)).toEqual([]);
    expect(Object.entries(words).filter(([, [zh]]) => isChinese(zh)).length).toBeGreaterThan(100);
  });
});

describe("names", () => {
  test("fall back to the other language", () => {
    expect(localizedName("en", { zh: "西湖", en: "West Lake" })).toBe("West Lake");
    expect(localizedName("zh-CN", { zh: "西湖", en: "West Lake" })).toBe("西湖");
    expect(localizedName("en", { zh: "西湖" })).toBe("西湖");
    expect(localizedName("zh-CN", { zh: "", en: "West Lake" })).toBe("West Lake");
    expect(localizedName("en", undefined)).toBe("");
  });

  test("of states and operations are in both languages; an unknown code stays", () => {
    expect([status("zh-CN", "handling"), status("en", "handling")]).toEqual(["处置中", "being handled"]);
    expect(status("en", "new_state")).toBe("new_state");
    expect(operation("en", "sos", "raise")).toBe("Call for help");
    expect(operation("en", "sos", "cancel")).toBe("sos cancel");
  });
});

test("interpolate replaces each placeholder, zero included, and drops a missing value", () => {
  expect(interpolate("en", "{n} of {all}: {n}", { n: 0, all: 7 })).toBe("0 of 7: 0");
  expect(interpolate("en", "{n} left")).toBe(" left");
});

test("interpolate chooses the plural form by the number", () => {
  const text = "{n:case|cases}, {m} late";
  expect([0, 1, 2, 11, 21].map((n) => interpolate("en", text, { n, m: 1 }))).toEqual([
    "0 cases, 1 late",
    "1 case, 1 late",
    "2 cases, 1 late",
    "11 cases, 1 late",
    "21 cases, 1 late",
  ]);
  expect(interpolate("en", "{n:day|days}", { n: "1.5" })).toBe("1.5 days");
  expect(interpolate("en", "{n:case|cases}", { n: "50+" })).toBe("50+ cases");
});

test("lists are joined as in the language", () => {
  expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map((texts) => formatList("en", texts))).toEqual([
    "",
    "a",
    "a and b",
    "a, b and c",
  ]);
  expect(formatList("zh-CN", ["甲", "乙", "丙"])).toBe("甲、乙、丙");
  expect(formatList("en", ["a", "b", "c"], "disjunction")).toBe("a, b or c");
  expect(formatList("zh-CN", ["甲", "乙", "丙"], "disjunction")).toBe("甲、乙或丙");
});

test.each([
  [-180, "3 min ago", "3分钟前"],
  [-59, "59 sec ago", "59秒前"],
  [-7_300, "2 hr ago", "2小时前"],
  [-90_000, "1 day ago", "1天前"],
  [7_200, "in 2 hr", "2小时后"],
])("formatRelative(%d) is %s", (seconds, en, zh) => {
  expect([formatRelative("en", seconds), formatRelative("zh-CN", seconds)]).toEqual([en, zh]);
});

test("translate and pick choose the language", () => {
  expect(pick("en", ["网格", "grid"])).toBe("grid");
  expect(pick("zh-CN", ["网格", "grid"])).toBe("网格");
  const key = Object.entries(FIELD).find(([, [zh]]) => placeholders(zh).length === 0)![0] as keyof typeof FIELD;
  expect([translate("zh-CN", key), translate("en", key)]).toEqual([...FIELD[key]]);
});

test.each([
  [0, "0 min", "0 分"],
  [59, "1 min", "1 分"],
  [3_600, "1 h", "1 小时"],
  [5_400, "1 h 30 min", "1 小时 30 分"],
  [90_060, "1 d 1 h", "1 天 1 小时"],
  [86_700, "1 d", "1 天"],
  [-7_200, "2 h", "2 小时"],
])("formatDuration(%d) is %s", (seconds, en, zh) => {
  expect([formatDuration("en", seconds), formatDuration("zh-CN", seconds)]).toEqual([en, zh]);
});

describe("times", () => {
  afterEach(() => void vi.useRealTimers());

  test("are those of the given zone", () => {
    const now = "2026-12-01T00:00:00Z";
    expect(formatDateTime("zh-CN", "2026-11-28T16:30:00Z", "Asia/Shanghai", now)).toBe("11月29日 00:30");
    expect(formatDateTime("en", "2026-11-28T16:30:00Z", "Asia/Shanghai", now)).toBe("29 Nov 00:30");
    expect(localTimeIn("Asia/Shanghai", "2026-11-28T16:30:00Z")).toEqual({ day: "2026-11-29", time: "00:30" });
  });

  test("have a year if it is not the present one, in the given zone", () => {
    const lastYear = "2026-12-31T15:59:00Z"; // 23:59 in Shanghai
    const now = "2026-12-31T16:01:00Z"; // 00:01 in the new year
    expect(formatDateTime("en", lastYear, "Asia/Shanghai", now)).toBe("31 Dec 2026 23:59");
    expect(formatDateTime("zh-CN", lastYear, "Asia/Shanghai", now)).toBe("2026年12月31日 23:59");
    expect(formatDateTime("en", lastYear, "UTC", now)).toBe("31 Dec 15:59");
  });

  test("of dates have the day first in English", () => {
    expect(formatDate("en", "2026-11-28T16:30:00Z", "Asia/Shanghai")).toBe("29 Nov 2026");
    expect(formatDate("zh-CN", "2026-11-28T16:30:00Z", "Asia/Shanghai")).toBe("2026年11月29日");
    expect([formatDay("en", "2026-11-02"), formatDay("zh-CN", "2026-11-02")]).toEqual(["2 Nov 2026", "2026年11月2日"]);
    expect([formatWeekday("en", "2026-11-27"), formatWeekday("zh-CN", "2026-11-27")]).toEqual([
      "Fri 27 Nov",
      "11月27日周五",
    ]);
    expect([formatMonth("en", "2026-11"), formatMonth("zh-CN", "2026-11")]).toEqual(["November 2026", "2026年11月"]);
  });

  test("of today have no date", () => {
    vi.useFakeTimers({ now: new Date("2026-11-29T02:00:00Z") });
    expect(formatTime("zh-CN", "2026-11-28T16:30:00Z", "Asia/Shanghai")).toBe("00:30");
    expect(formatTime("zh-CN", "2026-11-28T15:30:00Z", "Asia/Shanghai")).toBe("11月28日 23:30");
    expect(formatTime("en", "2026-11-28T15:30:00Z", "Asia/Shanghai")).toBe("28 Nov 23:30");
    // What goes on since last night needs no date.
    const since = (at: string) => formatSince("en", at, "Asia/Shanghai", "2026-11-28T17:00:00Z");
    expect(since("2026-11-28T15:30:00Z")).toBe("23:30");
    expect(since("2026-11-27T15:30:00Z")).toBe("27 Nov 23:30");
  });

  test("are read in the zone of the city, also beside a change of clocks", () => {
    expect(instantFromField("Asia/Shanghai", "2026-11-29T08:00")).toBe("2026-11-29T00:00:00.000Z");
    expect(instantFromField("Asia/Shanghai", "")).toBe("");
    const NEW_YORK = "America/New_York";
    // 1:30 comes twice on 1 November 2026: the earlier one is meant. 2:30 does not exist on 8 March 2026.
    expect(instantFromLocalTime(NEW_YORK, { day: "2026-11-01", time: "01:30" })).toBe("2026-11-01T05:30:00.000Z");
    expect(instantFromLocalTime(NEW_YORK, { day: "2026-03-08", time: "03:00" })).toBe("2026-03-08T07:00:00.000Z");
    for (const day of ["2026-03-08", "2026-11-01", "2026-07-01"])
      expect(localTimeIn(NEW_YORK, instantFromLocalTime(NEW_YORK, { day, time: "12:00" }))).toEqual({
        day,
        time: "12:00",
      });
  });

  test("of weeks begin on Monday", () => {
    expect(["2026-11-29", "2026-11-30", "2026-12-06"].map(mondayOf)).toEqual([
      "2026-11-23",
      "2026-11-30",
      "2026-11-30",
    ]);
    expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
  });
});

describe("searchCategories", () => {
  const categories = [
    { code: "E0102", name: { zh: "垃圾堆积", en: "Litter" }, class: { zh: "市容", en: "Street" } },
    { code: "E0201", name: { zh: "占道经营", en: "Street trade" }, class: { zh: "秩序", en: "Order" } },
  ];
  const codes = (text: string, byPinyin: Parameters<typeof searchCategories>[2] = null) =>
    searchCategories(categories, text, byPinyin).map(({ code }) => code);

  test("puts matches in name or code before matches in the class", () => {
    expect(codes("street")).toEqual(["E0201", "E0102"]);
    expect(codes("e0102")).toEqual(["E0102"]);
    expect(codes("垃圾")).toEqual(["E0102"]);
    expect(codes("litter order")).toEqual([]);
  });

  test("asks the pinyin matcher for letters only", () => {
    const byPinyin = vi.fn((text: string, query: string) => text === "垃圾堆积" && query === "ljdj");
    expect(codes("ljdj", byPinyin)).toEqual(["E0102"]);
    byPinyin.mockClear();
    expect(codes("堆积", byPinyin)).toEqual(["E0102"]);
    expect(byPinyin).not.toHaveBeenCalled();
  });
});
