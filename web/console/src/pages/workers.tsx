// Workers with duty and workload.
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate, queryString } from "../navigation";
import { callApi, client } from "../session";
import { FigureLink } from "../ui/figure-link";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { Table } from "../ui/table";

export default function WorkersPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const onDuty = props.query.get("on_duty");
  const query = { limit: 50, ...Object.fromEntries(props.query) };
  const list = useQuery(
    () => callApi(client.GET("/api/v1/supervision/workers", { params: { query: query as never } })),
    `workers ${props.query}`,
  );
  return (
    <Page
      title={t("workers")}
      testid="workers"
      tools={
        <label class="check">
          <input
            type="checkbox"
            checked={onDuty === "true"}
            onChange={(event) =>
              navigate(`workers?${queryString({ on_duty: event.currentTarget.checked ? "true" : "" })}`)
            }
          />
          {t("only_on_duty")}
        </label>
      }
    >
      <Loaded query={list}>
        {(data) => (
          <>
            <Table
              caption={t("page_of_workers", { n: data.items?.length ?? 0 })}
              heads={[
                t("worker"),
                t("duty"),
                t("grid"),
                t("load"),
                t("with_offer"),
                t("has_accepted"),
                t("on_way"),
                t("on_spot"),
                t("week"),
              ]}
              numbers={[3, 4, 5, 6, 7]}
            >
              {data.items?.map((worker) => (
                <tr key={worker.id}>
                  <th scope="row">{worker.name}</th>
                  <td>
                    {worker.on_duty
                      ? `${t("on_duty")} ${t("since", { at: t.at(worker.on_duty_since) })}`
                      : t("off_duty")}
                  </td>
                  <td>{t.list(worker.grids?.map((grid) => t.named(grid.name)) ?? [])}</td>
                  <td class="number">
                    {worker.open_work}/{worker.capacity}
                  </td>
                  <td class="number">
                    <FigureLink figure={worker.offered} label={`${worker.name} ${t("with_offer")}`} />
                  </td>
                  <td class="number">
                    <FigureLink figure={worker.accepted} label={`${worker.name} ${t("has_accepted")}`} />
                  </td>
                  <td class="number">
                    <FigureLink figure={worker.en_route} label={`${worker.name} ${t("on_way")}`} />
                  </td>
                  <td class="number">
                    <FigureLink figure={worker.on_scene} label={`${worker.name} ${t("on_spot")}`} />
                  </td>
                  <td class="words">
                    {worker.week?.load == null
                      ? t("contested")
                      : t("week_of", {
                          load: worker.week.load,
                          mean: worker.week.street_mean?.toFixed(1) ?? "–",
                          declined: worker.week.declined ?? "–",
                          expired: worker.week.expired ?? "–",
                        })}
                  </td>
                </tr>
              ))}
            </Table>
            <Pager query={props.query} page="workers" next={data.next ?? null} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
