// When a redraw can be applied, where its findings are, and names and outlines of the pages beside it.
import { describe, expect, test } from "vitest";
import { applyState, faultCount, isOutdated, type RedrawResult } from "../console/src/areas/apply-state";
import { findingPlaces } from "../console/src/areas/finding-places";
import { type Box, shownBoxes } from "../console/src/areas/label-overlap";
import { moveCorner, toRedrawDraft } from "../console/src/areas/topology";
import { categoryNames } from "../console/src/category-names";
import { boxAround, fitInto, svgPath } from "../console/src/signals/outline-geometry";
import { formatList } from "../src/i18n";

const ring = [
  [120, 30],
  [120.01, 30],
  [120.01, 30.01],
  [120, 30.01],
  [120, 30],
] as const;
const drawing = toRedrawDraft([
  { id: "a", code: "g1", name: { en: "One" }, geometry: { type: "Polygon", coordinates: [ring] } },
]);
const changed = moveCorner(drawing, 0, [120.001, 30]);
const finding = { code: "land_lost", severity: "error", area_codes: ["g1"], place: null };
const result = (of: Partial<RedrawResult>): RedrawResult => ({
  draft: changed,
  isDryRun: true,
  is_possible: true,
  findings: [],
  ...of,
});
const fault = result({ is_possible: false, findings: [finding] as never });

describe("applyState", () => {
  test("is ready only after a dry run without faults of the same drawing", () => {
    expect(applyState(true, changed, result({}))).toBe("ready");
    expect(applyState(true, changed, null)).toBe("unchecked");
    expect(applyState(true, changed, fault)).toBe("faulty");
    expect(applyState(true, changed, result({ isDryRun: false, is_possible: false }))).toBe("faulty");
  });

  test("is outdated after a further change, and ready again when that is undone", () => {
    const further = moveCorner(changed, 1, [120.011, 30]);
    expect(applyState(true, further, result({}))).toBe("outdated");
    expect(applyState(true, further, fault)).toBe("outdated");
    expect(isOutdated(result({}), further)).toBe(true);
    expect(applyState(true, changed, result({}))).toBe("ready");
  });

  test("is unchanged where no area differs, whatever was found before", () => {
    expect(applyState(false, drawing, null)).toBe("unchanged");
    expect(applyState(false, drawing, fault)).toBe("unchanged");
  });
});

test("faultCount leaves out warnings", () => {
  const warning = { ...finding, code: "nobody_responsible", severity: "warning" };
  expect(faultCount(result({ findings: [finding, warning] as never }))).toBe(1);
  expect(faultCount(result({}))).toBe(0);
});

test("findingPlaces falls back to the areas that a finding names, in the drawing that was examined", () => {
  const place = { type: "Point", coordinates: [120, 30] };
  const places = findingPlaces(
    result({ findings: [{ ...finding, place }, finding, { ...finding, area_codes: ["g9"] }] as never }),
  );
  expect(places[0]).toEqual(place);
  expect(JSON.stringify(places[1])).toContain("120.001");
  expect(places[2]).toBeNull();
});

describe("categoryNames", () => {
  const categories = [
    { code: "E0101", kind: "event", name: { en: "Litter" }, class: { en: "Street" } },
    { code: "E0102", kind: "event", name: { en: "Posters" }, class: { en: "Street" } },
    { code: "0101", kind: "component", name: { en: "Bin" }, class: { en: "Street" } },
    { code: "E0201", kind: "event", name: { en: "Bicycles" }, class: { en: "Traffic" } },
    { code: "E0301", kind: "event", name: { en: "Stalls" }, class: { en: "Traffic" } },
  ];
  const names = (prefix: string) => categoryNames(categories, prefix, (name) => name?.en ?? "");

  test("names one category, a whole class, or each category of a part", () => {
    expect(names("E0101")).toEqual(["Litter"]);
    expect(names("E01")).toEqual(["Street"]);
    expect(names("E02")).toEqual(["Bicycles"]);
    expect(names("E0")).toEqual(["Litter", "Posters", "Bicycles", "Stalls"]);
    expect(names("X")).toEqual([]);
  });
});

test("formatList separates names as the language does", () => {
  expect(formatList("en", ["A", "B", "C"])).toBe("A, B and C");
  expect(formatList("zh-CN", ["甲", "乙", "丙"])).toBe("甲、乙、丙");
});

describe("the outline of a place", () => {
  const shape = { type: "Polygon", coordinates: [ring] } as const;

  test.each([0, 30, 60])("is whole and keeps its proportions at latitude %d", (lat) => {
    const at = ring.map(([lon, y]) => [lon, y - 30 + lat] as const);
    const fitted = fitInto(boxAround([{ type: "Polygon", coordinates: [at] }]), 400, 480);
    const [xs, ys] = [at.map(([lon]) => fitted.toX(lon)), at.map(([, y]) => fitted.toY(y))];
    expect(Math.min(...xs, ...ys)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...xs)).toBeLessThanOrEqual(fitted.width - 10);
    expect(Math.max(...ys)).toBeLessThanOrEqual(fitted.height - 10);
    expect(fitted.width).toBeLessThanOrEqual(400);
    expect(fitted.height).toBeLessThanOrEqual(480);
    const ratio = (Math.max(...xs) - Math.min(...xs)) / (Math.max(...ys) - Math.min(...ys));
    expect(ratio).toBeCloseTo(Math.cos(((lat + 0.005) * Math.PI) / 180), 2);
  });

  test("is drawn around all shapes", () => {
    const far = { type: "MultiPolygon", coordinates: [[ring.map(([lon, y]) => [lon + 1, y] as const)]] } as const;
    expect(boxAround([shape, far])).toEqual([120, 30, 121.01, 30.01]);
    expect(svgPath(shape, fitInto(boxAround([shape]), 400, 480))).toMatch(/^M12\.0,.*Z$/);
  });
});

describe("names on the map", () => {
  const box = (left: number, top = 0): Box => ({ left, top, right: left + 100, bottom: top + 20 });

  test("are hidden where they overlap an earlier name that is shown", () => {
    // The third overlaps only the second, which is hidden itself.
    expect(shownBoxes([box(0), box(60), box(120), box(60, 30)])).toEqual([true, false, true, true]);
  });
  test("are all shown where there is room", () => {
    expect(shownBoxes([box(0), box(110), box(0, 30)])).toEqual([true, true, true]);
  });
});
