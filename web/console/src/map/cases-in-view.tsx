// The open cases in view as a list: the late and the pressing first. Each is pointed at on the map while it has the focus.
import { useCategoryName } from "../hooks/reference-data";
import { useWords } from "../hooks/use-translation";
import { queryOf } from "../navigation";
import { StatusTag } from "../ui/status-tag";
import { type Wanted } from "./map-filter";
import { drawnAs, stageOf } from "./map-symbols";
import type { OpenCase } from "./open-cases";
import { Sign } from "./symbol-icon";

const MOST = 50;

export function InView(props: { cases: OpenCase[]; isLate: (one: OpenCase) => boolean; wanted: Wanted; onPoint: (at: [number, number] | null) => void }) {
  const t = useWords();
  const category = useCategoryName();
  const { cases, isLate, wanted } = props;
  const first = [...cases].sort((a, b) => Number(isLate(b)) - Number(isLate(a)) || a.priority - b.priority || (a.due_at ?? "9").localeCompare(b.due_at ?? "9")).slice(0, MOST);
  const to = (one: OpenCase) => {
    const query = new URLSearchParams(location.hash.split("?")[1] ?? "");
    query.set("case", one.id);
    return `#/map?${queryOf(Object.fromEntries(query))}`;
  };
  return (
    <section aria-labelledby="inview">
      <h2 id="inview">{t("here")} <span class="quiet" data-testid="inview-count">{cases.length}</span></h2>
      {cases.length === 0 && <p class="quiet">{t("nothing")}</p>}
      <ul class="inview" data-testid="inview">
        {first.map((one) => (
          <li key={one.id} class={isLate(one) ? "late" : ""} onMouseEnter={() => props.onPoint([one.lon, one.lat])} onMouseLeave={() => props.onPoint(null)}>
            <Sign of={drawnAs(stageOf(one), isLate(one))} />{" "}
            <a href={to(one)} aria-current={one.id === wanted.chosen ? "true" : undefined} onFocus={() => props.onPoint([one.lon, one.lat])} onBlur={() => props.onPoint(null)}>{one.case_no}</a>{" "}
            {category(one.category)}
            <br />
            <StatusTag status={one.status} overdue={isLate(one)} />
            {one.due_at && <small> {t("due")} {t.at(one.due_at)}</small>}
          </li>
        ))}
      </ul>
      {cases.length > MOST && <p class="quiet">{t("more_in_view", { n: cases.length - MOST })}</p>}
    </section>
  );
}
