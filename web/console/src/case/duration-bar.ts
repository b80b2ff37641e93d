// Widths of the parts of a bar that shows how long a case took. Pure.

export type Span = { seconds?: number; working_seconds?: number };

/** Least width of a part, of 1,000, so that a short offer stays visible beside weeks of handling. */
export const LEAST_WIDTH = 6;
const WIDTH = 1_000;

/** Return the time that the bar shows: that of the rules, or of the calendar if nothing happened in work time. */
export function shownTime(spans: readonly Span[]): (span: Span) => number {
  const hasWorkTime = spans.some((span) => (span.working_seconds ?? 0) > 0);
  return (span) => (hasWorkTime ? span.working_seconds : span.seconds) ?? 0;
}

/** Return [left edge, width] of each span in a bar of 1,000. A span that lasted has at least `LEAST_WIDTH`. */
export function barParts(spans: readonly Span[]): [number, number][] {
  const time = shownTime(spans);
  const total = spans.reduce((sum, span) => sum + time(span), 0);
  if (total === 0) return spans.map(() => [0, 0]);
  const raised = spans.map((span) => (time(span) > 0 ? Math.max(LEAST_WIDTH, (time(span) / total) * WIDTH) : 0));
  const scale = WIDTH / raised.reduce((sum, width) => sum + width, 0);
  let left = 0;
  return raised.map((width) => {
    const part: [number, number] = [left, width * scale];
    left += width * scale;
    return part;
  });
}
