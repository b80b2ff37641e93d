// The workers who are responsible for each grid, and grids without one.
import { useState } from "preact/hooks";
import { hasPermission, useMe, useZone } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate, queryString } from "../navigation";
import { callApi, client, type Schemas } from "../session";
import { AreaSelect } from "../ui/area-select";
import { Dialog } from "../ui/dialog";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Table } from "../ui/table";
import { WorkerSelect } from "../ui/worker-select";
import type { TextKey } from "../words";
import { instantFromField } from "../zone-time";

const ROLE_TEXTS: Record<string, TextKey> = { worker: "as_worker", chief: "as_chief", substitute: "as_substitute" };
const MAX_GRIDS = 500;

export default function ResponsibilitiesPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const me = useMe();
  const ownAreaId = me.areas[0]?.id ?? null;
  const within = props.query.get("area_id") ?? ownAreaId;
  const [grid, setGrid] = useState<string | null>(null);
  const mutation = useMutation();
  const query = { limit: MAX_GRIDS, ...(within ? { area_id: within } : {}) };
  const read = async () => {
    const [areas, care] = await Promise.all([
      callApi(client.GET("/api/v1/areas", { params: { query: { level: "grid", geometry: false, ...query } } })),
      callApi(client.GET("/api/v1/responsibilities", { params: { query } })),
    ]);
    const byGrid = new Map<string, Schemas["ResponsibilityOut"][]>();
    care.items?.forEach((responsibility) =>
      byGrid.set(responsibility.area.id, [...(byGrid.get(responsibility.area.id) ?? []), responsibility]),
    );
    return { grids: areas.features ?? [], byGrid };
  };
  const list = useQuery(read, `care ${within}`, false);
  const mayEdit = hasPermission(me, "worker:edit");
  const end = async (responsibility_id: string) => {
    if (
      await mutation.run(() =>
        callApi(
          client.POST("/api/v1/responsibilities/{responsibility_id}/end", {
            params: { path: { responsibility_id } },
            body: {},
          }),
        ),
      )
    )
      list.reload();
  };
  return (
    <Page
      title={t("care")}
      testid="care"
      tools={
        <label class="inline">
          {t("within")}
          <AreaSelect
            name="area_id"
            isOwnOnly
            {...(ownAreaId ? {} : { none: t("all") })}
            chosen={within}
            only={["district", "street", "community"]}
            onChoose={(id) => navigate(`care?${queryString({ area_id: id })}`)}
          />
        </label>
      }
    >
      <MutationStatus mutation={mutation} doneText={t("care_saved")} />
      <Loaded query={list}>
        {({ grids, byGrid }) => (
          <Table
            caption={t("care_of", { n: grids.length })}
            heads={[t("grid"), t("code"), t("responsible"), t("row_actions")]}
            testid="care-table"
          >
            {grids.map((area) => {
              const name = t.named(area.properties?.name);
              const people = byGrid.get(area.id) ?? [];
              return (
                <tr key={area.id} data-testid={`care-${area.id}`}>
                  <th scope="row">{name}</th>
                  <td>{area.properties?.code}</td>
                  <td>
                    {people.map((responsibility) => (
                      <div key={responsibility.id}>
                        {t("care_since", {
                          name: responsibility.worker_name ?? "",
                          role: t(ROLE_TEXTS[responsibility.role ?? ""] ?? "as_worker"),
                          at: t.at(responsibility.since),
                        })}{" "}
                        {mayEdit && (
                          <button
                            type="button"
                            class="small"
                            disabled={mutation.isBusy}
                            aria-label={t("end_care_of", { name: responsibility.worker_name ?? "", grid: name })}
                            onClick={() => void end(responsibility.id)}
                          >
                            {t("end_care")}
                          </button>
                        )}
                      </div>
                    ))}
                    {people.length === 0 && <span class="bad">{t("nobody_looks")}</span>}
                  </td>
                  <td>
                    {mayEdit && (
                      <button
                        type="button"
                        class="small"
                        aria-label={`${t("add_care")}: ${name}`}
                        onClick={() => setGrid(area.id)}
                      >
                        {t("add_care")}
                      </button>
                    )}
                  </td>
                </tr>
              );
            })}
          </Table>
        )}
      </Loaded>
      {grid && (
        <ResponsibilityForm
          grid={grid}
          onClose={() => setGrid(null)}
          onDone={() => (setGrid(null), list.reload())}
          mutation={mutation}
        />
      )}
    </Page>
  );
}

function ResponsibilityForm(props: {
  grid: string;
  onClose: () => void;
  onDone: () => void;
  mutation: ReturnType<typeof useMutation>;
}) {
  const t = useTranslation();
  const zone = useZone();
  const { mutation } = props;
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const formValues = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<
      string,
      string
    >;
    const instants = Object.fromEntries(
      ["since", "until"]
        .filter((name) => formValues[name])
        .map((name) => [name, instantFromField(zone, formValues[name]!)]),
    );
    const body = {
      worker_id: formValues["worker_id"]!,
      area_id: props.grid,
      role: formValues["as"] as "worker",
      ...instants,
    };
    if (
      await mutation.run((key) =>
        callApi(client.POST("/api/v1/responsibilities", { params: { header: { "Idempotency-Key": key } }, body })),
      )
    )
      props.onDone();
  };
  return (
    <Dialog title={t("add_care")} onClose={props.onClose} testid="care-form">
      <form class="stack" onSubmit={(event) => void save(event)}>
        <WorkerSelect name="worker_id" label={t("worker")} isRequired />
        <label>
          {t("role")}
          <select name="as">
            {Object.entries(ROLE_TEXTS).map(([role, word]) => (
              <option key={role} value={role}>
                {t(word)}
              </option>
            ))}
          </select>
        </label>
        <div class="pair">
          <label>
            {t("from_now")}
            <input type="datetime-local" name="since" />
          </label>
          <label>
            {t("to_open")}
            <input type="datetime-local" name="until" />
          </label>
        </div>
        <p class="quiet">{t("times_of", { zone })}</p>
        <MutationStatus mutation={mutation} />
        <span class="buttons">
          <button class="main" disabled={mutation.isBusy} data-testid="save">
            {t("save")}
          </button>
        </span>
      </form>
    </Dialog>
  );
}
