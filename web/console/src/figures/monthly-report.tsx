// Visits, patrols, coverage and load of a month, from the month-end snapshot.
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Table } from "../ui/table";
import { Count, formatPercent, Rate } from "./rate";
import { WorstGroups } from "./worst-groups";

/** Figures of a month beside those of the previous month and of a year before. */
export function MonthlyReport(props: { report: Schemas["KeptWhole"] }) {
  const t = useTranslation();
  const { measures, rates, definitions, period } = props.report;
  if (!period?.is_kept) return <p class="quiet">{t("not_kept")}</p>;
  const shares = RATES.filter((rate) => rates?.[rate]?.denominator);
  const rows = (definitions ?? [])
    .map((definition) => ({
      definition,
      name: t.named(definition.title),
      figure: measures?.[definition.name],
    }))
    .filter(({ figure }) => figure);
  return (
    <>
      {!!period.partial_months?.length && <p class="quiet">{t("counted_late")}</p>}
      <div class="columns">
        <Table
          caption={t("visits_and_coverage")}
          heads={[t("what"), t("count"), t("previous"), t("year_before")]}
          numbers={[1, 2, 3]}
          testid="kept"
        >
          {rows.map(({ definition, name, figure }) => (
            <tr key={definition.name}>
              <th scope="row">{name}</th>
              <td class="number">
                <Count figure={figure} label={name} />
              </td>
              <td class="number">
                <Count figure={figure?.previous} label={`${name} ${t("previous")}`} />
              </td>
              <td class="number">
                <Count figure={figure?.year_before} label={`${name} ${t("year_before")}`} />
              </td>
            </tr>
          ))}
        </Table>
        <Table
          caption={t("rate")}
          heads={[t("rate"), t("value"), t("previous"), t("year_before")]}
          numbers={[1, 2, 3]}
          testid="kept-rates"
        >
          {shares.map((rate) => {
            const rateValue = rates?.[rate];
            return (
              <tr key={rate}>
                <th scope="row">{t(rate)}</th>
                <td class="number">
                  <Rate
                    value={rateValue?.value}
                    numerator={rateValue?.numerator}
                    denominator={rateValue?.denominator}
                    label={t(rate)}
                  />
                </td>
                <td class="number">{formatPercent(rateValue?.previous?.value)}</td>
                <td class="number">{formatPercent(rateValue?.year_before?.value)}</td>
              </tr>
            );
          })}
        </Table>
      </div>
      <WorstGroups
        worst={props.report.worst}
        rates={shares.map((rate) => ({ name: rate, title: t(rate), value: rates?.[rate]?.value }))}
      />
    </>
  );
}

const RATES = ["visit_rate", "visit_on_time_rate", "patrol_coverage", "home_coverage", "open_overdue_rate"] as const;
