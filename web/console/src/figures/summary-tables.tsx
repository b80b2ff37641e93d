// Measures and rates of a period beside those of earlier periods.
import { useWords } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Table } from "../ui/table";
import { Number, Rate } from "./rate";

type Beside = Schemas["FigureBeside"];
type Counts = { measures?: Schemas["Measures"]; rates?: Schemas["Rates"]; definitions?: Schemas["Definitions"] };

/** Measures beside the period before and the year before, and the rates with what they are made of. */
export function Whole(props: { of: Counts }) {
  const t = useWords();
  const { measures, rates, definitions } = props.of;
  return (
    <div class="columns">
      <Table caption={t("count")} heads={[t("what"), t("count"), t("previous"), t("year_before")]} numbers={[1, 2, 3]} testid="measures">
        {definitions?.measures?.map((one) => {
          const counted = measures?.[one.name as keyof Schemas["Measures"]] as Beside | undefined;
          const name = t.named(one.title);
          return (
            <tr key={one.name}>
              <th scope="row">{name}</th>
              <td class="number"><Number of={counted} label={name} /></td>
              <td class="number"><Number of={counted?.previous} label={`${name} ${t("previous")}`} /></td>
              <td class="number"><Number of={counted?.year_before} label={`${name} ${t("year_before")}`} /></td>
            </tr>
          );
        })}
      </Table>
      <Table caption={t("rate")} heads={[t("rate"), t("value"), t("previous"), t("year_before")]} numbers={[1, 2, 3]} testid="rates">
        {definitions?.rates?.map((one) => {
          const rate = rates?.[one.name as keyof Schemas["Rates"]];
          const name = t.named(one.title);
          return (
            <tr key={one.name}>
              <th scope="row">{name}</th>
              <td class="number"><Rate value={rate?.value} of={rate?.numerator} among={rate?.denominator} label={name} /></td>
              <td class="number"><Rate value={rate?.previous} of={rate?.numerator?.previous} among={rate?.denominator?.previous} label={`${name} ${t("previous")}`} /></td>
              <td class="number"><Rate value={rate?.year_before} of={rate?.numerator?.year_before} among={rate?.denominator?.year_before} label={`${name} ${t("year_before")}`} /></td>
            </tr>
          );
        })}
      </Table>
    </div>
  );
}
