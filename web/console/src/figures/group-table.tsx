// Measures and rates by group.
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Table } from "../ui/table";
import { Count, Rate } from "./rate";

const RATES = ["filing_rate", "closure_rate", "on_time_rate", "rework_rate"] as const;

export type FigureGroup = { key: string; name: string; measures?: Schemas["Measures"]; rates?: Schemas["Rates"] };

/** Accepted cases of each group as a bar, and its rates. The numbers in the table say the same as the bars. */
export function GroupTable(props: { groups: FigureGroup[]; definitions: Schemas["Definitions"]; caption?: string }) {
  const t = useTranslation();
  if (props.groups.length === 0) return null;
  const maxCount = Math.max(1, ...props.groups.map((group) => group.measures?.accepted?.count ?? 0));
  const title = (name: string) =>
    t.named(props.definitions.rates?.find((definition) => definition.name === name)?.title);
  const accepted = t.named(props.definitions.measures?.find((measure) => measure.name === "accepted")?.title);
  const overdue = t.named(props.definitions.measures?.find((measure) => measure.name === "overdue")?.title);
  return (
    <Table
      caption={props.caption ?? t("group")}
      heads={[t("group"), accepted, "", overdue, ...RATES.map(title)]}
      numbers={[1, 3, 4, 5, 6, 7]}
      testid="groups"
    >
      {props.groups.map((group) => {
        const { name } = group;
        return (
          <tr key={group.key}>
            <th scope="row">{name}</th>
            <td class="number">
              <Count figure={group.measures?.accepted} label={`${name} ${accepted}`} />
            </td>
            <td>
              <svg class="bar" width="140" height="14" aria-hidden="true">
                <rect class="ground" width="140" height="14" />
                <rect width={(140 * (group.measures?.accepted?.count ?? 0)) / maxCount} height="14" />
              </svg>
            </td>
            <td class="number">
              <Count figure={group.measures?.overdue} label={`${name} ${overdue}`} />
            </td>
            {RATES.map((rate) => {
              const rateValue = group.rates?.[rate];
              return (
                <td key={rate} class="number">
                  <Rate
                    value={rateValue?.value}
                    numerator={rateValue?.numerator}
                    denominator={rateValue?.denominator}
                    label={`${name} ${title(rate)}`}
                  />
                </td>
              );
            })}
          </tr>
        );
      })}
    </Table>
  );
}
