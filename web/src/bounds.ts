// Boxes around geometries.

/** West, south, east, north in degrees. */
export type Box = [number, number, number, number];

/** Return the box around all geometries; null if they have no coordinates. */
export function boundsAround(...shapes: (object | null | undefined)[]): Box | null {
  const numbers = shapes.flatMap(
    (shape) => (shape && "coordinates" in shape ? (shape.coordinates as unknown[]).flat(Infinity) : []) as number[],
  );
  if (numbers.length === 0) return null;
  const box: Box = [180, 90, -180, -90];
  for (let n = 0; n + 1 < numbers.length; n += 2) {
    box[0] = Math.min(box[0], numbers[n]!);
    box[1] = Math.min(box[1], numbers[n + 1]!);
    box[2] = Math.max(box[2], numbers[n]!);
    box[3] = Math.max(box[3], numbers[n + 1]!);
  }
  return box;
}
