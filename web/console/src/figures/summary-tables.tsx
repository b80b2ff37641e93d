// Measures and rates of a period beside those of earlier periods.
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Table } from "../ui/table";
import { Count, Rate } from "./rate";

type Summary = { measures?: Schemas["Measures"]; rates?: Schemas["Rates"]; definitions?: Schemas["Definitions"] };

/** Measures and rates beside those of the previous period and of the year before. */
export function SummaryTables(props: { summary: Summary }) {
  const t = useTranslation();
  const { measures, rates, definitions } = props.summary;
  return (
    <div class="columns">
      <Table
        caption={t("count")}
        heads={[t("what"), t("count"), t("previous"), t("year_before")]}
        numbers={[1, 2, 3]}
        testid="measures"
      >
        {definitions?.measures?.map((definition) => {
          const figure = measures?.[definition.name];
          const name = t.named(definition.title);
          return (
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
          );
        })}
      </Table>
      <Table
        caption={t("rate")}
        heads={[t("rate"), t("value"), t("previous"), t("year_before")]}
        numbers={[1, 2, 3]}
        testid="rates"
      >
        {definitions?.rates?.map((definition) => {
          const rate = rates?.[definition.name];
          const name = t.named(definition.title);
          return (
            <tr key={definition.name}>
              <th scope="row">{name}</th>
              <td class="number">
                <Rate value={rate?.value} numerator={rate?.numerator} denominator={rate?.denominator} label={name} />
                {definition.unanswered && (
                  <small class="of">
                    {t("unanswered")}{" "}
                    <Count figure={measures?.[definition.unanswered]} label={`${name} ${t("unanswered")}`} />
                  </small>
                )}
              </td>
              <td class="number">
                <Rate
                  value={rate?.previous}
                  numerator={rate?.numerator?.previous}
                  denominator={rate?.denominator?.previous}
                  label={`${name} ${t("previous")}`}
                />
              </td>
              <td class="number">
                <Rate
                  value={rate?.year_before}
                  numerator={rate?.numerator?.year_before}
                  denominator={rate?.denominator?.year_before}
                  label={`${name} ${t("year_before")}`}
                />
              </td>
            </tr>
          );
        })}
      </Table>
    </div>
  );
}
