// One action on many cases, selected in the list or by its filter. The server handles each case separately and returns a
// result for each.
import { useState } from "preact/hooks";
import type { Name } from "../../../src/i18n";
import { useCategories } from "../hooks/reference-data";
import { useZone } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { ACCEPT_JSON, callApi, client, newIdempotencyKey, type Schemas } from "../session";
import { MutationStatus } from "../ui/mutation-status";
import { Table } from "../ui/table";
import { UnitSelect } from "../ui/unit-select";
import { WorkerSelect } from "../ui/worker-select";
import { STEP } from "../words/codes";
import { instantFromField } from "../zone-time";
import { BULK_LIMIT, type Selection } from "./selection";

type ActionFields = {
  note?: "required" | "optional";
  worker?: boolean;
  unit?: boolean;
  category?: boolean;
  into?: boolean;
  audience?: boolean;
  level?: boolean;
  until?: boolean;
  isGrave?: boolean;
};

/** Bulk actions of the API, and transitions that need no more than a note and a date. */
const BULK_ACTIONS: Record<string, ActionFields> = {
  urge: { note: "optional" },
  assign: { note: "required", worker: true, unit: true },
  note: { note: "required", audience: true },
  correct: { note: "required", category: true, unit: true },
  merge: { note: "required", into: true },
  redispatch: { note: "optional" },
  supervise: { note: "required", level: true },
  lock: { note: "required" },
  unlock: { note: "required" },
  defer: { note: "required", until: true },
  resume: { note: "optional" },
  grant_extension: { note: "required" },
  refuse_extension: { note: "required" },
  not_file: { note: "required", isGrave: true },
  force_close: { note: "required", isGrave: true },
};

const BULK_ONLY_ACTIONS = ["urge", "assign", "note", "correct", "merge"];

type BulkRequest = {
  key: string;
  action: Schemas["BulkAct"]["action"];
  body: Record<string, unknown>;
  results: Schemas["BulkResult"][];
};

/** A bar at the lower edge of the window while cases are selected. `notice`: a further text about the selection. */
export function BulkActions(props: { chosen: Selection; notice: string; onClear: () => void; onDone: () => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const zone = useZone();
  const [action, setAction] = useState("urge");
  const [lastRequest, setLastRequest] = useState<BulkRequest | null>(null);
  const fields = BULK_ACTIONS[action] ?? {};
  const name = (code: string) =>
    code === "assign"
      ? t.code(STEP, "reassign")
      : code === "correct"
        ? t("correct")
        : code === "merge"
          ? t("merge_into")
          : t.code(STEP, code);

  /** Send one request. Repeating it is safe: cases that succeeded under its key are not changed again. */
  const send = async (request: BulkRequest, ids: string[]) => {
    const isDone = await mutation.run(async () => {
      const response = await callApi(
        client.POST("/api/v1/incidents/bulk", {
          headers: { "Idempotency-Key": request.key },
          body: { action: request.action, ids, body: request.body } as unknown as Schemas["BulkAct"],
        }),
      );
      const resultById = new Map((response.items ?? []).map((result) => [result.id, result]));
      const updated = request.results.map((result) => resultById.get(result.id) ?? result);
      setLastRequest({ ...request, results: updated.length ? updated : (response.items ?? []) });
    });
    if (isDone) props.onDone();
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const text = (field: string) => String(formData.get(field) ?? "").trim();
    const words = text("note");
    const body: Record<string, unknown> = {};
    const addField = (field: string, value: unknown) => value && (body[field] = value);
    if (action === "note") Object.assign(body, { words, audience: text("audience") });
    else if (action === "merge") addField("reason", words);
    else addField("note", words);
    addField("worker_id", text("worker_id"));
    addField(action === "correct" ? "owner_unit_id" : "unit_id", text("unit_id"));
    addField("category", text("category"));
    addField("level", Number(text("level")));
    if (text("until")) addField("until", instantFromField(zone, text("until")));
    if (!BULK_ONLY_ACTIONS.includes(action)) body["action"] = action;
    if (fields.into) {
      const isFound = await mutation.run(async () => {
        const page = (await callApi(
          client.GET("/api/v1/incidents", { params: { query: { case_no: text("into") } }, headers: ACCEPT_JSON }),
        )) as { items?: { id?: string }[] };
        addField("into_id", page.items?.[0]?.id);
      });
      if (!isFound) return;
    }
    const wireAction = (BULK_ONLY_ACTIONS.includes(action) ? action : "transition") as BulkRequest["action"];
    await send({ key: newIdempotencyKey(), action: wireAction, body, results: [] }, [...props.chosen.keys()]);
  };
  const failed = lastRequest?.results.filter((result) => !result.ok) ?? [];
  return (
    <section class="many" aria-labelledby="many" data-testid="many">
      <div class="head">
        <h2 id="many">{t("act_on_many")}</h2>
        <span role="status" data-testid="chosen">
          {t("chosen_n", { n: props.chosen.size })} {props.notice}{" "}
          {props.chosen.size > BULK_LIMIT && t("at_once_most", { n: BULK_LIMIT })}
        </span>
        <button type="button" class="plain" onClick={props.onClear} data-testid="choose-none">
          {t("choose_none")}
        </button>
      </div>
      <form class="act" onSubmit={(event) => void submit(event)} aria-label={t("act_on_many")} data-testid="many-form">
        <label>
          {t("act_of")}
          <select
            value={action}
            onChange={(event) => (setAction(event.currentTarget.value), mutation.clear())}
            data-testid="many-act"
          >
            {Object.keys(BULK_ACTIONS).map((code) => (
              <option key={code} value={code}>
                {name(code)}
              </option>
            ))}
          </select>
        </label>
        {fields.worker && (
          <WorkerSelect
            name="worker_id"
            label={
              <>
                {t("worker")} <small>{t("optional")}</small>
              </>
            }
            isForNow
          />
        )}
        {fields.unit && (
          <label>
            {t(fields.worker ? "or_unit" : "unit")} <small>{t("optional")}</small>
            <UnitSelect isRequired={false} />
          </label>
        )}
        {fields.category && <CategorySelect />}
        {fields.into && (
          <label>
            {t("into_no")} <small>{t("required")}</small>
            <input name="into" required maxLength={40} />
          </label>
        )}
        {fields.level && (
          <label>
            {t("level")}
            <select name="level">
              {(["level_1", "level_2", "level_3"] as const).map((level, n) => (
                <option key={level} value={n + 1}>
                  {t(level)}
                </option>
              ))}
            </select>
          </label>
        )}
        {fields.until && (
          <label>
            {t("until")} <small>{t("required")}</small>
            <input name="until" type="datetime-local" required />
            <small>{t("times_of", { zone })}</small>
          </label>
        )}
        {fields.audience && (
          <label>
            {t("for_whom")}
            <select name="audience">
              <option value="desk">{t("for_desk")}</option>
              <option value="handlers">{t("for_handlers")}</option>
            </select>
          </label>
        )}
        {fields.note && (
          <label>
            {t("note")} <small>{t(fields.note)}</small>
            <textarea name="note" rows={2} maxLength={2000} required={fields.note === "required"} />
          </label>
        )}
        <MutationStatus mutation={mutation} doneText="" />
        <span class="buttons">
          <button
            class={fields.isGrave ? "grave main" : "main"}
            disabled={mutation.isBusy || props.chosen.size === 0 || props.chosen.size > BULK_LIMIT}
            data-testid="many-submit"
          >
            {t("act_on_n", { n: props.chosen.size })}
          </button>
        </span>
      </form>
      {lastRequest && lastRequest.results.length > 0 && (
        <>
          <p role="status" data-testid="many-told">
            {t("many_done", { n: lastRequest.results.length - failed.length, m: failed.length })}
          </p>
          {failed.length > 0 && (
            <button
              type="button"
              disabled={mutation.isBusy}
              onClick={() =>
                void send(
                  lastRequest,
                  failed.map((result) => result.id),
                )
              }
              data-testid="many-retry"
            >
              {t("retry_failed", { n: failed.length })}
            </button>
          )}
          <Table caption={t("results")} heads={[t("case_no"), t("result"), t("note")]} testid="many-results">
            {lastRequest.results.map((result) => (
              <tr key={result.id}>
                <th scope="row">
                  <a href={`#/case/${result.id}`}>{props.chosen.get(result.id) ?? result.id}</a>
                </th>
                <td class={result.ok ? "good" : "bad"}>
                  {t(!result.ok ? "each_not" : result.is_repeat ? "each_before" : "each_done")}
                </td>
                <td class="words">
                  {result.message}
                  {(result.errors as { message?: string; detail?: string }[] | undefined)?.map(
                    (error) => ` ${error.message ?? error.detail ?? ""}`,
                  )}
                </td>
              </tr>
            ))}
          </Table>
        </>
      )}
    </section>
  );
}

function CategorySelect() {
  const t = useTranslation();
  const categories: { code?: string; name?: Name }[] = [...useCategories().values()];
  return (
    <label>
      {t("category")} <small>{t("optional")}</small>
      <select name="category" data-testid="many-category">
        <option value="">{t("choose")}</option>
        {categories.map((category) => (
          <option key={category.code} value={category.code}>
            {category.code} {t.named(category.name)}
          </option>
        ))}
      </select>
    </label>
  );
}
