// The cases that a figure counted.
import { useCategoryName } from "../hooks/reference-data";
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { DueTime } from "../ui/due-time";
import { StatusTag } from "../ui/status-tag";
import { Table } from "../ui/table";

export function CountedCases(props: { cases: Schemas["CountedCase"][]; caption: string }) {
  const t = useTranslation();
  const category = useCategoryName();
  if (props.cases.length === 0) return <p class="quiet">{t("nothing")}</p>;
  return (
    <Table
      caption={props.caption}
      testid="counted"
      heads={[t("case_no"), t("status"), t("category"), t("reported"), t("due")]}
    >
      {props.cases.map((incident) => (
        <tr key={incident.id}>
          <th scope="row">
            <a href={`#/case/${incident.id}`}>{incident.case_no}</a>
          </th>
          <td>
            <StatusTag status={incident.status ?? ""} overdue={incident.is_overdue ?? false} />
          </td>
          <td>{category(incident.category)}</td>
          <td>{t.at(incident.reported_at)}</td>
          <td>
            <DueTime incident={incident} isPlain />
          </td>
        </tr>
      ))}
    </Table>
  );
}
