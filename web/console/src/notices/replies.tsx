// Replies of households to a notice, the newest first, with their cases.
import { useState } from "preact/hooks";
import { useCategoryName } from "../hooks/reference-data";
import { useMe } from "../hooks/use-me";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { mayOpen } from "../page-access";
import { callApi, client } from "../session";
import { Loaded } from "../ui/loaded";
import { StatusTag } from "../ui/status-tag";
import { Table } from "../ui/table";
import { HouseholdCells, householdHeads } from "./household-cells";

const PAGE = 50;

export function Replies(props: { noticeId: string }) {
  const t = useTranslation();
  const me = useMe();
  const category = useCategoryName();
  const [cursor, setCursor] = useState<string | null>(null);
  const query = { limit: PAGE, ...(cursor ? { cursor } : {}) };
  const list = useQuery(
    () =>
      callApi(
        client.GET("/api/v1/notices/{notice_id}/replies", {
          params: { path: { notice_id: props.noticeId }, query },
        }),
      ),
    `replies ${props.noticeId} ${cursor ?? ""}`,
    false,
  );
  return (
    <section aria-labelledby="replies" data-testid="replies">
      <h2 id="replies">{t("replies")}</h2>
      <Loaded query={list}>
        {(data) =>
          data.items.length === 0 ? (
            <p class="quiet">{t("no_replies")}</p>
          ) : (
            <>
              <Table
                caption={t("replies")}
                heads={[...householdHeads(t), t("reply_at"), t("reply_case"), t("category"), t("status")]}
                testid="reply-table"
              >
                {data.items.map(({ report_id, received_at, household, incident }) => (
                  <tr key={report_id}>
                    <HouseholdCells household={household} />
                    <td>
                      <time dateTime={received_at}>{t.at(received_at)}</time>
                    </td>
                    <td>
                      {mayOpen(me, "case") ? (
                        <a href={`#/case/${incident.id}`}>{incident.case_no}</a>
                      ) : (
                        incident.case_no
                      )}
                    </td>
                    <td>{category(incident.category)}</td>
                    <td>
                      <StatusTag status={incident.status} />
                    </td>
                  </tr>
                ))}
              </Table>
              <p class="pager">
                {cursor && (
                  <button type="button" class="plain" onClick={() => setCursor(null)}>
                    {t("first_page")}
                  </button>
                )}
                {data.next && (
                  <button type="button" class="plain" onClick={() => setCursor(data.next)}>
                    {t("next_page")}
                  </button>
                )}
              </p>
            </>
          )
        }
      </Loaded>
    </section>
  );
}
