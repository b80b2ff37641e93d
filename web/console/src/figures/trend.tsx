// Lines over days or months. The table below the lines has the same values, with links to their cases.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";
import { pageOfMembers } from "../navigation";
import { ErrorMessage } from "../ui/error-message";
import { Table } from "../ui/table";
import { Picture } from "./picture";
import type { Plot } from "./trend-plot";

export type TrendSeries = {
  title: string;
  values: (number | null)[];
  /** The path of the cases of each point. */
  members: string[];
  /** The value in the table, with links. */
  cell: (point: number) => ComponentChildren;
};

export function Trend(props: {
  title: string;
  testid: string;
  head: string;
  labels: string[];
  names: string[];
  series: TrendSeries[];
  format: (value: number) => string;
}) {
  return (
    <Picture title={props.title} testid={props.testid}>
      {(isSeen) => (
        <div class="frame">
          {isSeen ? <Lines {...props} /> : <div class="skeleton tall" />}
          <ul class="legend-row">
            {props.series.map(({ title }, n) => (
              <li key={title}>
                <svg viewBox="0 0 26 14" aria-hidden="true">
                  <line class={`line-${n}`} x1="0" x2="26" y1="7" y2="7" />
                </svg>
                {title}
              </li>
            ))}
          </ul>
          <ValueTable {...props} />
        </div>
      )}
    </Picture>
  );
}

type LinesProps = Parameters<typeof Trend>[0];

function Lines(props: LinesProps) {
  const t = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const [point, setPoint] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const latest = useRef(props);
  latest.current = props;
  const content = JSON.stringify([props.labels, props.series.map(({ title, values }) => [title, values])]);
  useEffect(() => {
    let plot: Plot | null = null;
    let isGone = false;
    import("./trend-plot").then(({ drawTrend }) => {
      if (isGone || !place.current) return;
      place.current.replaceChildren();
      const { labels, series, format } = latest.current;
      plot = drawTrend(
        place.current,
        { labels, series, format },
        {
          onPoint: setPoint,
          onOpen: (chosen, series) => {
            const page = pageOfMembers(latest.current.series[series]?.members[chosen] ?? "");
            if (page) location.hash = page;
          },
        },
      );
      place.current.setAttribute("data-drawn", String(labels.length));
    }, setError);
    return () => {
      isGone = true;
      plot?.destroy();
    };
  }, [content, t.language]);
  if (error !== null) return <ErrorMessage error={error} />;
  return (
    <>
      <div
        class="plot"
        ref={place}
        role="img"
        aria-label={`${props.title}: ${props.series.map(({ title }) => title).join(", ")}. ${t("table_has_values")}`}
        data-testid="plot"
      />
      <p class="plot-values quiet" aria-hidden="true" data-testid="plot-values">
        {point !== null && props.names[point] !== undefined
          ? `${props.names[point]}: ${props.series
              .map(({ title, values }) => `${title} ${values[point] == null ? "–" : props.format(values[point])}`)
              .join(" · ")}`
          : t("press_point")}
      </p>
    </>
  );
}

function ValueTable(props: LinesProps) {
  const t = useTranslation();
  return (
    <details class="values" data-testid={`${props.testid}-values`}>
      <summary>{t("table_of_values")}</summary>
      <Table
        caption={props.title}
        heads={[props.head, ...props.series.map(({ title }) => title)]}
        numbers={props.series.map((_, n) => n + 1)}
      >
        {props.names.map((name, point) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {props.series.map(({ title, cell }) => (
              <td key={title} class="number">
                {cell(point)}
              </td>
            ))}
          </tr>
        ))}
      </Table>
    </details>
  );
}
