// Who looks after which grid, and since when; grids that nobody looks after.
import { useState } from "preact/hooks";
import { may, useMe, useZone } from "../hooks/use-me";
import { useDoing } from "../hooks/use-mutation";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { go, queryOf } from "../navigation";
import { client, load, type Schemas } from "../session";
import { AreaChoice } from "../ui/area-select";
import { Dialog } from "../ui/dialog";
import { Ready } from "../ui/loaded";
import { Told } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Table } from "../ui/table";
import { WorkerChoice } from "../ui/worker-select";
import type { Word } from "../words";
import { instantIn } from "../zone-time";

const AS: Record<string, Word> = { worker: "as_worker", chief: "as_chief", substitute: "as_substitute" };
const GRIDS = 500;

export default function CarePage(props: { query: URLSearchParams }) {
  const t = useWords();
  const me = useMe();
  const mine = me.areas[0]?.id ?? null;
  const within = props.query.get("within") ?? mine;
  const [grid, setGrid] = useState<string | null>(null);
  const doing = useDoing();
  const query = { limit: GRIDS, ...(within ? { within } : {}) };
  const read = async () => {
    const [areas, care] = await Promise.all([
      load(client.GET("/api/v1/areas", { params: { query: { level: "grid", geometry: false, ...query } } })),
      load(client.GET("/api/v1/responsibilities", { params: { query } })),
    ]);
    const byGrid = new Map<string, Schemas["ResponsibilityOut"][]>();
    care.items?.forEach((one) => byGrid.set(one.area!.id!, [...(byGrid.get(one.area!.id!) ?? []), one]));
    return { grids: areas.features ?? [], byGrid };
  };
  const list = useLoaded(read, `care ${within}`, false);
  const mayEdit = may(me, "worker:edit");
  const end = async (responsibility_id: string) => {
    if (await doing.run(() => load(client.POST("/api/v1/responsibilities/{responsibility_id}/end", { params: { path: { responsibility_id } }, body: {} })))) list.reload();
  };
  return (
    <Page
      title={t("care")}
      testid="care"
      tools={<label class="inline">{t("within")}<AreaChoice name="within" {...(mine ? {} : { none: t("all") })} chosen={within} only={["district", "street", "community"]} onChoose={(id) => go(`care?${queryOf({ within: id })}`)} /></label>}
    >
      <Told of={doing} done={t("care_saved")} />
      <Ready of={list}>
        {({ grids, byGrid }) => (
          <Table caption={t("care_of", { n: grids.length })} heads={[t("grid"), t("code"), t("responsible"), ""]} testid="care-table">
            {grids.map((area) => {
              const name = t.named(area.properties?.name);
              const people = byGrid.get(area.id!) ?? [];
              return (
                <tr key={area.id} data-testid={`care-${area.id}`}>
                  <th scope="row">{name}</th>
                  <td>{area.properties?.code}</td>
                  <td>
                    {people.map((one) => (
                      <div key={one.id}>
                        {t("care_since", { name: one.worker_name ?? "", role: t(AS[one.role ?? ""] ?? "as_worker"), at: t.at(one.since) })}{" "}
                        {mayEdit && (
                          <button type="button" class="small" disabled={doing.isBusy} aria-label={t("end_care_of", { name: one.worker_name ?? "", grid: name })} onClick={() => void end(one.id!)}>
                            {t("end_care")}
                          </button>
                        )}
                      </div>
                    ))}
                    {people.length === 0 && <span class="bad">{t("nobody_looks")}</span>}
                  </td>
                  <td>{mayEdit && <button type="button" class="small" aria-label={`${t("add_care")}: ${name}`} onClick={() => setGrid(area.id!)}>{t("add_care")}</button>}</td>
                </tr>
              );
            })}
          </Table>
        )}
      </Ready>
      {grid && <CareForm grid={grid} onClose={() => setGrid(null)} onDone={() => (setGrid(null), list.reload())} doing={doing} />}
    </Page>
  );
}

function CareForm(props: { grid: string; onClose: () => void; onDone: () => void; doing: ReturnType<typeof useDoing> }) {
  const t = useWords();
  const zone = useZone();
  const { doing } = props;
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<string, string>;
    const instants = Object.fromEntries(["since", "until"].filter((name) => said[name]).map((name) => [name, instantIn(zone, said[name]!)]));
    const body = { worker_id: said["worker_id"]!, area_id: props.grid, role: said["as"] as "worker", ...instants };
    if (await doing.run((key) => load(client.POST("/api/v1/responsibilities", { params: { header: { "Idempotency-Key": key } }, body })))) props.onDone();
  };
  return (
    <Dialog title={t("add_care")} onClose={props.onClose} testid="care-form">
      <form class="stack" onSubmit={(event) => void save(event)}>
        <WorkerChoice name="worker_id" label={t("worker")} isRequired />
        <label>
          {t("role")}
          <select name="as">{Object.entries(AS).map(([role, word]) => <option key={role} value={role}>{t(word)}</option>)}</select>
        </label>
        <div class="pair">
          <label>{t("from_now")}<input type="datetime-local" name="since" /></label>
          <label>{t("to_open")}<input type="datetime-local" name="until" /></label>
        </div>
        <p class="quiet">{t("times_of", { zone })}</p>
        <Told of={doing} />
        <span class="buttons"><button class="main" disabled={doing.isBusy} data-testid="save">{t("save")}</button></span>
      </form>
    </Dialog>
  );
}
