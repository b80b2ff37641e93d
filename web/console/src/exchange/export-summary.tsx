// The query of an export in words.
import { useCategoryName, useUnitName } from "../hooks/reference-data";
import { useAreaNames } from "../hooks/use-area-names";
import { useZone } from "../hooks/use-me";
import { useTranslation } from "../hooks/use-translation";
import { FILTER, STATUS } from "../words/codes";
import { filtersOf } from "./export-filters";

const UUID = /^[0-9a-f-]{36}$/;

export function QuerySummary(props: { query: Record<string, string> }) {
  const t = useTranslation();
  const zone = useZone();
  const { filters, others } = filtersOf(props.query, zone);
  const areaName = useAreaNames([filters.area_id]);
  const categoryName = useCategoryName();
  const unitName = useUnitName();
  const list = (codes: string, name: (code: string) => string) => t.alternatives(codes.split(",").map(name));
  /** An id has no name here; that the filter is set says enough. */
  const valueText = (value: string | undefined) =>
    value === "false" ? t("no") : value === "true" || UUID.test(value ?? "") ? t("yes") : value;
  const facts: [string, string | undefined][] = [
    [t("area"), filters.area_id && areaName(filters.area_id)],
    [
      t("status"),
      filters.status && list(filters.status, (code) => (code === "open" ? t("open") : t.code(STATUS, code))),
    ],
    [t("category"), filters.category && list(filters.category, categoryName)],
    [t("unit"), filters.owner_unit_id && (unitName(filters.owner_unit_id) || "…")],
    [t("case_no"), filters.case_no],
    [t("text"), filters.q],
    [t("only_overdue"), valueText(filters.overdue)],
    [t("only_waiting"), valueText(filters.waiting)],
    ...Object.keys(FILTER)
      .filter((name) => name !== "overdue" && name !== "waiting")
      .map((name): [string, string | undefined] => [t.code(FILTER, name), valueText(filters[name])]),
    [t("reported_from"), filters.from],
    [t("reported_to"), filters.to],
  ];
  const given = facts.filter(([, value]) => value);
  return (
    <>
      {given.length > 0 && (
        <dl data-testid="export-filters">
          {given.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {Object.entries(others).map(([name, value]) => (
        <p key={name} class="words">
          <code>
            {name}={value}
          </code>
        </p>
      ))}
    </>
  );
}
