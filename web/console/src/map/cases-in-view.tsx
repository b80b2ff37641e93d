// The open cases in view as a list, late and urgent ones first. A case is marked on the map while it has the focus.
import { useCategoryName } from "../hooks/reference-data";
import { useTranslation } from "../hooks/use-translation";
import { queryString } from "../navigation";
import { StatusTag } from "../ui/status-tag";
import type { MapFilter } from "./map-filter";
import { stageOf, symbolFor } from "./map-symbols";
import type { OpenCase } from "./open-cases";
import { SymbolIcon } from "./symbol-icon";

const MAX_LISTED = 50;

export function CasesInView(props: {
  cases: OpenCase[];
  isLate: (incident: OpenCase) => boolean;
  filter: MapFilter;
  onPoint: (at: [number, number] | null) => void;
}) {
  const t = useTranslation();
  const category = useCategoryName();
  const { cases, isLate, filter } = props;
  const sorted = [...cases]
    .sort(
      (a, b) =>
        Number(isLate(b)) - Number(isLate(a)) ||
        a.priority - b.priority ||
        (a.due_at ?? "9").localeCompare(b.due_at ?? "9"),
    )
    .slice(0, MAX_LISTED);
  const to = (incident: OpenCase) => {
    const query = new URLSearchParams(location.hash.split("?")[1] ?? "");
    query.set("case", incident.id);
    return `#/map?${queryString(Object.fromEntries(query))}`;
  };
  return (
    <section aria-labelledby="inview">
      <h2 id="inview">
        {t("here")}{" "}
        <span class="quiet" data-testid="inview-count">
          {cases.length}
        </span>
      </h2>
      {cases.length === 0 && <p class="quiet">{t("nothing")}</p>}
      <ul class="inview" data-testid="inview">
        {sorted.map((incident) => (
          <li
            key={incident.id}
            class={isLate(incident) ? "late" : ""}
            onMouseEnter={() => props.onPoint([incident.lon, incident.lat])}
            onMouseLeave={() => props.onPoint(null)}
          >
            <SymbolIcon symbol={symbolFor(stageOf(incident), isLate(incident))} />{" "}
            <a
              href={to(incident)}
              aria-current={incident.id === filter.chosen ? "true" : undefined}
              onFocus={() => props.onPoint([incident.lon, incident.lat])}
              onBlur={() => props.onPoint(null)}
            >
              {incident.case_no}
            </a>{" "}
            {category(incident.category)}
            <br />
            <StatusTag status={incident.status} overdue={isLate(incident)} />
            {incident.due_at && (
              <small>
                {" "}
                {t("due")} {t.at(incident.due_at)}
              </small>
            )}
          </li>
        ))}
      </ul>
      {cases.length > MAX_LISTED && <p class="quiet">{t("more_in_view", { n: cases.length - MAX_LISTED })}</p>}
    </section>
  );
}
