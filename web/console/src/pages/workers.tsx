// Who is there, with what in hand.
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { go, queryOf } from "../navigation";
import { client, load } from "../session";
import { Figure } from "../ui/figure-link";
import { Ready } from "../ui/loaded";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { Table } from "../ui/table";

export default function WorkersPage(props: { query: URLSearchParams }) {
  const t = useWords();
  const onDuty = props.query.get("on_duty");
  const query = { limit: 50, ...Object.fromEntries(props.query) };
  const list = useLoaded(() => load(client.GET("/api/v1/supervision/workers", { params: { query: query as never } })), `workers ${props.query}`);
  return (
    <Page
      title={t("workers")}
      testid="workers"
      tools={
        <label class="check">
          <input type="checkbox" checked={onDuty === "true"} onChange={(event) => go(`workers?${queryOf({ on_duty: event.currentTarget.checked ? "true" : "" })}`)} />
          {t("only_on_duty")}
        </label>
      }
    >
      <Ready of={list}>
        {(data) => (
          <>
            <Table
              caption={t("page_of_workers", { n: data.items?.length ?? 0 })}
              heads={[t("worker"), t("duty"), t("grid"), t("load"), t("asked"), t("has_accepted"), t("on_way"), t("on_spot"), t("week")]}
              numbers={[3, 4, 5, 6, 7]}
            >
              {data.items?.map((one) => (
                <tr key={one.id}>
                  <th scope="row">{one.name}</th>
                  <td>{one.on_duty ? `${t("on_duty")} ${t("since", { at: t.at(one.on_duty_since) })}` : t("off_duty")}</td>
                  <td>{one.grids?.map((grid) => t.named(grid.name)).join("、")}</td>
                  <td class="number">{one.open_work}/{one.capacity}</td>
                  <td class="number"><Figure of={one.offered} label={`${one.name} ${t("asked")}`} /></td>
                  <td class="number"><Figure of={one.accepted} label={`${one.name} ${t("has_accepted")}`} /></td>
                  <td class="number"><Figure of={one.en_route} label={`${one.name} ${t("on_way")}`} /></td>
                  <td class="number"><Figure of={one.on_scene} label={`${one.name} ${t("on_spot")}`} /></td>
                  <td class="words">
                    {one.week?.load == null
                      ? t("contested")
                      : t("week_of", { load: one.week.load, mean: one.week.street_mean?.toFixed(1) ?? "–", declined: one.week.declined ?? "–", expired: one.week.expired ?? "–" })}
                  </td>
                </tr>
              ))}
            </Table>
            <Pager query={props.query} page="workers" next={data.next ?? null} />
          </>
        )}
      </Ready>
    </Page>
  );
}
