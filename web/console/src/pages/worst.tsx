// The groups that stand worse than the whole, which its rates alone would hide.
import { Table, useCategoryName } from "../parts";
import type { Schemas } from "../session";
import { useWords } from "../state";
import { CLASS, PRIORITY } from "../words/codes";
import { GROUPS, Rate, percent } from "./figures";

/** How a group is called: by its name, else by what its value means. */
export function useGroupName(): (group: Schemas["GroupKey"] | undefined) => string {
  const t = useWords();
  const category = useCategoryName();
  return (group) => {
    const { by, name, value } = group ?? {};
    if (name) return t.named(name);
    if (by === "class") return t.code(CLASS, value);
    if (by === "priority") return t.code(PRIORITY, value);
    return (by === "category" ? category(value) : value) || t("none");
  };
}

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
