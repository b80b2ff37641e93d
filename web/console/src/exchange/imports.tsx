// Imports: the form with a dry run, the list, and the page of one run with its faults.
import { useRef, useState } from "preact/hooks";
import { saveFile } from "../download";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate } from "../navigation";
import { callApi, client, followPath, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Table } from "../ui/table";
import { KIND, RUN_STATE } from "../words/exchange";
import { ProgressBar, useRun } from "./progress";

type Run = Schemas["ImportRun"];
const KINDS = ["incidents", "households", "areas", "units", "workers"] as const;

/** Inputs of the dry runs of this page: a page cannot read a chosen file again after a reload. */
type ImportInput = { file: File; kind: string; query: Record<string, unknown> };
const inputByRun = new Map<string, ImportInput>();

async function startImport(input: ImportInput, isDry: boolean): Promise<Run> {
  const params = { query: { ...input.query, kind: input.kind, name: input.file.name, dry_run: isDry } };
  const run = await callApi<Run>(
    client.POST("/api/v1/imports", {
      params: params as never,
      headers: { "Content-Type": "application/octet-stream" },
      body: input.file as never,
      bodySerializer: (body: unknown) => body as never,
    }),
  );
  inputByRun.set(run.id, input);
  return run;
}

export function NewImportForm() {
  const t = useTranslation();
  const mutation = useMutation();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(formData.get(name) ?? "").trim();
    const lines = (name: string) =>
      text(name)
        .split("\n")
        .map((entry) => entry.trim())
        .filter(Boolean);
    const query: Record<string, unknown> = {};
    for (const name of ["jurisdiction", "crs", "timezone", "layer"]) if (text(name)) query[name] = text(name);
    for (const name of ["map", "map_value"]) if (lines(name).length) query[name] = lines(name);
    for (const name of ["partial", "live", "accept_findings"]) if (formData.get(name)) query[name] = true;
    const isDry = (event.submitter as HTMLButtonElement | null)?.value !== "apply";
    await mutation.run(async () => {
      const run = await startImport({ file: formData.get("file") as File, kind: text("kind"), query }, isDry);
      navigate(`files?import=${run.id}`);
    });
  };
  return (
    <form class="act" onSubmit={(event) => void submit(event)} aria-label={t("new_import")} data-testid="new-import">
      <label>
        {t("kind_of")}
        <select name="kind">
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {t.code(KIND, kind)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("file")} <small>{t("file_hint")}</small>
        <input name="file" type="file" required accept=".csv,.xlsx,.geojson,.json,.gpkg,.zip,.shp" />
      </label>
      <JurisdictionField />
      <label class="check">
        <input type="checkbox" name="partial" /> {t("partial")}
      </label>
      <details>
        <summary>{t("more_options")}</summary>
        <label>
          {t("mapping")}
          <textarea name="map" rows={2} maxLength={3000} />
        </label>
        <label>
          {t("value_mapping")}
          <textarea name="map_value" rows={2} maxLength={3000} />
        </label>
        <label>
          {t("coordinates")}
          <select name="crs">
            <option value="">WGS 84</option>
            <option value="gcj02">GCJ-02</option>
            <option value="bd09">BD-09</option>
            <option value="EPSG:4490">CGCS2000 (EPSG:4490)</option>
          </select>
        </label>
        <label>
          {t("time_zone")} <small>{t("by_default")}</small>
          <input name="timezone" maxLength={60} />
        </label>
        <label>
          {t("layer_of")} <small>{t("optional")}</small>
          <input name="layer" maxLength={200} />
        </label>
        <label class="check">
          <input type="checkbox" name="live" /> {t("dispatch_live")}
        </label>
        <label class="check">
          <input type="checkbox" name="accept_findings" /> {t("accept_findings")}
        </label>
      </details>
      <MutationStatus mutation={mutation} doneText="" />
      <span class="buttons">
        <button class="main" value="dry" disabled={mutation.isBusy} data-testid="dry-run">
          {t("exchange_dry_run")}
        </button>
        {mutation.isBusy && <span role="status">{t("reading_file")}</span>}
      </span>
    </form>
  );
}

function JurisdictionField() {
  const t = useTranslation();
  const result = useQuery(() => callApi(client.GET("/api/v1/jurisdictions")), "jurisdictions", false);
  const items = result.data?.items ?? [];
  if (items.length < 2) return null;
  return (
    <label>
      {t("of_jurisdiction")}
      <select name="jurisdiction">
        <option value="">{t("by_default")}</option>
        {items.map((jurisdiction) => (
          <option key={jurisdiction.id} value={jurisdiction.code}>
            {t.named(jurisdiction.name)} ({jurisdiction.code})
          </option>
        ))}
      </select>
    </label>
  );
}

export function ImportList(props: { cursor: string }) {
  const t = useTranslation();
  const query = { limit: 20, ...(props.cursor ? { cursor: props.cursor } : {}) };
  const importRuns = useQuery(
    () => callApi(client.GET("/api/v1/imports", { params: { query } })),
    `imports ${props.cursor}`,
  );
  return (
    <Loaded query={importRuns}>
      {(data) =>
        data.items.length === 0 ? (
          <p class="quiet">{t("no_imports")}</p>
        ) : (
          <>
            <Table
              caption={t("imports")}
              heads={[t("when"), t("file"), t("kind_of"), t("when_state"), t("rows_done", { n: "" })]}
              numbers={[4]}
            >
              {data.items.map((run) => (
                <tr key={run.id}>
                  <th scope="row">
                    <a href={`#/files?import=${run.id}`}>{t.at(run.created_at)}</a>
                  </th>
                  <td class="words">{run.name}</td>
                  <td>{t.code(KIND, run.kind)}</td>
                  <td>
                    {run.dry_run && <span class="tag">{t("dry")}</span>} {t.code(RUN_STATE, run.state)}
                  </td>
                  <td class="number">{run.rows_seen}</td>
                </tr>
              ))}
            </Table>
            {data.next && (
              <p class="pager">
                <a href={`#/files?imports=${data.next}`}>{t("next_page")}</a>
              </p>
            )}
          </>
        )
      }
    </Loaded>
  );
}

/** One import: progress, outcome, faults, and after a dry run the button that imports the same file. */
export function ImportDetails(props: { id: string }) {
  const t = useTranslation();
  const query = useRun(
    () => callApi(client.GET("/api/v1/imports/{run_id}", { params: { path: { run_id: props.id } } })),
    `import ${props.id}`,
  );
  return (
    <Page title={t("imports")} testid="import" tools={<a href="#/files">{t("back")}</a>}>
      <Loaded query={query}>
        {(run) => (
          <>
            <p class="lead">
              {run.dry_run && (
                <span class="tag" data-testid="dry">
                  {t("dry")}
                </span>
              )}{" "}
              {t.code(KIND, run.kind)} · {run.name} · <b data-testid="state">{t.code(RUN_STATE, run.state)}</b>
            </p>
            <ProgressBar done={run.rows_seen} expected={run.rows_expected} isOver={run.finished_at !== null} />
            {run.finished_at !== null && <OutcomeSummary run={run} />}
            {run.finished_at !== null && run.dry_run && run.state !== "failed" && <ApplyButton run={run} />}
            {run.has_errors && <FaultList run={run} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}

type ImportOutcome = {
  stored?: number;
  would_store?: number;
  unchanged?: number;
  refused?: number;
  reasons?: Record<string, number>;
  columns?: Record<string, string>;
  ignored_columns?: string[];
  fault?: { code: string };
};

function OutcomeSummary(props: { run: Run }) {
  const t = useTranslation();
  const outcome = (props.run.outcome ?? {}) as ImportOutcome;
  if (outcome.fault)
    return (
      <p class="trouble" role="alert">
        {t("failed_because", { words: outcome.fault.code })}
      </p>
    );
  return (
    <>
      <ul class="counts" data-testid="outcome">
        {(
          [
            [props.run.dry_run ? "would_store" : "stored", props.run.dry_run ? outcome.would_store : outcome.stored],
            ["unchanged", outcome.unchanged],
            ["refused_rows", outcome.refused],
          ] as const
        ).map(([word, n]) => (
          <li key={word} class={word === "refused_rows" && n ? "bad" : ""}>
            <b class="figure">{n ?? 0}</b>
            <span>{t(word)}</span>
          </li>
        ))}
      </ul>
      <details>
        <summary>
          {t("columns_known")} ({Object.keys(outcome.columns ?? {}).length})
        </summary>
        <Table caption={t("columns_known")} heads={[t("field_of"), t("column_of")]}>
          {Object.entries(outcome.columns ?? {}).map(([field, column]) => (
            <tr key={field}>
              <th scope="row">{field}</th>
              <td>{column}</td>
            </tr>
          ))}
        </Table>
        {!!outcome.ignored_columns?.length && (
          <p>
            {t("columns_left")}: {outcome.ignored_columns.join("、")}
          </p>
        )}
      </details>
    </>
  );
}

function ApplyButton(props: { run: Run }) {
  const t = useTranslation();
  const mutation = useMutation();
  const input = inputByRun.get(props.run.id);
  if (!input)
    return (
      <p class="quiet">
        {t("choose_again")} <a href="#/files">{t("new_import")}</a>
      </p>
    );
  const apply = () =>
    mutation.run(async () => {
      const run = await startImport(input, false);
      navigate(`files?import=${run.id}`);
    });
  return (
    <p>
      {t("apply_means")}{" "}
      <button type="button" class="main" disabled={mutation.isBusy} onClick={() => void apply()} data-testid="apply">
        {t("apply")}
      </button>
      <MutationStatus mutation={mutation} doneText="" />
    </p>
  );
}

function FaultList(props: { run: Run }) {
  const t = useTranslation();
  const mutation = useMutation();
  const [code, setCode] = useState("");
  const [cursors, setCursors] = useState<string[]>([]);
  const cursor = cursors.at(-1);
  const query = { limit: 20, ...(cursor ? { cursor } : {}), ...(code ? { code } : {}) };
  const faultPage = useQuery(
    () => callApi(client.GET("/api/v1/imports/{run_id}/faults", { params: { path: { run_id: props.run.id }, query } })),
    `faults ${props.run.id} ${code} ${cursor ?? ""}`,
    false,
  );
  const heading = useRef<HTMLHeadingElement>(null);
  const turn = (next: string[]) => (setCursors(next), heading.current?.focus());
  const reasons = Object.entries(((props.run.outcome ?? {}) as ImportOutcome).reasons ?? {});
  const save = () =>
    mutation.run(async () => {
      const name = (props.run.name ?? "rows").replace(/(\.\w+)?$/, ".errors$1");
      saveFile(await followPath<Blob>(`/api/v1/imports/${props.run.id}/errors`, "blob"), name);
    });
  return (
    <section aria-labelledby="faults" data-testid="faults">
      <h2 id="faults" ref={heading} tabIndex={-1}>
        {t("row_faults")}
      </h2>
      <p class="buttons">
        <label class="inline">
          {t("reasons_of")}
          <select
            value={code}
            onChange={(event) => (setCode(event.currentTarget.value), setCursors([]))}
            data-testid="fault-code"
          >
            <option value="">{t("all")}</option>
            {reasons.map(([reason, n]) => (
              <option key={reason} value={reason}>
                {reason} ({n})
              </option>
            ))}
          </select>
        </label>
        <button type="button" disabled={mutation.isBusy} onClick={() => void save()} data-testid="error-file">
          {t("error_file")}
        </button>
        <MutationStatus mutation={mutation} doneText="" />
      </p>
      <Loaded query={faultPage}>
        {(data) => (
          <>
            <Table caption={t("row_faults")} heads={[t("row_n"), t("column_of"), t("fault_of")]} testid="fault-rows">
              {data.items.flatMap((row) =>
                row.faults.map((fault, n) => (
                  <tr key={`${row.row} ${n}`}>
                    <th scope="row">{row.row}</th>
                    <td>{fault.column}</td>
                    <td class="words">
                      {t.named(fault.sentence)} <small>{fault.code}</small>
                    </td>
                  </tr>
                )),
              )}
            </Table>
            <p class="pager">
              {cursors.length > 0 && (
                <button type="button" class="plain" onClick={() => turn([])}>
                  {t("first_page")}
                </button>
              )}
              {data.next && (
                <button
                  type="button"
                  class="plain"
                  onClick={() => turn([...cursors, data.next!])}
                  data-testid="more-faults"
                >
                  {t("next_page")}
                </button>
              )}
            </p>
          </>
        )}
      </Loaded>
    </section>
  );
}
