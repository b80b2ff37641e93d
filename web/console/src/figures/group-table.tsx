// Measures and rates by group.
import { useWords } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Table } from "../ui/table";
import { Number, Rate } from "./rate";

const RATES = ["filing_rate", "closure_rate", "on_time_rate", "rework_rate"] as const;

export type Grouped = { key: string; name: string; measures?: Schemas["Measures"]; rates?: Schemas["Rates"] };

/** A bar for what each group accepted, with its rates; the table says all that the bars do. */
export function GroupTables(props: { groups: Grouped[]; definitions: Schemas["Definitions"]; caption?: string }) {
  const t = useWords();
  if (props.groups.length === 0) return null;
  const most = Math.max(1, ...props.groups.map((one) => one.measures?.accepted?.count ?? 0));
  const title = (name: string) => t.named(props.definitions.rates?.find((one) => one.name === name)?.title);
  const accepted = t.named(props.definitions.measures?.find((one) => one.name === "accepted")?.title);
  const overdue = t.named(props.definitions.measures?.find((one) => one.name === "overdue")?.title);
  return (
    <Table caption={props.caption ?? t("group")} heads={[t("group"), accepted, "", overdue, ...RATES.map(title)]} numbers={[1, 3, 4, 5, 6, 7]} testid="groups">
      {props.groups.map((one) => {
        const { name } = one;
        return (
          <tr key={one.key}>
            <th scope="row">{name}</th>
            <td class="number"><Number of={one.measures?.accepted} label={`${name} ${accepted}`} /></td>
            <td>
              <svg class="bar" width="140" height="14" aria-hidden="true">
                <rect class="ground" width="140" height="14" />
                <rect width={(140 * (one.measures?.accepted?.count ?? 0)) / most} height="14" />
              </svg>
            </td>
            <td class="number"><Number of={one.measures?.overdue} label={`${name} ${overdue}`} /></td>
            {RATES.map((rate) => {
              const of = one.rates?.[rate];
              return <td key={rate} class="number"><Rate value={of?.value} of={of?.numerator} among={of?.denominator} label={`${name} ${title(rate)}`} /></td>;
            })}
          </tr>
        );
      })}
    </Table>
  );
}
