// Exactly the cases that a figure counted, as they stood then; each opens as it is now.
import { Due, Page, Ready, StatusTag, Table, useCategoryName } from "../parts";
import { client, load, type Schemas } from "../session";
import { useLoaded, useWords } from "../state";
import { Pager } from "./cases";

export default function MembersPage(props: { query: URLSearchParams }) {
  const t = useWords();
  const query = Object.fromEntries(props.query);
  const list = useLoaded(() => load(client.GET("/api/v1/figures/members", { params: { query: query as never } })), `members ${props.query}`, false);
  return (
    <Page title={t("members")} testid="members" tools={<button type="button" class="plain" onClick={() => history.back()}>{t("back")}</button>}>
      <Ready of={list}>
        {(data) => (
          <>
            <CountedTable cases={data.items ?? []} caption={t("page_of_cases", { n: data.items?.length ?? 0 })} />
            <Pager query={props.query} page="members" next={data.next ?? null} />
          </>
        )}
      </Ready>
    </Page>
  );
}

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
