// The polygon of a notice: corners in the order of its border.
import type { MultiPolygon } from "geojson";
import { describe, expect, test } from "vitest";
import {
  type Corner,
  drawingOf,
  geometryOf,
  isIncomplete,
  sketchOf,
  withCorner,
  withMovedCorner,
  withoutCorner,
} from "../console/src/notices/polygon";

const SQUARE: Corner[] = [
  [120, 30],
  [121, 30],
  [121, 31],
  [120, 31],
];
const draw = (corners: readonly Corner[]) => ({ corners, fixed: null });

describe("a drawn polygon", () => {
  test("is closed, from three corners on", () => {
    expect(geometryOf(draw(SQUARE.slice(0, 2)))).toBeNull();
    expect(geometryOf(draw(SQUARE))).toEqual({ type: "Polygon", coordinates: [[...SQUARE, SQUARE[0]]] });
    expect([0, 1, 2, 3].map((count) => isIncomplete(draw(SQUARE.slice(0, count))))).toEqual([false, true, true, false]);
  });

  test("is a line while it has two corners", () => {
    expect(sketchOf(draw([]))).toBeNull();
    expect(sketchOf(draw(SQUARE.slice(0, 1)))).toBeNull();
    expect(sketchOf(draw(SQUARE.slice(0, 2)))?.type).toBe("LineString");
    expect(sketchOf(draw(SQUARE))?.type).toBe("Polygon");
  });

  test("gets a new corner on the nearest edge, also on the last one", () => {
    expect(withCorner(SQUARE, [120.5, 29.9])[1]).toEqual([120.5, 29.9]);
    expect(withCorner(SQUARE, [119.9, 30.5])[4]).toEqual([119.9, 30.5]);
    const crossed: Corner[] = [SQUARE[0]!, SQUARE[2]!, SQUARE[1]!];
    expect(withCorner(crossed, SQUARE[3]!)).toEqual([SQUARE[0], SQUARE[3], SQUARE[2], SQUARE[1]]);
  });

  test("loses and moves the corner that is named", () => {
    expect(withoutCorner(SQUARE, 1)).toEqual([SQUARE[0], SQUARE[2], SQUARE[3]]);
    expect(withMovedCorner(SQUARE, 3, [119, 32])).toEqual([...SQUARE.slice(0, 3), [119, 32]]);
  });
});

describe("a stored geometry", () => {
  const ring = [...SQUARE, SQUARE[0]!].map(([lon, lat]) => [lon, lat]);

  test("of one part without holes is changed by its corners", () => {
    const stored: MultiPolygon = { type: "MultiPolygon", coordinates: [[ring]] };
    expect(drawingOf(stored)).toEqual(draw(SQUARE));
    expect(geometryOf(drawingOf(stored))).toEqual({ type: "Polygon", coordinates: [ring] });
  });

  test("of several parts or with holes stays as it is", () => {
    for (const coordinates of [[[ring], [ring]], [[ring, ring]]]) {
      const stored: MultiPolygon = { type: "MultiPolygon", coordinates };
      expect(geometryOf(drawingOf(stored))).toBe(stored);
      expect(drawingOf(stored).corners).toEqual([]);
    }
  });

  test("that is absent is no drawing", () => {
    expect(geometryOf(drawingOf(null))).toBeNull();
    expect(isIncomplete(drawingOf(undefined))).toBe(false);
  });
});
