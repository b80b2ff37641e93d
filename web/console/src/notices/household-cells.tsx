// The cells of a household in the lists of a notice.
import { useMe } from "../hooks/use-me";
import { useTranslation } from "../hooks/use-translation";
import { mayOpen } from "../page-access";
import type { Schemas } from "../session";

export const householdHeads = (t: ReturnType<typeof useTranslation>): string[] => [
  t("household_address"),
  t("of_grid"),
];

export function HouseholdCells(props: { household: Schemas["ShownHousehold"] }) {
  const t = useTranslation();
  const me = useMe();
  const { household } = props;
  const name = `${household.address || "…"} ${household.label}`.trim();
  return (
    <>
      <th scope="row">{mayOpen(me, "household") ? <a href={`#/household/${household.id}`}>{name}</a> : name}</th>
      <td>{household.grid ? t.named(household.grid.name) : t("no_grid")}</td>
    </>
  );
}
