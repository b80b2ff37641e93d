// The groups that stand worse than the whole, which its rates alone would hide.
import { useWords } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Table } from "../ui/table";
import { GROUPS, useGroupName } from "./group-names";
import { percent, Rate } from "./rate";

type Compared = { group?: Schemas["GroupKey"]; value?: number | null; numerator?: Schemas["Figure"] | null; denominator?: Schemas["Figure"] | null };

/** `rates`: the name, title and value of each, of the whole; `worst`: by name, the groups of each grouping. */
export function Worst(props: { rates: { name: string; title: string; value: number | null | undefined }[]; worst: object | undefined }) {
  const t = useWords();
  const named = useGroupName();
  const words = new Map<string, (typeof GROUPS)[number][1]>(GROUPS);
  const worst = props.worst as Record<string, { groups?: Compared[] }[] | undefined> | undefined;
  const found = props.rates.flatMap((rate) => (worst?.[rate.name] ?? []).flatMap((part) => (part.groups ?? []).map((group) => ({ rate, group }))));
  if (found.length === 0) return null;
  return (
    <Table caption={t("worse_than_whole")} heads={[t("rate"), t("group"), t("value"), t("of_all")]} numbers={[2, 3]} testid="worst">
      {found.map(({ rate, group }, n) => {
        const by = words.get(group.group?.by ?? "");
        const name = `${by ? `${t(by)}: ` : ""}${named(group.group)}`;
        return (
          <tr key={n}>
            <td>{rate.title}</td>
            <th scope="row">{name}</th>
            <td class="number"><Rate value={group.value} of={group.numerator} among={group.denominator} label={`${name} ${rate.title}`} /></td>
            <td class="number">{percent(rate.value)}</td>
          </tr>
        );
      })}
    </Table>
  );
}
