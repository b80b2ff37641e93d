// Reported cases by weekday and hour, as a table whose cells are coloured and open their cases.
import { useRef, useState } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";
import { pageOfMembers } from "../navigation";
import { heatClassOf, heatClasses } from "./heat-classes";

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const two = (n: number) => String(n).padStart(2, "0");
const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/**
 * `counts`: seven days, Monday first, of 24 counts. `membersOf`: the path of the cases of an hour. One cell is in the order of
 * the Tab key; arrow keys move to the others.
 */
export function HeatMap(props: {
  counts: number[][];
  title: string;
  zone: string;
  membersOf: (weekday: number, hour: number) => string;
}) {
  const t = useTranslation();
  const body = useRef<HTMLTableSectionElement>(null);
  const [at, setAt] = useState<readonly [number, number]>([0, 8]);
  const edges = heatClasses(props.counts.flat());
  const weekdays = Array.from({ length: 7 }, (_, n) =>
    // 5 January 2026 is a Monday.
    new Date(Date.UTC(2026, 0, 5 + n)).toLocaleDateString(t.language, { weekday: "short", timeZone: "UTC" }),
  );
  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const next = [(at[0] + step[0] + 7) % 7, (at[1] + step[1] + 24) % 24] as const;
    setAt(next);
    body.current?.querySelector<HTMLElement>(`[data-at="${next.join("-")}"]`)?.focus();
  };
  return (
    <>
      <div class="scroll" tabIndex={0} role="region" aria-label={props.title}>
        <table class="heat" data-testid="heat">
          <caption class="unseen">
            {props.title}. {t("arrow_keys")}
          </caption>
          <thead>
            <tr>
              <th scope="col">
                <span class="unseen">{t("weekday")}</span>
              </th>
              {HOURS.map((hour) => (
                <th key={hour} scope="col">
                  {two(hour)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body}>
            {props.counts.map((day, n) => (
              <tr key={n}>
                <th scope="row">{weekdays[n]}</th>
                {day.map((count, hour) => (
                  <td key={hour}>
                    <a
                      class={`h-${heatClassOf(count, edges)}`}
                      href={pageOfMembers(props.membersOf(n + 1, hour)) ?? "#/evaluation"}
                      data-at={`${n}-${hour}`}
                      tabIndex={at[0] === n && at[1] === hour ? 0 : -1}
                      onFocus={() => setAt([n, hour])}
                      onKeyDown={move}
                      aria-label={`${weekdays[n]} ${two(hour)}:00–${two(hour)}:59: ${count}`}
                    >
                      {count || "·"}
                    </a>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul class="legend-row">
        {edges.map(([from, to], n) => (
          <li key={n}>
            <span class={`swatch h-${n + 1}`} aria-hidden="true" />
            {from === to ? from : `${from}–${to}`}
          </li>
        ))}
        <li class="quiet">{t("hours_in_zone", { zone: props.zone })}</li>
      </ul>
    </>
  );
}
