// Visits, patrols, coverage and load of months, as they were kept when these were over; and exactly what each number counted.
import { useAreas } from "../hooks/reference-data";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { client, load } from "../session";
import { Ready } from "../ui/loaded";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { Table } from "../ui/table";

const CASES = ["open_cases", "open_overdue"];

/** What one number of months counted: homes, cells, days or cases of a grid. */
export default function KeptPage(props: { query: URLSearchParams }) {
  const t = useWords();
  const grids = new Map(useAreas("grid").map((one) => [one.id, one.properties]));
  const query = Object.fromEntries(props.query);
  const list = useLoaded(() => load(client.GET("/api/v1/figures/cycles/members", { params: { query: query as never } })), `kept ${props.query}`, false);
  const areCases = CASES.includes(query["measure"] ?? "");
  return (
    <Page title={t("visits_and_coverage")} testid="kept-members" tools={<button type="button" class="plain" onClick={() => history.back()}>{t("back")}</button>}>
      <Ready of={list}>
        {(data) => (
          <>
            <Table caption={t("counted_things", { n: data.items?.length ?? 0 })} heads={[t("month"), t("grid"), t("what")]} testid="counted">
              {(data.items ?? []).map((one, n) => {
                const grid = grids.get(one.grid_id!);
                return (
                  <tr key={n}>
                    <td>{one.month}</td>
                    <td>{grid ? `${grid.code} ${t.named(grid.name)}` : one.grid_id}</td>
                    <th scope="row">{areCases ? <a href={`#/case/${one.id}`}>{one.id}</a> : one.id}</th>
                  </tr>
                );
              })}
            </Table>
            <Pager query={props.query} page="kept" next={data.next ?? null} />
          </>
        )}
      </Ready>
    </Page>
  );
}
