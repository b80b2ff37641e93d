// Black boxes of a photo: drawn between two corners, moved and resized by keys.
import { describe, expect, test } from "vitest";
import { boxAfterKey, boxBetween, boxStyle } from "../console/src/publication/box-geometry";

describe("a box", () => {
  test("lies between two corners, whichever comes first", () => {
    const box = { left: 0.2, top: 0.3, width: 0.4, height: 0.5 };
    expect(boxBetween({ x: 0.2, y: 0.3 }, { x: 0.6, y: 0.8 })).toEqual(box);
    expect(boxBetween({ x: 0.6, y: 0.8 }, { x: 0.2, y: 0.3 })).toEqual(box);
  });

  test("is cut off at the edges of the photo", () => {
    expect(boxBetween({ x: -0.5, y: 0.5 }, { x: 0.5, y: 2 })).toEqual({ left: 0, top: 0.5, width: 0.5, height: 0.5 });
  });

  test("is none if it is as small as a click", () => {
    expect(boxBetween({ x: 0.5, y: 0.5 }, { x: 0.505, y: 0.9 })).toBeNull();
  });

  test("moves by arrow keys and stays within the photo", () => {
    const box = { left: 0.79, top: 0, width: 0.2, height: 0.2 };
    expect(boxAfterKey(box, "ArrowRight", false)).toEqual({ ...box, left: 0.8 });
    expect(boxAfterKey(box, "ArrowUp", false)).toEqual(box);
    expect(boxAfterKey(box, "a", false)).toBeNull();
  });

  test("grows and shrinks with Shift, not beyond the photo and not to nothing", () => {
    const box = { left: 0.79, top: 0.5, width: 0.2, height: 0.03 };
    expect(boxAfterKey(box, "ArrowRight", true)).toEqual({ ...box, width: 0.21 });
    expect(boxAfterKey(box, "ArrowUp", true)).toEqual({ ...box, height: 0.02 });
  });

  test("is placed in per cent", () => {
    expect(boxStyle({ left: 0.1, top: 0.25, width: 1 / 3, height: 0.5 })).toEqual({
      left: "10.00%",
      top: "25.00%",
      width: "33.33%",
      height: "50.00%",
    });
  });
});
