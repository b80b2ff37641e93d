// Two squares side by side share the edge from b to e:
//
//   f - e - d
//   |west|east|
//   a - b - c
import { describe, expect, test } from "vitest";
import {
  adjacentAreas,
  type AreaInput,
  areasByCorner,
  geometryOf,
  insertCorner,
  labelPosition,
  mergeAreas,
  moveCorner,
  offsetPosition,
  type Position,
  type RedrawDraft,
  redrawPayload,
  removeCorner,
  renameArea,
  splitArea,
  toRedrawDraft,
} from "../console/src/areas/topology";

const [a, b, c, d, e, f] = [
  [120, 30],
  [120.01, 30],
  [120.02, 30],
  [120.02, 30.01],
  [120.01, 30.01],
  [120, 30.01],
] as const;

function area(code: string, ...rings: (readonly Position[])[]): AreaInput {
  const coordinates = rings.map((ring) => [...ring, ring[0]]);
  return { id: `id-${code}`, code, name: { en: code }, geometry: { type: "Polygon", coordinates } };
}

const WEST = area("west", [a, b, e, f]);
const EAST = area("east", [b, c, d, e]);
const squares = () => toRedrawDraft([WEST, EAST]);
const cornerAt = (draft: RedrawDraft, [lon, lat]: Position) =>
  draft.corners.findIndex((corner) => corner[0] === lon && corner[1] === lat);
const ringOf = (draft: RedrawDraft, key: string, n = 0) =>
  draft.areas.find((candidate) => candidate.key === key)!.rings[n]!.map((corner) => draft.corners[corner]!);
const geometryOfKey = (draft: RedrawDraft, key: string) =>
  geometryOf(
    draft,
    draft.areas.find((candidate) => candidate.key === key)!,
  );
/** Twice the signed area in square degrees: positive if the ring runs counter-clockwise. */
const turn = (ring: readonly Position[]) =>
  ring.reduce((sum, [x, y], n) => {
    const [nextX, nextY] = ring[(n + 1) % ring.length]!;
    return sum + (x - 120) * (nextY - 30) - (nextX - 120) * (y - 30);
  }, 0);

describe("toRedrawDraft", () => {
  test("makes one corner of equal coordinates", () => {
    const draft = squares();
    expect(draft.corners).toHaveLength(6);
    expect(
      areasByCorner(draft)
        .get(cornerAt(draft, b))!
        .map(({ code }) => code),
    ).toEqual(["west", "east"]);
    expect(
      areasByCorner(draft)
        .get(cornerAt(draft, a))!
        .map(({ code }) => code),
    ).toEqual(["west"]);
  });

  test("turns outer rings counter-clockwise and holes clockwise", () => {
    const hole = [
      [120.004, 30.004],
      [120.006, 30.004],
      [120.006, 30.006],
      [120.004, 30.006],
    ] as const;
    const draft = toRedrawDraft([area("west", [f, e, b, a], hole)]);
    expect(turn(ringOf(draft, "id-west"))).toBeGreaterThan(0);
    expect(turn(ringOf(draft, "id-west", 1))).toBeLessThan(0);
  });

  test("inserts a corner of a neighbour that lies on an edge, in order", () => {
    const [low, high] = [
      [120.01, 30.003],
      [120.01, 30.006],
    ] as const;
    const draft = toRedrawDraft([WEST, area("north", [high, d, e]), area("south", [b, c, low])]);
    expect(ringOf(draft, "id-west")).toEqual([a, b, low, high, e, f]);
  });

  test("leaves a corner alone that is 5 cm beside the edge", () => {
    const beside = offsetPosition([120.01, 30.005], 0.05, 0);
    const draft = toRedrawDraft([WEST, area("east", [beside, c, d])]);
    expect(ringOf(draft, "id-west")).toEqual([a, b, e, f]);
  });
});

test("moveCorner moves a shared corner in both areas and leaves the draft before it as it was", () => {
  const before = squares();
  const to: Position = [120.011, 30.001];
  const after = moveCorner(before, cornerAt(before, b), to);
  for (const key of ["id-west", "id-east"]) {
    expect(ringOf(after, key)).toContainEqual(to);
    expect(ringOf(after, key)).not.toContainEqual(b);
    expect(ringOf(before, key)).toContainEqual(b);
  }
});

test("moveCorner rounds to nine decimals", () => {
  expect(moveCorner(squares(), 0, [120.12345678949, 30.98765432151]).corners[0]).toEqual([120.123456789, 30.987654322]);
});

test.each([0, 30.2787, 60])("offsetPosition goes 100 m east and north at latitude %d", (lat) => {
  const [lon, northLat] = offsetPosition([120, lat], 100, 100);
  const east = (lon - 120) * 111_320 * Math.cos((lat * Math.PI) / 180);
  expect(east).toBeCloseTo(100, 2);
  expect((northLat - lat) * 111_320).toBeCloseTo(100, 2);
});

test("insertCorner inserts into both areas of an edge, whichever way it is named", () => {
  const draft = squares();
  const [from, to] = [cornerAt(draft, b), cornerAt(draft, e)];
  const middle: Position = [120.0105, 30.005];
  for (const [first, second] of [
    [from, to],
    [to, from],
  ] as const) {
    const [after, corner] = insertCorner(draft, first, second, middle);
    expect(after.corners[corner]).toEqual(middle);
    expect(ringOf(after, "id-west")).toEqual([a, b, middle, e, f]);
    expect(ringOf(after, "id-east")).toEqual([b, c, d, e, middle]);
  }
});

test("removeCorner removes from both areas, and refuses to leave two corners", () => {
  const draft = squares();
  const less = removeCorner(draft, cornerAt(draft, b))!;
  expect(ringOf(less, "id-west")).toEqual([a, e, f]);
  expect(ringOf(less, "id-east")).toEqual([c, d, e]);
  expect(removeCorner(less, cornerAt(draft, e))).toBeNull();
});

describe("splitArea", () => {
  const half = { key: "new", code: "half", name: { en: "half" } };

  test("keeps the land to the right of the cut and gives the rest to a new area", () => {
    const draft = squares();
    const after = splitArea(draft, "id-west", cornerAt(draft, a), cornerAt(draft, e), half)!;
    expect(ringOf(after, "id-west")).toEqual([a, b, e]);
    expect(ringOf(after, "new")).toEqual([e, f, a]);
    expect(after.areas.map(({ id, code }) => [id, code])).toEqual([
      ["id-west", "west"],
      [null, "half"],
      ["id-east", "east"],
    ]);
    expect(turn(ringOf(after, "id-west")) + turn(ringOf(after, "new"))).toBeCloseTo(turn(ringOf(draft, "id-west")), 12);
  });

  test("refuses a cut along an edge, between other areas' corners, or of an unknown area", () => {
    const draft = squares();
    expect(splitArea(draft, "id-west", cornerAt(draft, a), cornerAt(draft, b), half)).toBeNull();
    expect(splitArea(draft, "id-west", cornerAt(draft, a), cornerAt(draft, c), half)).toBeNull();
    expect(splitArea(draft, "id-none", cornerAt(draft, a), cornerAt(draft, e), half)).toBeNull();
  });

  test("refuses an area with a hole", () => {
    const hole = [
      [120.004, 30.004],
      [120.006, 30.006],
      [120.006, 30.004],
    ] as const;
    const draft = toRedrawDraft([area("west", [a, b, e, f], hole)]);
    expect(splitArea(draft, "id-west", cornerAt(draft, a), cornerAt(draft, e), half)).toBeNull();
  });
});

describe("mergeAreas", () => {
  test("removes the border and keeps code and name of the first area", () => {
    const after = mergeAreas(squares(), "id-east", "id-west")!;
    expect(after.areas.map(({ key, code }) => [key, code])).toEqual([["id-east", "east"]]);
    const ring = ringOf(after, "id-east");
    expect(turn(ring)).toBeCloseTo(turn([a, b, c, d, e, f]), 12);
    expect(ring).toHaveLength(6);
  });

  test("makes a hole where the merged areas surround land", () => {
    const [in1, in2] = [
      [120.008, 30.004],
      [120.012, 30.004],
    ] as const;
    const [in3, in4] = [
      [120.012, 30.006],
      [120.008, 30.006],
    ] as const;
    const south = area("south", [a, c, in2, in1]);
    const north = area("north", [c, d, f, a, in1, in4, in3, in2]);
    const after = mergeAreas(toRedrawDraft([south, north]), "id-south", "id-north")!;
    const geometry = geometryOfKey(after, "id-south");
    expect(geometry.type).toBe("Polygon");
    expect(geometry.coordinates).toHaveLength(2);
    expect(geometry.coordinates[1]).toHaveLength(5);
  });

  test("refuses areas that only share a corner, and an area with itself", () => {
    const away = area("away", [d, [120.03, 30.01], [120.03, 30.02]]);
    const draft = toRedrawDraft([EAST, away]);
    expect(areasByCorner(draft).get(cornerAt(draft, d))).toHaveLength(2);
    expect(mergeAreas(draft, "id-east", "id-away")).toBeNull();
    expect(mergeAreas(draft, "id-east", "id-east")).toBeNull();
    expect(adjacentAreas(draft, "id-east")).toEqual([]);
  });
});

test("adjacentAreas returns the areas across an edge", () => {
  expect(adjacentAreas(squares(), "id-west").map(({ key }) => key)).toEqual(["id-east"]);
});

test("geometryOf puts each hole into the piece around it", () => {
  const square = (lon: number, side: number): Position[] => [
    [lon, 30],
    [lon + side, 30],
    [lon + side, 30 + side],
    [lon, 30 + side],
  ];
  const hole = square(121.01, 0.01).map(([lon, lat]): Position => [lon, lat + 0.01]);
  const close = (ring: Position[]) => [...ring, ring[0]!];
  const draft = toRedrawDraft([
    {
      ...WEST,
      geometry: {
        type: "MultiPolygon",
        coordinates: [[close(square(120, 0.05))], [close(square(121, 0.05)), close(hole)]],
      },
    },
  ]);
  const geometry = geometryOfKey(draft, "id-west");
  expect(geometry.type).toBe("MultiPolygon");
  expect(geometry.coordinates.map((polygon) => polygon.length)).toEqual([1, 2]);
});

describe("redrawPayload", () => {
  test("is empty where nothing changed", () => {
    expect(redrawPayload(squares(), squares())).toEqual({ replaces: [], areas: [] });
  });

  test("names both areas of a moved corner and only the renamed area", () => {
    const before = squares();
    const moved = redrawPayload(before, moveCorner(before, cornerAt(before, b), [120.011, 30]));
    expect(moved.replaces).toEqual(["id-west", "id-east"]);
    const renamed = redrawPayload(before, renameArea(before, "id-east", { code: "e2" }));
    expect(renamed.replaces).toEqual(["id-east"]);
    expect(renamed.areas).toEqual([
      { id: "id-east", code: "e2", name: { en: "east" }, geometry: geometryOfKey(before, "id-east") },
    ]);
  });

  test("replaces the removed area of a merge, and gives no id to a new area", () => {
    const before = squares();
    const merged = redrawPayload(before, mergeAreas(before, "id-west", "id-east")!);
    expect(merged.replaces.sort()).toEqual(["id-east", "id-west"]);
    expect(merged.areas).toHaveLength(1);
    const half = { key: "new", code: "half", name: {} };
    const split = splitArea(before, "id-west", cornerAt(before, a), cornerAt(before, e), half)!;
    expect(redrawPayload(before, split).areas.map(({ id, code }) => [id, code])).toEqual([
      ["id-west", "west"],
      [undefined, "half"],
    ]);
  });
});

test("labelPosition is the middle of the largest piece", () => {
  const draft = squares();
  const [lon, lat] = labelPosition(draft, draft.areas[0]!);
  expect([lon, lat]).toEqual([expect.closeTo(120.005, 9), expect.closeTo(30.005, 9)]);
});
