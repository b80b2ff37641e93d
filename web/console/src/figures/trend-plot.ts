// A line chart by uPlot. Its colours are read from the tokens each time it is drawn.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export type Series = { title: string; values: (number | null)[] };
export type Plot = { destroy: () => void };

const HEIGHT_PX = 230;
/** Token and dashes of each line; the legend has the same (`line-0` and so on). */
const LINES = [
  ["--link", []],
  ["--good", [7, 4]],
  ["--bad", [2, 3]],
] as const;

/**
 * Draw the series over the labels. `onPoint` gets the number of the point under the pointer, or null; `onOpen` the point and
 * the series that were pressed.
 */
export function drawTrend(
  place: HTMLElement,
  content: { labels: string[]; series: Series[]; format: (value: number) => string },
  events: { onPoint: (point: number | null) => void; onOpen: (point: number, series: number) => void },
): Plot {
  const { labels, series, format } = content;
  const token = (name: string) => () => getComputedStyle(place).getPropertyValue(name).trim();
  const font = `12px ${getComputedStyle(place).fontFamily}`;
  const axis = { stroke: token("--quiet"), grid: { stroke: token("--line"), width: 1 }, ticks: { show: false }, font };
  const plot = new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT_PX,
      padding: [12, 12, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 9 } },
      scales: {
        x: { time: false, range: [-0.3, labels.length - 0.7] },
        y: { range: (_, __, most) => [0, topOf(most)] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          incrs: [1, 2, 3, 5, 7, 10, 15],
          space: 46,
          size: 30,
          values: (_, splits) => splits.map((n) => (Number.isInteger(n) ? (labels[n] ?? "") : "")),
        },
        { ...axis, size: 52, space: 34, values: (_, splits) => splits.map(format) },
      ],
      series: [
        {},
        ...series.map(({ title }, n) => ({
          label: title,
          stroke: token(LINES[n % LINES.length]![0]),
          width: 2,
          dash: [...LINES[n % LINES.length]![1]],
          points: { show: labels.length < 14, size: 6, fill: token("--paper") },
        })),
      ],
      hooks: { setCursor: [(drawn: uPlot) => events.onPoint(drawn.cursor.idx ?? null)] },
    },
    [labels.map((_, n) => n), ...series.map(({ values }) => values)],
    place,
  );
  plot.over.addEventListener("click", () => {
    const point = plot.cursor.idx;
    if (point == null) return;
    const distances = series.map(({ values }) =>
      values[point] == null ? Infinity : Math.abs(plot.valToPos(values[point], "y") - (plot.cursor.top ?? 0)),
    );
    events.onOpen(point, distances.indexOf(Math.min(...distances)));
  });
  const resized = new ResizeObserver(() => {
    if (place.clientWidth !== plot.width) plot.setSize({ width: place.clientWidth, height: HEIGHT_PX });
  });
  resized.observe(place);
  // Light and dark: the tokens are other ones then.
  const recolour = () => plot.redraw(false);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", recolour);
  const themed = new MutationObserver(recolour);
  themed.observe(document.documentElement, { attributes: true });
  return {
    destroy: () => {
      resized.disconnect();
      themed.disconnect();
      scheme.removeEventListener("change", recolour);
      plot.destroy();
    },
  };
}

/** Return the upper end of the axis: a little above the greatest value. */
const topOf = (most: number | null): number => Math.max(most ?? 0, 1e-9) * 1.08;
