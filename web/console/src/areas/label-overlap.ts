// Names on the map of areas: where two would overlap, the later one is hidden until the map is nearer.

export type Box = { left: number; top: number; right: number; bottom: number };

const GAP_PX = 2;

/** Return for each box whether it is shown: it overlaps none of the boxes before it that are shown. */
export function shownBoxes(boxes: readonly Box[]): boolean[] {
  const shown: Box[] = [];
  return boxes.map((box) => {
    const isFree = shown.every((other) => !overlap(box, other));
    if (isFree) shown.push(box);
    return isFree;
  });
}

const overlap = (a: Box, b: Box) =>
  a.left < b.right + GAP_PX && b.left < a.right + GAP_PX && a.top < b.bottom + GAP_PX && b.top < a.bottom + GAP_PX;

/** Hide the names that overlap an earlier one. The name of the chosen area comes first. */
export function hideOverlapping(labels: readonly HTMLElement[], chosen: HTMLElement | undefined): void {
  const ordered = chosen ? [chosen, ...labels.filter((label) => label !== chosen)] : labels;
  const isShown = shownBoxes(ordered.map((label) => label.getBoundingClientRect()));
  ordered.forEach((label, n) => (label.style.visibility = isShown[n] ? "" : "hidden"));
}
