// Visits, patrols, coverage and load of a month, from the month-end snapshot.
import { useWords } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Table } from "../ui/table";
import { Number, percent, Rate } from "./rate";
import { Worst } from "./worst-groups";

/** What a month came to, beside the month before and that of a year before. */
export function Kept(props: { of: Schemas["KeptWhole"] }) {
  const t = useWords();
  const { measures, rates, definitions, period } = props.of;
  if (!period?.is_kept) return <p class="quiet">{t("not_kept")}</p>;
  const shares = RATES.filter((rate) => rates?.[rate]?.denominator);
  const told = (definitions ?? []).map((one) => ({ one, name: t.named(one.title), figure: measures?.[one.name as keyof Schemas["KeptMeasures"]] })).filter(({ figure }) => figure);
  return (
    <>
      {!!period.partial_months?.length && <p class="quiet">{t("counted_late")}</p>}
      <div class="columns">
        <Table caption={t("visits_and_coverage")} heads={[t("what"), t("count"), t("previous"), t("year_before")]} numbers={[1, 2, 3]} testid="kept">
          {told.map(({ one, name, figure }) => (
            <tr key={one.name}>
              <th scope="row">{name}</th>
              <td class="number"><Number of={figure} label={name} /></td>
              <td class="number"><Number of={figure?.previous} label={`${name} ${t("previous")}`} /></td>
              <td class="number"><Number of={figure?.year_before} label={`${name} ${t("year_before")}`} /></td>
            </tr>
          ))}
        </Table>
        <Table caption={t("rate")} heads={[t("rate"), t("value"), t("previous"), t("year_before")]} numbers={[1, 2, 3]} testid="kept-rates">
          {shares.map((rate) => {
            const found = rates?.[rate];
            return (
              <tr key={rate}>
                <th scope="row">{t(rate)}</th>
                <td class="number"><Rate value={found?.value} of={found?.numerator} among={found?.denominator} label={t(rate)} /></td>
                <td class="number">{percent(found?.previous?.value)}</td>
                <td class="number">{percent(found?.year_before?.value)}</td>
              </tr>
            );
          })}
        </Table>
      </div>
      <Worst worst={props.of.worst} rates={shares.map((rate) => ({ name: rate, title: t(rate), value: rates?.[rate]?.value }))} />
    </>
  );
}

const RATES = ["visit_rate", "visit_on_time_rate", "patrol_coverage", "home_coverage", "open_overdue_rate"] as const;
