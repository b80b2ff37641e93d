// A page of cases as a table, with check boxes where cases can be selected.
import { useCategoryName } from "../hooks/reference-data";
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { DueTime } from "../ui/due-time";
import { StatusTag } from "../ui/status-tag";
import { Table } from "../ui/table";
import { BULK_LIMIT, type Selection } from "./selection";

export const toSelection = (cases: Schemas["IncidentOut"][]): Selection =>
  new Map(cases.map((incident) => [incident.id, incident.case_no ?? ""]));

/** A page of cases. With `onChoose` each row has a check box, and there is one for all. */
export function CaseTable(props: {
  cases: Schemas["IncidentOut"][];
  caption: string;
  chosen?: Selection;
  onChoose?: (chosen: Selection) => void;
}) {
  const t = useTranslation();
  const { cases, chosen, onChoose } = props;
  const isAll = cases.length > 0 && cases.every((incident) => chosen?.has(incident.id));
  const choose = (incidents: Schemas["IncidentOut"][], isSelected: boolean) => {
    const next = new Map(chosen);
    for (const incident of incidents)
      if (isSelected) next.set(incident.id, incident.case_no ?? "");
      else next.delete(incident.id);
    onChoose?.(new Map([...next].slice(0, BULK_LIMIT)));
  };
  const category = useCategoryName();
  if (props.cases.length === 0) return <p class="quiet">{t("nothing")}</p>;
  return (
    <>
      {onChoose && (
        <label class="check">
          <input
            type="checkbox"
            checked={isAll}
            onChange={(event) => choose(cases, event.currentTarget.checked)}
            data-testid="choose-page"
          />{" "}
          {t("choose_page")}
        </label>
      )}
      <Table
        caption={props.caption}
        testid="case-table"
        heads={[t("case_no"), t("status"), t("category"), t("description"), t("grid"), t("with_whom"), t("due")]}
      >
        {props.cases.map((incident) => (
          <tr key={incident.id}>
            <th scope="row">
              {onChoose && (
                <input
                  type="checkbox"
                  aria-label={t("choose_case", { no: incident.case_no ?? "" })}
                  checked={chosen?.has(incident.id) ?? false}
                  onChange={(event) => choose([incident], event.currentTarget.checked)}
                  data-testid={`choose-${incident.case_no}`}
                />
              )}
              <a href={`#/case/${incident.id}`}>{incident.case_no}</a>
            </th>
            <td>
              <StatusTag status={incident.status ?? ""} overdue={incident.is_overdue ?? false} />
            </td>
            <td>{category(incident.category)}</td>
            <td class="words">{incident.description}</td>
            <td>{t.named(incident.grid?.name ?? incident.area?.name)}</td>
            <td>{incident.assignment?.worker?.name ?? t.named(incident.assignment?.unit?.name)}</td>
            <td>
              <DueTime at={incident.due_at} overdue={incident.is_overdue} ended={!!incident.closed_at} />
            </td>
          </tr>
        ))}
      </Table>
    </>
  );
}
