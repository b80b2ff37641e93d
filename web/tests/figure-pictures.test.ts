// Rules of the pictures of figures: findings, classes of colours, outlines of areas.
import { describe, expect, test } from "vitest";
import { outlinesOf } from "../console/src/figures/area-shapes";
import { bandOf } from "../console/src/figures/figure-types";
import { findingsOf, mergeEqualRates } from "../console/src/figures/findings";
import { heatClasses, heatClassOf } from "../console/src/figures/heat-classes";

const counted = (count: number) => ({ count, members: `/m?${count}` });
const group = (value: string, part: number, whole: number) => ({
  group: { by: "unit", value, name: null },
  value: part / whole,
  numerator: counted(part),
  denominator: counted(whole),
});

describe("findings", () => {
  const worst = {
    closure_rate: [{ by: "unit", groups: [group("few", 0, 6), group("many", 700, 1000)] }],
    on_time_rate: [{ by: "unit", groups: [group("many", 650, 1000)] }],
  };
  const rates = { closure_rate: { value: 0.9 }, on_time_rate: { value: 0.9 } };
  const findings = findingsOf(worst as never, rates as never, ({ value }) => String(value));

  test("have those with most cases behind them first, each group once", () => {
    expect(findings.map(({ name, weight }) => [name, weight])).toEqual([
      ["many", 250],
      ["few", 5.4],
    ]);
    expect(findings[0]!.rates.map(({ rate }) => rate)).toEqual(["on_time_rate", "closure_rate"]);
  });

  test("write equal numbers of several rates once", () => {
    const [rate] = findings[1]!.rates;
    const merged = mergeEqualRates([rate!, { ...rate!, rate: "disposal_rate" }, findings[0]!.rates[0]!]);
    expect(merged.map(({ names }) => names)).toEqual([["closure_rate", "disposal_rate"], ["on_time_rate"]]);
  });
});

describe("classes", () => {
  test("of a rate are those of the printed map", () => {
    const bands = [0.7, 0.8, 0.9, 0.95];
    expect([0, 0.69, 0.7, 0.8999, 0.9, 0.95, 1].map((value) => bandOf(value, bands))).toEqual([0, 0, 1, 2, 3, 4, 4]);
    expect(bandOf(null, bands)).toBeNull();
  });

  test.each([0, 1, 2, 3, 4, 5, 7, 10, 100, 137])("of counts up to %i have every count once", (most) => {
    const classes = heatClasses([0, most]);
    expect(classes.length).toBe(Math.min(4, most));
    for (let count = 1; count <= most; count++) expect(heatClassOf(count, classes)).toBeGreaterThan(0);
    expect(heatClassOf(0, classes)).toBe(0);
    if (most) expect(heatClassOf(most, classes)).toBe(classes.length);
  });
});

test("outlines fit the width, are not distorted, and have their number inside", () => {
  const square = (west: number): [number, number][] => [
    [west, 60],
    [west + 0.02, 60],
    [west + 0.02, 60.01],
    [west, 60.01],
    [west, 60],
  ];
  const { height, outlines } = outlinesOf(
    [
      { id: "a", shape: { type: "Polygon", coordinates: [square(10)] } },
      { id: "b", shape: { type: "MultiPolygon", coordinates: [[square(10.02)]] } },
    ],
    400,
  );
  // At 60 degrees north 0.04 degrees of longitude are as long as 0.02 of latitude.
  expect(height).toBeCloseTo(200, 0);
  expect(outlines.map(({ at }) => at.map(Math.round))).toEqual([
    [100, 100],
    [300, 100],
  ]);
  expect(outlinesOf([], 400)).toEqual({ height: 0, outlines: [] });
});
