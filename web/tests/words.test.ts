// Texts in two languages: names, placeholders, times and durations.
import { afterEach, describe, expect, test, vi } from "vitest";
import { WORDS as CONSOLE } from "../console/src/words";
import { addDays, instantFromField, instantFromLocalTime, localTimeIn, mondayOf } from "../console/src/zone-time";
import { searchCategories } from "../field/src/category-search";
import {
  formatTime,
  localizedName as fieldName,
  operation,
  status,
  translate,
  WORDS as FIELD,
} from "../field/src/words";
import { formatDateTime, formatDuration, interpolate, localizedName, type Pairs, pick } from "../src/i18n";

/** Return the names in braces of a text, each of them once. */
const placeholders = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!))].sort();

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
    for (const named of [localizedName, fieldName]) {
      expect(named("en", { zh: "西湖", en: "West Lake" })).toBe("West Lake");
      expect(named("zh-CN", { zh: "西湖", en: "West Lake" })).toBe("西湖");
      expect(named("en", { zh: "西湖" })).toBe("西湖");
      expect(named("zh-CN", { zh: "", en: "West Lake" })).toBe("West Lake");
      expect(named("en", undefined)).toBe("");
    }
  });

  test("of states and operations are in both languages; an unknown code stays", () => {
    expect([status("zh-CN", "handling"), status("en", "handling")]).toEqual(["处置中", "being handled"]);
    expect(status("en", "new_state")).toBe("new_state");
    expect(operation("en", "sos", "raise")).toBe("Call for help");
    expect(operation("en", "sos", "cancel")).toBe("sos cancel");
  });
});

test("interpolate replaces each placeholder, zero included, and drops a missing value", () => {
  expect(interpolate("{n} of {all}: {n}", { n: 0, all: 7 })).toBe("0 of 7: 0");
  expect(interpolate("{n} left")).toBe(" left");
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
    expect(formatDateTime("zh-CN", "2026-11-28T16:30:00Z", "Asia/Shanghai")).toBe("2026/11/29 00:30");
    expect(localTimeIn("Asia/Shanghai", "2026-11-28T16:30:00Z")).toEqual({ day: "2026-11-29", time: "00:30" });
  });

  test("of today have no date", () => {
    vi.useFakeTimers({ now: new Date("2026-11-29T02:00:00Z") });
    expect(formatTime("zh-CN", "2026-11-28T16:30:00Z", "Asia/Shanghai")).toBe("00:30");
    expect(formatTime("zh-CN", "2026-11-28T15:30:00Z", "Asia/Shanghai")).toBe("11/28 23:30");
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
