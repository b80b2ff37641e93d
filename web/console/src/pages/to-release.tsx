// Public cases whose words or photos wait for a person who releases them.
import { useCategoryName } from "../hooks/reference-data";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client } from "../session";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { StatusTag } from "../ui/status-tag";
import { Table } from "../ui/table";

export default function ToReleasePage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const category = useCategoryName();
  const cursor = props.query.get("cursor");
  const params = { query: { limit: 50, ...(cursor ? { cursor } : {}) } };
  const list = useQuery(
    () => callApi(client.GET("/api/v1/incidents/to-release", { params })),
    `to-release ${props.query}`,
  );
  return (
    <Page title={t("to_release")} testid="to-release">
      <p class="quiet">{t("to_release_means")}</p>
      <Loaded query={list}>
        {(data) =>
          data.items.length === 0 ? (
            <p data-testid="nothing-waits">{t("nothing_to_release")}</p>
          ) : (
            <>
              <Table
                caption={t("cases_to_release", { n: data.items.length })}
                heads={[t("case_number"), t("release_waits_for"), t("category"), t("status"), t("reported")]}
                testid="to-release-table"
              >
                {data.items.map((item) => (
                  <tr key={item.id}>
                    <th scope="row">
                      <a href={`#/case/${item.id}`}>{item.case_no}</a>
                    </th>
                    <td>
                      {t.list([
                        ...(item.has_words ? [t("words_wait")] : []),
                        ...(item.photos ? [t("photos_wait", { n: item.photos })] : []),
                      ])}
                    </td>
                    <td>{category(item.category)}</td>
                    <td>
                      <StatusTag status={item.status ?? ""} />
                    </td>
                    <td>{t.at(item.reported_at)}</td>
                  </tr>
                ))}
              </Table>
              <Pager query={props.query} page="to-release" next={data.next} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
