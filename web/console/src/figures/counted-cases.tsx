// The cases that a figure counted.
import { useCategoryName } from "../hooks/reference-data";
import { useWords } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Due } from "../ui/due-time";
import { StatusTag } from "../ui/status-tag";
import { Table } from "../ui/table";

export function CountedTable(props: { cases: Schemas["CountedCase"][]; caption: string }) {
  const t = useWords();
  const category = useCategoryName();
  if (props.cases.length === 0) return <p class="quiet">{t("nothing")}</p>;
  return (
    <Table caption={props.caption} testid="counted" heads={[t("case_no"), t("status"), t("category"), t("reported"), t("due")]}>
      {props.cases.map((one) => (
        <tr key={one.id}>
          <th scope="row"><a href={`#/case/${one.id}`}>{one.case_no}</a></th>
          <td><StatusTag status={one.status ?? ""} overdue={one.is_overdue ?? false} /></td>
          <td>{category(one.category)}</td>
          <td>{t.at(one.reported_at)}</td>
          <td><Due at={one.due_at} overdue={one.is_overdue} ended /></td>
        </tr>
      ))}
    </Table>
  );
}
