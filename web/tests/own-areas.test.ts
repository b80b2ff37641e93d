// Areas that an account directs, among all that it may read.
import { describe, expect, test } from "vitest";
import { areasInside } from "../console/src/areas/own-areas";

const area = (id: string, parent_id: string | null) => ({ id, properties: { parent_id } });
const DISTRICT = area("district", null);
const STREETS = [area("own street", "district"), area("other street", "district")];
const COMMUNITIES = [area("own community", "own street"), area("other community", "other street")];
const TREE = [DISTRICT, ...STREETS, ...COMMUNITIES];

const inside = (...own: string[]) =>
  areasInside([...STREETS, ...COMMUNITIES], TREE, new Set(own)).map((each) => each.id);

describe("areas of an account", () => {
  test("are its own area and those inside it", () => {
    expect(inside("own street")).toEqual(["own street", "own community"]);
    expect(inside("other community")).toEqual(["other community"]);
  });

  test("are all below an own district, also through a level that is not listed", () => {
    expect(inside("district")).toEqual(["own street", "other street", "own community", "other community"]);
    expect(areasInside(COMMUNITIES, TREE, new Set(["district"]))).toEqual(COMMUNITIES);
  });
});
