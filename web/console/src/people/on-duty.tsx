// Who is on duty or should be, against the plan, and who is there for their grids.
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { client, load } from "../session";
import { Ready } from "../ui/loaded";
import { Table } from "../ui/table";
import type { Word } from "../words";
import { inZone } from "../zone-time";

const STATE: Record<string, Word> = { as_planned: "as_planned", late: "late", unplanned: "unplanned", left: "left_early", absent: "absent" };

export function OnDuty(props: { within: string | null; zone: string }) {
  const t = useWords();
  const query = { limit: 200, ...(props.within ? { within: props.within } : {}) };
  const list = useLoaded(() => load(client.GET("/api/v1/workers/on-duty", { params: { query } })), `on duty ${props.within}`);
  const clock = (instant: string | null | undefined) => (instant ? inZone(props.zone, instant).time : "");
  return (
    <section aria-labelledby="who-is-there">
      <h2 id="who-is-there">{t("who_is_there")}</h2>
      <Ready of={list}>
        {(data) =>
          data.items?.length ? (
            <Table caption={t("page_of_workers", { n: data.items.length })} heads={[t("worker"), t("duty"), t("shift"), t("there_for"), t("load")]} numbers={[4]} testid="on-duty">
              {data.items.map((one) => (
                <tr key={one.id} data-testid={`there-${one.id}`}>
                  <th scope="row">{one.name}</th>
                  <td>
                    <span class={one.state === "absent" || one.state === "left" ? "bad" : ""}>{t(STATE[one.state ?? ""] ?? "unplanned")}</span>
                    {one.on_duty && <small> {t("since", { at: clock(one.on_duty_since) })}</small>}
                    {!!one.late_s && one.state !== "as_planned" && <small> {t("after_start", { span: t.span(one.late_s) })}</small>}
                    {one.substituted_by && <small> {t("stood_in_by", { name: one.substituted_by.name ?? "", at: t.at(one.substituted_by.until) })}</small>}
                  </td>
                  <td>{one.shift && `${clock(one.shift.since)}–${clock(one.shift.until)} ${one.shift.note ?? ""}`}</td>
                  <td>
                    {one.grids?.map((grid) => (
                      <div key={grid.id}>
                        {t.named(grid.name)}: {grid.covered_by?.length ? grid.covered_by.map((person) => person.name).join("、") : <span class="bad">{t("nobody_now")}</span>}
                      </div>
                    ))}
                  </td>
                  <td class="number">{one.open_work}/{one.capacity}</td>
                </tr>
              ))}
            </Table>
          ) : (
            <p class="quiet">{t("nobody_there")}</p>
          )
        }
      </Ready>
    </section>
  );
}
