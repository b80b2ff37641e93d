// Exports: the list, and the page of one run.
import { saveFile } from "../download";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, followPath, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Table } from "../ui/table";
import { FORMAT, NOTE, RUN_STATE } from "../words/exchange";
import { useCollectionTitle } from "./collections";
import { QuerySummary } from "./export-summary";
import { ProgressBar, useRun } from "./progress";

type Run = Schemas["ExportRun"];
const FORMATS = { geojson: "geojson", csv: "csv", xlsx: "xlsx", gpkg: "gpkg", fgb: "fgb", shp: "zip" } as const;

export function ExportList(props: { cursor: string }) {
  const t = useTranslation();
  const title = useCollectionTitle();
  const query = { limit: 20, ...(props.cursor ? { cursor: props.cursor } : {}) };
  const exportRuns = useQuery(
    () => callApi(client.GET("/api/v1/exports", { params: { query } })),
    `exports ${props.cursor}`,
  );
  return (
    <Loaded query={exportRuns}>
      {(data) =>
        data.items.length === 0 ? (
          <p class="quiet">{t("no_exports")}</p>
        ) : (
          <>
            <Table
              caption={t("exports")}
              heads={[t("when"), t("collection"), t("format"), t("when_state"), t("rows_done", { n: "" })]}
              numbers={[4]}
            >
              {data.items.map((run) => (
                <tr key={run.id}>
                  <th scope="row">
                    <a href={`#/files?export=${run.id}`}>{t.at(run.created_at)}</a>
                  </th>
                  <td>{title(run.collection)}</td>
                  <td>{t.code(FORMAT, run.format)}</td>
                  <td>{t.code(RUN_STATE, run.state)}</td>
                  <td class="number">{run.rows}</td>
                </tr>
              ))}
            </Table>
            {data.next && (
              <p class="pager">
                <a href={`#/files?exports=${data.next}`}>{t("next_page")}</a>
              </p>
            )}
          </>
        )
      }
    </Loaded>
  );
}

export function ExportDetails(props: { id: string }) {
  const t = useTranslation();
  const title = useCollectionTitle();
  const mutation = useMutation();
  const path = { params: { path: { run_id: props.id } } };
  const query = useRun(() => callApi(client.GET("/api/v1/exports/{run_id}", path)), `export ${props.id}`);
  const save = (run: Run) =>
    mutation.run(async () => {
      const name = `${run.collection}.${FORMATS[run.format as keyof typeof FORMATS] ?? run.format}`;
      saveFile(await followPath<Blob>(`/api/v1/exports/${run.id}/file`, "blob"), name);
    });
  const stop = async () => {
    if (await mutation.run(() => callApi(client.DELETE("/api/v1/exports/{run_id}", path)))) query.reload();
  };
  return (
    <Page title={t("exports")} testid="export" tools={<a href="#/files">{t("back")}</a>}>
      <Loaded query={query}>
        {(run) => (
          <>
            <p class="lead">
              {title(run.collection)} · {t.code(FORMAT, run.format)} ·{" "}
              <b data-testid="state">{t.code(RUN_STATE, run.state)}</b>
            </p>
            {run.purpose && (
              <p>
                {t("purpose_of")}: {run.purpose}
              </p>
            )}
            <QuerySummary query={(run.query ?? {}) as Record<string, string>} />
            {run.needs_approval && run.state === "awaiting_approval" && <p class="order">{t("needs_second")}</p>}
            {run.decided_by && (
              <p>
                {t("decided", {
                  name: run.decided_by.name ?? "",
                  at: t.at(run.decided_at),
                  words: run.decision_note ?? "",
                })}
              </p>
            )}
            <ProgressBar done={run.rows} expected={run.rows_expected} isOver={run.finished_at !== null} />
            <ExportNotes run={run} />
            <p class="buttons">
              {run.has_file && (
                <button
                  type="button"
                  class="main"
                  disabled={mutation.isBusy}
                  onClick={() => void save(run)}
                  data-testid="download"
                >
                  {t("download")}
                </button>
              )}
              {(run.has_file || run.finished_at === null) && (
                <button type="button" disabled={mutation.isBusy} onClick={() => void stop()}>
                  {t("stop_export")}
                </button>
              )}
              {run.has_file && run.expires_at && (
                <span class="quiet">{t("expires", { at: t.at(run.expires_at) })}</span>
              )}
              <MutationStatus mutation={mutation} />
            </p>
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** What the format could not store, or why there is no file, by the codes of the manual. */
function ExportNotes(props: { run: Run }) {
  const t = useTranslation();
  const { notes = [], fault } = (props.run.outcome ?? {}) as { notes?: { code: string }[]; fault?: { code?: string } };
  if (fault)
    return (
      <p class="trouble" role="alert">
        {t("failed_because", { words: fault.code ?? "" })}
      </p>
    );
  if (notes.length === 0) return null;
  return (
    <p class="quiet">
      {t("notes_of_file")}: {t.list(notes.map(({ code }) => t.code(NOTE, code)))}
    </p>
  );
}
