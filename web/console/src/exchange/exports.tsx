// Exports: asked for by collection, format and filter, agreed to by a second person where it is needed, and saved.
import { keep } from "../download";
import { useDoing } from "../hooks/use-mutation";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { go } from "../navigation";
import { client, follow, load, type Schemas } from "../session";
import { Ready } from "../ui/loaded";
import { Told } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Table } from "../ui/table";
import { RUN_STATE } from "../words/exchange";
import { Bar, useRun } from "./progress";

type Run = Schemas["ExportRun"];
const FORMATS = { geojson: "geojson", csv: "csv", xlsx: "xlsx", gpkg: "gpkg", fgb: "fgb", shp: "zip" } as const;

export function NewExport() {
  const t = useWords();
  const doing = useDoing();
  const found = useLoaded(() => follow<{ collections: { id: string; title?: string }[] }>("/ogc/collections?f=json"), `collections ${t.language}`, false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(said.get(name) ?? "").trim();
    const query = Object.fromEntries(["bbox", "filter"].filter((name) => text(name)).map((name) => [name, text(name)]));
    const body = {
      collection: text("collection"),
      format: text("format") as Schemas["AskExport"]["format"],
      query,
      ...(text("purpose") ? { purpose: text("purpose") } : {}),
    };
    await doing.run(async (key) => {
      const run = await load(client.POST("/api/v1/exports", { params: { header: { "Idempotency-Key": key } }, body }));
      go(`files?export=${run.id}`);
    });
  };
  return (
    <form class="act" onSubmit={(event) => void submit(event)} aria-label={t("new_export")} data-testid="new-export">
      <Ready of={found}>
        {(data) => (
          <label>
            {t("collection")}
            <select name="collection">{data.collections.map((one) => <option key={one.id} value={one.id}>{one.title ?? one.id}</option>)}</select>
          </label>
        )}
      </Ready>
      <label>
        {t("format")}
        <select name="format">{Object.keys(FORMATS).map((format) => <option key={format} value={format}>{format}</option>)}</select>
      </label>
      <label>{t("filter_text")}<input name="filter" maxLength={4000} /></label>
      <label>{t("bbox")}<input name="bbox" maxLength={200} /></label>
      <label>{t("purpose_of")} <small>{t("purpose_hint")}</small><input name="purpose" minLength={4} maxLength={500} /></label>
      <Told of={doing} done="" />
      <span class="buttons"><button class="main" disabled={doing.isBusy} data-testid="ask-export">{t("ask_export")}</button></span>
    </form>
  );
}

export function Exports(props: { cursor: string }) {
  const t = useWords();
  const query = { limit: 20, ...(props.cursor ? { cursor: props.cursor } : {}) };
  const found = useLoaded(() => load(client.GET("/api/v1/exports", { params: { query } })), `exports ${props.cursor}`);
  return (
    <Ready of={found}>
      {(data) =>
        data.items.length === 0 ? (
          <p class="quiet">{t("no_exports")}</p>
        ) : (
          <>
            <Table caption={t("exports")} heads={[t("when"), t("collection"), t("format"), t("when_state"), t("rows_done", { n: "" })]} numbers={[4]}>
              {data.items.map((one) => (
                <tr key={one.id}>
                  <th scope="row"><a href={`#/files?export=${one.id}`}>{t.at(one.created_at)}</a></th>
                  <td>{one.collection}</td>
                  <td>{one.format}</td>
                  <td>{t.code(RUN_STATE, one.state)}</td>
                  <td class="number">{one.rows}</td>
                </tr>
              ))}
            </Table>
            {data.next && <p class="pager"><a href={`#/files?exports=${data.next}`}>{t("next_page")}</a></p>}
          </>
        )
      }
    </Ready>
  );
}

export function OneExport(props: { id: string }) {
  const t = useWords();
  const doing = useDoing();
  const path = { params: { path: { run_id: props.id } } };
  const found = useRun(() => load(client.GET("/api/v1/exports/{run_id}", path)), `export ${props.id}`);
  const save = (run: Run) =>
    doing.run(async () => {
      const name = `${run.collection}.${FORMATS[run.format as keyof typeof FORMATS] ?? run.format}`;
      keep(await follow<Blob>(`/api/v1/exports/${run.id}/file`, "blob"), name);
    });
  const stop = async () => {
    if (await doing.run(() => load(client.DELETE("/api/v1/exports/{run_id}", path)))) found.reload();
  };
  return (
    <Page title={t("exports")} testid="export" tools={<a href="#/files">{t("back")}</a>}>
      <Ready of={found}>
        {(run) => (
          <>
            <p class="lead">{run.collection} · {run.format} · <b data-testid="state">{t.code(RUN_STATE, run.state)}</b></p>
            {run.purpose && <p>{t("purpose_of")}: {run.purpose}</p>}
            {Object.entries(run.query ?? {}).map(([name, value]) => <p key={name} class="words"><code>{name}={String(value)}</code></p>)}
            {run.needs_approval && run.state === "awaiting_approval" && <p class="order">{t("needs_second")}</p>}
            {run.decided_by && <p>{t("decided", { name: run.decided_by.name ?? "", at: t.at(run.decided_at), words: run.decision_note ?? "" })}</p>}
            <Bar done={run.rows} of={run.rows_expected} isOver={run.finished_at !== null} />
            <Notes of={run} />
            <p class="buttons">
              {run.has_file && <button type="button" class="main" disabled={doing.isBusy} onClick={() => void save(run)} data-testid="download">{t("download")}</button>}
              {(run.has_file || run.finished_at === null) && <button type="button" disabled={doing.isBusy} onClick={() => void stop()}>{t("stop_export")}</button>}
              {run.has_file && run.expires_at && <span class="quiet">{t("expires", { at: t.at(run.expires_at) })}</span>}
              <Told of={doing} />
            </p>
          </>
        )}
      </Ready>
    </Page>
  );
}

/** What the format could not hold, and why there is no file, in the codes of the manual. */
function Notes(props: { of: Run }) {
  const t = useWords();
  const { notes, fault } = (props.of.outcome ?? {}) as { notes?: Record<string, unknown>; fault?: { code?: string } };
  if (fault) return <p class="trouble" role="alert">{t("failed_because", { words: fault.code ?? "" })}</p>;
  const told = Object.entries(notes ?? {});
  if (told.length === 0) return null;
  return <p class="quiet">{t("notes_of_file")}: {told.map(([code, n]) => (typeof n === "number" ? `${code} (${n})` : code)).join(", ")}</p>;
}
