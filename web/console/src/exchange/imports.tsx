// Imports: the list, and the page of one run with its faults.
import { useRef, useState } from "preact/hooks";
import { saveFile } from "../download";
import { useCategoryName } from "../hooks/reference-data";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate } from "../navigation";
import type { Name } from "../../../src/i18n";
import { callApi, client, followPath } from "../session";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Table } from "../ui/table";
import { KIND, RUN_STATE } from "../words/exchange";
import { groupFaults } from "./fault-groups";
import { type ImportRun, inputOf, startImport } from "./import-input";
import { ProgressBar, useRun } from "./progress";

type Run = ImportRun;

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
              heads={[t("when"), t("file"), t("kind_of"), t("when_state"), t("row_count")]}
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
            {run.finished_at !== null && run.dry_run && <ApplyButton run={run} />}
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
  unknown_categories?: { category: string; rows: number; proposed: string | null }[];
  /** Titles of fields, and sentences of faults by their codes. */
  titles?: Record<string, Name>;
  reason_sentences?: Record<string, Name>;
  fault?: { code: string; sentence?: Name };
};

function OutcomeSummary(props: { run: Run }) {
  const t = useTranslation();
  const outcome = (props.run.outcome ?? {}) as ImportOutcome;
  if (outcome.fault)
    return (
      <p class="trouble" role="alert">
        {t("failed_because", { words: t.named(outcome.fault.sentence) || outcome.fault.code })}
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
      {!!outcome.unknown_categories?.length && <UnknownCategories categories={outcome.unknown_categories} />}
      <details>
        <summary>
          {t("columns_known")} ({Object.keys(outcome.columns ?? {}).length})
        </summary>
        <Table caption={t("columns_known")} heads={[t("field_of"), t("column_of")]}>
          {Object.entries(outcome.columns ?? {}).map(([field, column]) => (
            <tr key={field}>
              <th scope="row">{t.named(outcome.titles?.[field]) || field}</th>
              <td>{column}</td>
            </tr>
          ))}
        </Table>
        {!!outcome.ignored_columns?.length && (
          <p>
            {t("columns_left")}: {t.list(outcome.ignored_columns)}
          </p>
        )}
      </details>
    </>
  );
}

/** Categories of the file that the city does not have: their cases have no category. */
function UnknownCategories(props: { categories: NonNullable<ImportOutcome["unknown_categories"]> }) {
  const t = useTranslation();
  const name = useCategoryName();
  const texts = props.categories.map(({ category, rows, proposed }) =>
    t(proposed ? "unknown_category_like" : "unknown_category", { category, n: rows, like: name(proposed) }),
  );
  return (
    <p class="order" data-testid="unknown-categories">
      {t("unknown_categories")} {t.list(texts)}
    </p>
  );
}

function ApplyButton(props: { run: Run }) {
  const t = useTranslation();
  const mutation = useMutation();
  const input = inputOf(props.run.id);
  const { would_store = 0, unchanged = 0, refused = 0 } = (props.run.outcome ?? {}) as ImportOutcome;
  const isNothing = props.run.state !== "failed" && would_store + unchanged === 0;
  if (!input && isNothing)
    return (
      <p data-testid="nothing-to-import">
        {t("nothing_to_import")} <a href="#/files">{t("new_import")}</a>
      </p>
    );
  if (!input)
    return (
      <p class="quiet">
        {t("choose_again")} <a href="#/files">{t("new_import")}</a>
      </p>
    );
  const again = <a href={`#/files?again=${props.run.id}`}>{t("change_columns")}</a>;
  if (props.run.state === "failed") return <p>{again}</p>;
  if (isNothing)
    return (
      <p data-testid="nothing-to-import">
        {t("nothing_to_import")} {again}
      </p>
    );
  // All or nothing: with refused rows the same import would store nothing.
  const isPartial = refused > 0 && !input.query.partial;
  const apply = () =>
    mutation.run(async () => {
      const query = isPartial ? { ...input.query, partial: true } : input.query;
      const run = await startImport({ ...input, query }, false);
      navigate(`files?import=${run.id}`);
    });
  return (
    <p>
      {isPartial ? t("apply_valid_means", { n: refused }) : t("apply_means")}{" "}
      <button type="button" class="main" disabled={mutation.isBusy} onClick={() => void apply()} data-testid="apply">
        {isPartial ? t("apply_valid", { n: would_store + unchanged }) : t("apply")}
      </button>{" "}
      {again}
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
  const { reasons = {}, reason_sentences = {}, titles = {} } = (props.run.outcome ?? {}) as ImportOutcome;
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
            {Object.entries(reasons).map(([reason, n]) => (
              <option key={reason} value={reason}>
                {t.named(reason_sentences[reason]) || reason} ({n})
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
                groupFaults(row.faults).map(({ columns, fault }, n) => (
                  <tr key={`${row.row} ${n}`}>
                    <th scope="row">{row.row}</th>
                    <td class="words">{t.list(columns.map((column) => t.named(titles[column]) || column))}</td>
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
