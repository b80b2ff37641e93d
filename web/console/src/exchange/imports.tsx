// Imports: a file is tried first, its faults are looked through row by row, and then it is imported.
import { useRef, useState } from "preact/hooks";
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
import { KIND, RUN_STATE } from "../words/exchange";
import { Bar, useRun } from "./progress";

type Run = Schemas["ImportRun"];
const KINDS = ["incidents", "households", "areas", "units", "workers"] as const;

/** What was tried in this page, so that the same file can be imported: the browser gives no file anew by itself. */
type Tried = { file: File; kind: string; query: Record<string, unknown> };
const tried = new Map<string, Tried>();

async function send(of: Tried, isDry: boolean): Promise<Run> {
  const params = { path: { kind: of.kind }, query: { ...of.query, name: of.file.name, dry_run: isDry } };
  const run = (await load(
    client.POST("/api/v1/imports/{kind}", {
      params: params as never,
      headers: { "Content-Type": "application/octet-stream" },
      body: of.file as never,
      bodySerializer: (body: unknown) => body as never,
    }),
  )) as Run;
  tried.set(run.id, of);
  return run;
}

export function NewImport() {
  const t = useWords();
  const doing = useDoing();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(said.get(name) ?? "").trim();
    const lines = (name: string) => text(name).split("\n").map((line) => line.trim()).filter(Boolean);
    const query: Record<string, unknown> = {};
    for (const name of ["jurisdiction", "crs", "timezone", "layer"]) if (text(name)) query[name] = text(name);
    for (const name of ["map", "map_value"]) if (lines(name).length) query[name] = lines(name);
    for (const name of ["partial", "live", "accept_findings"]) if (said.get(name)) query[name] = true;
    const isDry = (event.submitter as HTMLButtonElement | null)?.value !== "apply";
    await doing.run(async () => {
      const run = await send({ file: said.get("file") as File, kind: text("kind"), query }, isDry);
      go(`files?import=${run.id}`);
    });
  };
  return (
    <form class="act" onSubmit={(event) => void submit(event)} aria-label={t("new_import")} data-testid="new-import">
      <label>
        {t("kind_of")}
        <select name="kind">{KINDS.map((kind) => <option key={kind} value={kind}>{t.code(KIND, kind)}</option>)}</select>
      </label>
      <label>
        {t("file")} <small>{t("file_hint")}</small>
        <input name="file" type="file" required accept=".csv,.xlsx,.geojson,.json,.gpkg,.zip,.shp" />
      </label>
      <Jurisdiction />
      <label class="check"><input type="checkbox" name="partial" /> {t("partial")}</label>
      <details>
        <summary>{t("more_options")}</summary>
        <label>{t("mapping")}<textarea name="map" rows={2} maxLength={3000} /></label>
        <label>{t("value_mapping")}<textarea name="map_value" rows={2} maxLength={3000} /></label>
        <label>
          {t("coordinates")}
          <select name="crs">
            <option value="">WGS 84</option>
            <option value="gcj02">GCJ-02</option>
            <option value="bd09">BD-09</option>
            <option value="EPSG:4490">CGCS2000 (EPSG:4490)</option>
          </select>
        </label>
        <label>{t("time_zone")} <small>{t("by_default")}</small><input name="timezone" maxLength={60} /></label>
        <label>{t("layer_of")} <small>{t("optional")}</small><input name="layer" maxLength={200} /></label>
        <label class="check"><input type="checkbox" name="live" /> {t("dispatch_live")}</label>
        <label class="check"><input type="checkbox" name="accept_findings" /> {t("accept_findings")}</label>
      </details>
      <Told of={doing} done="" />
      <span class="buttons">
        <button class="main" value="dry" disabled={doing.isBusy} data-testid="dry-run">{t("exchange_dry_run")}</button>
        {doing.isBusy && <span role="status">{t("reading_file")}</span>}
      </span>
    </form>
  );
}

function Jurisdiction() {
  const t = useWords();
  const found = useLoaded(() => load(client.GET("/api/v1/jurisdictions")), "jurisdictions", false);
  const items = found.data?.items ?? [];
  if (items.length < 2) return null;
  return (
    <label>
      {t("of_jurisdiction")}
      <select name="jurisdiction">
        <option value="">{t("by_default")}</option>
        {items.map((one) => <option key={one.id} value={one.code}>{t.named(one.name)} ({one.code})</option>)}
      </select>
    </label>
  );
}

export function Imports(props: { cursor: string }) {
  const t = useWords();
  const query = { limit: 20, ...(props.cursor ? { cursor: props.cursor } : {}) };
  const found = useLoaded(() => load(client.GET("/api/v1/imports", { params: { query } })), `imports ${props.cursor}`);
  return (
    <Ready of={found}>
      {(data) =>
        data.items.length === 0 ? (
          <p class="quiet">{t("no_imports")}</p>
        ) : (
          <>
            <Table caption={t("imports")} heads={[t("when"), t("file"), t("kind_of"), t("when_state"), t("rows_done", { n: "" })]} numbers={[4]}>
              {data.items.map((one) => (
                <tr key={one.id}>
                  <th scope="row"><a href={`#/files?import=${one.id}`}>{t.at(one.created_at)}</a></th>
                  <td class="words">{one.name}</td>
                  <td>{t.code(KIND, one.kind)}</td>
                  <td>{one.dry_run && <span class="tag">{t("dry")}</span>} {t.code(RUN_STATE, one.state)}</td>
                  <td class="number">{one.rows_seen}</td>
                </tr>
              ))}
            </Table>
            {data.next && <p class="pager"><a href={`#/files?imports=${data.next}`}>{t("next_page")}</a></p>}
          </>
        )
      }
    </Ready>
  );
}

/** One import: how far, what came of it, its faults, and the same file imported after it was tried. */
export function OneImport(props: { id: string }) {
  const t = useWords();
  const found = useRun(() => load(client.GET("/api/v1/imports/{run_id}", { params: { path: { run_id: props.id } } })), `import ${props.id}`);
  return (
    <Page title={t("imports")} testid="import" tools={<a href="#/files">{t("back")}</a>}>
      <Ready of={found}>
        {(run) => (
          <>
            <p class="lead">
              {run.dry_run && <span class="tag" data-testid="dry">{t("dry")}</span>} {t.code(KIND, run.kind)} · {run.name} · <b data-testid="state">{t.code(RUN_STATE, run.state)}</b>
            </p>
            <Bar done={run.rows_seen} of={run.rows_expected} isOver={run.finished_at !== null} />
            {run.finished_at !== null && <Outcome of={run} />}
            {run.finished_at !== null && run.dry_run && run.state !== "failed" && <Apply of={run} />}
            {run.has_errors && <Faults of={run} />}
          </>
        )}
      </Ready>
    </Page>
  );
}

type Said = { stored?: number; would_store?: number; unchanged?: number; refused?: number; reasons?: Record<string, number>; columns?: Record<string, string>; ignored_columns?: string[]; fault?: { code: string } };

function Outcome(props: { of: Run }) {
  const t = useWords();
  const said = (props.of.outcome ?? {}) as Said;
  if (said.fault) return <p class="trouble" role="alert">{t("failed_because", { words: said.fault.code })}</p>;
  return (
    <>
      <ul class="counts" data-testid="outcome">
        {([[props.of.dry_run ? "would_store" : "stored", props.of.dry_run ? said.would_store : said.stored], ["unchanged", said.unchanged], ["refused_rows", said.refused]] as const).map(([word, n]) => (
          <li key={word} class={word === "refused_rows" && n ? "bad" : ""}><b class="figure">{n ?? 0}</b><span>{t(word)}</span></li>
        ))}
      </ul>
      <details>
        <summary>{t("columns_known")} ({Object.keys(said.columns ?? {}).length})</summary>
        <Table caption={t("columns_known")} heads={[t("field_of"), t("column_of")]}>
          {Object.entries(said.columns ?? {}).map(([field, column]) => <tr key={field}><th scope="row">{field}</th><td>{column}</td></tr>)}
        </Table>
        {!!said.ignored_columns?.length && <p>{t("columns_left")}: {said.ignored_columns.join("、")}</p>}
      </details>
    </>
  );
}

function Apply(props: { of: Run }) {
  const t = useWords();
  const doing = useDoing();
  const of = tried.get(props.of.id);
  if (!of) return <p class="quiet">{t("choose_again")} <a href="#/files">{t("new_import")}</a></p>;
  const apply = () =>
    doing.run(async () => {
      const run = await send(of, false);
      go(`files?import=${run.id}`);
    });
  return (
    <p>
      {t("apply_means")}{" "}
      <button type="button" class="main" disabled={doing.isBusy} onClick={() => void apply()} data-testid="apply">{t("apply")}</button>
      <Told of={doing} done="" />
    </p>
  );
}

function Faults(props: { of: Run }) {
  const t = useWords();
  const doing = useDoing();
  const [code, setCode] = useState("");
  const [cursors, setCursors] = useState<string[]>([]);
  const cursor = cursors.at(-1);
  const query = { limit: 20, ...(cursor ? { cursor } : {}), ...(code ? { code } : {}) };
  const found = useLoaded(
    () => load(client.GET("/api/v1/imports/{run_id}/faults", { params: { path: { run_id: props.of.id }, query } })),
    `faults ${props.of.id} ${code} ${cursor ?? ""}`,
    false,
  );
  const heading = useRef<HTMLHeadingElement>(null);
  const turn = (next: string[]) => (setCursors(next), heading.current?.focus());
  const reasons = Object.entries(((props.of.outcome ?? {}) as Said).reasons ?? {});
  const save = () =>
    doing.run(async () => {
      const name = (props.of.name ?? "rows").replace(/(\.\w+)?$/, ".errors$1");
      keep(await follow<Blob>(`/api/v1/imports/${props.of.id}/errors`, "blob"), name);
    });
  return (
    <section aria-labelledby="faults" data-testid="faults">
      <h2 id="faults" ref={heading} tabIndex={-1}>{t("row_faults")}</h2>
      <p class="buttons">
        <label class="inline">
          {t("reasons_of")}
          <select value={code} onChange={(event) => (setCode(event.currentTarget.value), setCursors([]))} data-testid="fault-code">
            <option value="">{t("all")}</option>
            {reasons.map(([one, n]) => <option key={one} value={one}>{one} ({n})</option>)}
          </select>
        </label>
        <button type="button" disabled={doing.isBusy} onClick={() => void save()} data-testid="error-file">{t("error_file")}</button>
        <Told of={doing} done="" />
      </p>
      <Ready of={found}>
        {(data) => (
          <>
            <Table caption={t("row_faults")} heads={[t("row_n"), t("column_of"), t("fault_of")]} testid="fault-rows">
              {data.items.flatMap((row) =>
                row.faults.map((fault, n) => (
                  <tr key={`${row.row} ${n}`}>
                    <th scope="row">{row.row}</th>
                    <td>{fault.column}</td>
                    <td class="words">{t.named(fault.sentence)} <small>{fault.code}</small></td>
                  </tr>
                )),
              )}
            </Table>
            <p class="pager">
              {cursors.length > 0 && <button type="button" class="plain" onClick={() => turn([])}>{t("first_page")}</button>}
              {data.next && <button type="button" class="plain" onClick={() => turn([...cursors, data.next!])} data-testid="more-faults">{t("next_page")}</button>}
            </p>
          </>
        )}
      </Ready>
    </section>
  );
}
