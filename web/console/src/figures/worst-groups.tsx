// The groups with the worst rates, compared with the whole.
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Table } from "../ui/table";
import { GROUPINGS, useGroupName } from "./group-names";
import { formatPercent, Rate } from "./rate";

type ComparedGroup = {
  group?: Schemas["GroupKey"];
  value?: number | null;
  numerator?: Schemas["Figure"] | null;
  denominator?: Schemas["Figure"] | null;
};

/** `rates`: the rates of the whole. `worst`: groups by name of the rate and grouping. */
export function WorstGroups(props: {
  rates: { name: string; title: string; value: number | null | undefined }[];
  worst: object | undefined;
}) {
  const t = useTranslation();
  const groupName = useGroupName();
  const groupingTexts = new Map<string, (typeof GROUPINGS)[number][1]>(GROUPINGS);
  const worst = props.worst as Record<string, { groups?: ComparedGroup[] }[] | undefined> | undefined;
  const rows = props.rates.flatMap((rate) =>
    (worst?.[rate.name] ?? []).flatMap((part) => (part.groups ?? []).map((group) => ({ rate, group }))),
  );
  if (rows.length === 0) return null;
  return (
    <Table
      caption={t("worse_than_whole")}
      heads={[t("rate"), t("group"), t("value"), t("of_all")]}
      numbers={[2, 3]}
      testid="worst"
    >
      {rows.map(({ rate, group }, n) => {
        const by = groupingTexts.get(group.group?.by ?? "");
        const name = `${by ? `${t(by)}: ` : ""}${groupName(group.group)}`;
        return (
          <tr key={n}>
            <td>{rate.title}</td>
            <th scope="row">{name}</th>
            <td class="number">
              <Rate
                value={group.value}
                numerator={group.numerator}
                denominator={group.denominator}
                label={`${name} ${rate.title}`}
              />
            </td>
            <td class="number">{formatPercent(rate.value)}</td>
          </tr>
        );
      })}
    </Table>
  );
}
