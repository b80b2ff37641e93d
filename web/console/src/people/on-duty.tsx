// Who is on duty compared with the roster, and who covers their grids.
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client } from "../session";
import { Loaded } from "../ui/loaded";
import { Table } from "../ui/table";
import type { TextKey } from "../words";
import { localTimeIn } from "../zone-time";

const STATE_TEXTS: Record<string, TextKey> = {
  as_planned: "as_planned",
  late: "late",
  unplanned: "unplanned",
  left: "left_early",
  absent: "absent",
};

export function OnDuty(props: { within: string | null; zone: string }) {
  const t = useTranslation();
  const query = { limit: 200, ...(props.within ? { area_id: props.within } : {}) };
  const list = useQuery(
    () => callApi(client.GET("/api/v1/workers/on-duty", { params: { query } })),
    `on duty ${props.within}`,
  );
  const clock = (instant: string | null | undefined) => (instant ? localTimeIn(props.zone, instant).time : "");
  return (
    <section aria-labelledby="who-is-there">
      <h2 id="who-is-there">{t("who_is_there")}</h2>
      <Loaded query={list}>
        {(data) =>
          data.items?.length ? (
            <Table
              caption={t("page_of_workers", { n: data.items.length })}
              heads={[t("worker"), t("duty"), t("shift"), t("there_for"), t("load")]}
              numbers={[4]}
              testid="on-duty"
            >
              {data.items.map((worker) => (
                <tr key={worker.id} data-testid={`there-${worker.id}`}>
                  <th scope="row">{worker.name}</th>
                  <td>
                    <span class={worker.state === "absent" || worker.state === "left" ? "bad" : ""}>
                      {t(STATE_TEXTS[worker.state ?? ""] ?? "unplanned")}
                    </span>
                    {worker.on_duty && <small> {t("since", { at: clock(worker.on_duty_since) })}</small>}
                    {!!worker.late_s && worker.state !== "as_planned" && (
                      <small> {t("after_start", { span: t.span(worker.late_s) })}</small>
                    )}
                    {worker.substituted_by && (
                      <small>
                        {" "}
                        {t("stood_in_by", {
                          name: worker.substituted_by.name ?? "",
                          at: t.at(worker.substituted_by.until),
                        })}
                      </small>
                    )}
                  </td>
                  <td>
                    {worker.shift &&
                      `${clock(worker.shift.since)}–${clock(worker.shift.until)} ${worker.shift.note ?? ""}`}
                  </td>
                  <td>
                    {worker.grids?.map((grid) => (
                      <div key={grid.id}>
                        {t.named(grid.name)}:{" "}
                        {grid.covered_by?.length ? (
                          t.list(grid.covered_by.map((person) => person.name ?? ""))
                        ) : (
                          <span class="bad">{t("nobody_now")}</span>
                        )}
                      </div>
                    ))}
                  </td>
                  <td class="number">
                    {worker.open_work}/{worker.capacity}
                  </td>
                </tr>
              ))}
            </Table>
          ) : (
            <p class="quiet">{t("nobody_there")}</p>
          )
        }
      </Loaded>
    </section>
  );
}
