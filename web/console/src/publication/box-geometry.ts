// Black boxes of a photo, in shares of its width and height. Pure functions.

export type Box = { left: number; top: number; width: number; height: number };
export type Point = { x: number; y: number };

export const BOXES_MAX = 40;
/** Smaller boxes are clicks. */
const LEAST = 0.01;
const STEP = 0.02;
/** A box that was added by a button, in the middle of the photo. */
export const FIRST_BOX: Box = { left: 0.4, top: 0.4, width: 0.2, height: 0.2 };

const within = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);
const rounded = (value: number) => Math.round(value * 10_000) / 10_000;

/** Return the box between two corners, cut off at the edges of the photo; null if it is too small to be meant. */
export function boxBetween(from: Point, to: Point): Box | null {
  const [left, right] = [from.x, to.x].map((x) => within(x, 0, 1)).sort((a, b) => a - b) as [number, number];
  const [top, bottom] = [from.y, to.y].map((y) => within(y, 0, 1)).sort((a, b) => a - b) as [number, number];
  if (right - left < LEAST || bottom - top < LEAST) return null;
  return { left: rounded(left), top: rounded(top), width: rounded(right - left), height: rounded(bottom - top) };
}

const MOVES: Record<string, readonly [dx: number, dy: number]> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

/** Return a box after an arrow key: moved, or with `isResizing` larger or smaller; null for another key. */
export function boxAfterKey(box: Box, key: string, isResizing: boolean): Box | null {
  const move = MOVES[key];
  if (!move) return null;
  const [dx, dy] = move;
  if (isResizing)
    return {
      ...box,
      width: rounded(within(box.width + dx, STEP, 1 - box.left)),
      height: rounded(within(box.height + dy, STEP, 1 - box.top)),
    };
  return {
    ...box,
    left: rounded(within(box.left + dx, 0, 1 - box.width)),
    top: rounded(within(box.top + dy, 0, 1 - box.height)),
  };
}

/** Return the edges of a box for CSS. */
export const boxStyle = (box: Box) =>
  Object.fromEntries(
    (["left", "top", "width", "height"] as const).map((name) => [name, `${(box[name] * 100).toFixed(2)}%`]),
  );
