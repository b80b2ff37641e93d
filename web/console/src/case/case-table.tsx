// A page of cases as a table, with check boxes where cases can be selected.
import { useCategoryName } from "../hooks/reference-data";
import { useWords } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Due } from "../ui/due-time";
import { StatusTag } from "../ui/status-tag";
import { Table } from "../ui/table";
import { AT_ONCE, type Chosen } from "./types";

export const numbers = (cases: Schemas["IncidentOut"][]): Chosen => new Map(cases.map((one) => [one.id!, one.case_no ?? ""]));

/** A page of cases; with `onChoose` each has a box, and the head has one for all. */
export function CaseTable(props: { cases: Schemas["IncidentOut"][]; caption: string; chosen?: Chosen; onChoose?: (chosen: Chosen) => void }) {
  const t = useWords();
  const { cases, chosen, onChoose } = props;
  const isAll = cases.length > 0 && cases.every((one) => chosen?.has(one.id!));
  const choose = (some: Schemas["IncidentOut"][], isIn: boolean) => {
    const next = new Map(chosen);
    for (const one of some) isIn ? next.set(one.id!, one.case_no ?? "") : next.delete(one.id!);
    onChoose?.(new Map([...next].slice(0, AT_ONCE)));
  };
  const category = useCategoryName();
  if (props.cases.length === 0) return <p class="quiet">{t("nothing")}</p>;
  return (
    <>
      {onChoose && (
        <label class="check">
          <input type="checkbox" checked={isAll} onChange={(event) => choose(cases, event.currentTarget.checked)} data-testid="choose-page" /> {t("choose_page")}
        </label>
      )}
      <Table
        caption={props.caption}
        testid="case-table"
        heads={[t("case_no"), t("status"), t("category"), t("description"), t("grid"), t("with_whom"), t("due")]}
      >
        {props.cases.map((one) => (
          <tr key={one.id}>
            <th scope="row">
              {onChoose && (
                <input
                  type="checkbox"
                  aria-label={t("choose_case", { no: one.case_no ?? "" })}
                  checked={chosen?.has(one.id!) ?? false}
                  onChange={(event) => choose([one], event.currentTarget.checked)}
                  data-testid={`choose-${one.case_no}`} />
              )}
              <a href={`#/case/${one.id}`}>{one.case_no}</a>
            </th>
            <td><StatusTag status={one.status ?? ""} overdue={one.is_overdue ?? false} /></td>
            <td>{category(one.category)}</td>
            <td class="words">{one.description}</td>
            <td>{t.named(one.grid?.name ?? one.area?.name)}</td>
            <td>{one.assignment?.worker?.name ?? t.named(one.assignment?.unit?.name)}</td>
            <td><Due at={one.due_at} overdue={one.is_overdue} ended={!!one.closed_at} /></td>
          </tr>
        ))}
      </Table>
    </>
  );
}
