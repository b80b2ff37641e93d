// The reader's own queue: offers to answer, accepted work, and what waits for the reader's units.
import { useCategoryName } from "../hooks/reference-data";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client } from "../session";
import { DueTime } from "../ui/due-time";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { StatusTag } from "../ui/status-tag";
import { Table } from "../ui/table";
import { ATTEMPT, ROLE } from "../words/codes";

const PAGE_SIZE = 50;

export default function MyWorkPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const category = useCategoryName();
  const cursor = props.query.get("cursor");
  const query = { limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) };
  const list = useQuery(
    () => callApi(client.GET("/api/v1/assignments", { params: { query } })),
    `assignments ${cursor}`,
  );
  return (
    <Page title={t("my_work")} testid="my-work">
      <p class="order">
        {t("work_in_field_app")}{" "}
        <a href="../field/" data-testid="to-field-app">
          {t("to_field_app")}
        </a>
      </p>
      <Loaded query={list}>
        {(data) => (
          <>
            {data.items?.length ? (
              <Table
                caption={t("my_work_order")}
                testid="my-work-table"
                heads={[t("case_no"), t("due"), t("task"), t("status"), t("category"), t("description"), t("grid")]}
              >
                {data.items.map(({ id, incident, role, state }) => (
                  <tr key={id}>
                    <th scope="row">
                      <a href={`#/case/${incident?.id}`}>{incident?.case_no}</a>
                    </th>
                    <td>{incident && <DueTime incident={incident} />}</td>
                    <td>
                      {t.code(ROLE, role)} <small>{t.code(ATTEMPT, state)}</small>
                    </td>
                    <td>
                      <StatusTag status={incident?.status ?? ""} overdue={incident?.is_overdue ?? false} />
                    </td>
                    <td>{category(incident?.category)}</td>
                    <td class="words">{incident?.description}</td>
                    <td>{t.named(incident?.grid?.name ?? incident?.area?.name)}</td>
                  </tr>
                ))}
              </Table>
            ) : (
              <p class="quiet">{t("my_work_empty")}</p>
            )}
            <Pager query={props.query} page="my-work" next={data.next ?? null} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
