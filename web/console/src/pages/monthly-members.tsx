// The members of a monthly figure.
import { useAreas } from "../hooks/reference-data";
import { namesFigure, NoFigure } from "../figures/no-figure";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client } from "../session";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { Table } from "../ui/table";

const CASE_MEASURES = ["open_cases", "open_overdue"];

/** The homes, cells, days or cases that one monthly figure counted. */
function MonthlyMembers(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const grids = new Map(useAreas("grid").map((area) => [area.id, area.properties]));
  const query = Object.fromEntries(props.query);
  const list = useQuery(
    () => callApi(client.GET("/api/v1/figures/cycles/members", { params: { query: query as never } })),
    `kept ${props.query}`,
    false,
  );
  const areCases = CASE_MEASURES.includes(query["measure"] ?? "");
  return (
    <Page
      title={t("visits_and_coverage")}
      testid="kept-members"
      tools={
        <button type="button" class="plain" onClick={() => history.back()}>
          {t("back")}
        </button>
      }
    >
      <Loaded query={list}>
        {(data) => (
          <>
            <Table
              caption={t("counted_things", { n: data.items?.length ?? 0 })}
              heads={[t("month"), t("grid"), t("what")]}
              testid="counted"
            >
              {(data.items ?? []).map((member, n) => {
                const grid = grids.get(member.grid_id);
                return (
                  <tr key={n}>
                    <td>{t.month(member.month ?? "")}</td>
                    <td>{grid ? `${grid.code} ${t.named(grid.name)}` : member.grid_id}</td>
                    <th scope="row">{areCases ? <a href={`#/case/${member.id}`}>{member.id}</a> : member.id}</th>
                  </tr>
                );
              })}
            </Table>
            <Pager query={props.query} page="kept" next={data.next ?? null} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

export default function MonthlyMembersPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  if (namesFigure(props.query)) return <MonthlyMembers query={props.query} />;
  return (
    <Page title={t("visits_and_coverage")} testid="kept-members">
      <NoFigure />
    </Page>
  );
}
