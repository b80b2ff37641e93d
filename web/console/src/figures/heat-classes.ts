// Classes of counts for the colours of a heat map.
const CLASSES = 4;

/** Return up to four classes (least and greatest count) of equal width from 1 to the greatest count. */
export function heatClasses(counts: readonly number[]): [number, number][] {
  const most = Math.max(0, ...counts);
  const number = Math.min(CLASSES, most);
  return Array.from({ length: number }, (_, n) => [
    Math.floor((most * n) / number) + 1,
    Math.floor((most * (n + 1)) / number),
  ]);
}

/** Return the class of a count: 0 without cases, else the number of its class from 1 to 4. */
export const heatClassOf = (count: number, classes: readonly (readonly [number, number])[]): number =>
  classes.findIndex(([from, to]) => count >= from && count <= to) + 1;
