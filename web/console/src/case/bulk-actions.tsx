// One act on many cases: chosen in the list or by its filter, done one by one by the server, each with its own result.
import { useState } from "preact/hooks";
import type { Name } from "../../../src/i18n";
import { useCategories } from "../hooks/reference-data";
import { useZone } from "../hooks/use-me";
import { useDoing } from "../hooks/use-mutation";
import { useWords } from "../hooks/use-translation";
import { actKey, client, load, PLAIN, type Schemas } from "../session";
import { Told } from "../ui/mutation-status";
import { Table } from "../ui/table";
import { UnitChoice } from "../ui/unit-select";
import { WorkerChoice } from "../ui/worker-select";
import { STEP } from "../words/codes";
import { instantIn } from "../zone-time";
import { AT_ONCE, type Chosen } from "./types";

type Fields = { note?: "required" | "optional"; worker?: boolean; unit?: boolean; category?: boolean; into?: boolean; audience?: boolean; level?: boolean; until?: boolean; isGrave?: boolean };

/** What is done on many: acts of the API, and moves of a case that need no more than words and a date. */
const ACTS: Record<string, Fields> = {
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

const OF_THE_API = ["urge", "assign", "note", "correct", "merge"];

type Sent = { key: string; action: Schemas["BulkAct"]["action"]; body: Record<string, unknown>; results: Schemas["BulkResult"][] };

export function Many(props: { chosen: Chosen; onDone: () => void }) {
  const t = useWords();
  const doing = useDoing();
  const zone = useZone();
  const [act, setAct] = useState("urge");
  const [sent, setSent] = useState<Sent | null>(null);
  const needs = ACTS[act] ?? {};
  const name = (code: string) => (code === "assign" ? t.code(STEP, "reassign") : code === "correct" ? t("correct") : code === "merge" ? t("merge_into") : t.code(STEP, code));

  /** One request; what took effect before under its key is not done again, so it may be sent again after silence. */
  const send = async (one: Sent, ids: string[]) => {
    const isDone = await doing.run(async () => {
      const answer = await load(
        client.POST("/api/v1/incidents/bulk", { headers: { "Idempotency-Key": one.key }, body: { action: one.action, ids, body: one.body } }),
      );
      const told = new Map((answer.items ?? []).map((result) => [result.id!, result]));
      const before = one.results.map((result) => told.get(result.id!) ?? result);
      setSent({ ...one, results: before.length ? before : (answer.items ?? []) });
    });
    if (isDone) props.onDone();
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const text = (field: string) => String(said.get(field) ?? "").trim();
    const words = text("note");
    const body: Record<string, unknown> = {};
    const put = (field: string, value: unknown) => value && (body[field] = value);
    if (act === "note") Object.assign(body, { words, audience: text("audience") });
    else if (act === "merge") put("reason", words);
    else put("note", words);
    put("worker_id", text("worker_id"));
    put(act === "correct" ? "owner_unit_id" : "unit_id", text("unit_id"));
    put("category", text("category"));
    put("level", Number(text("level")));
    if (text("until")) put("until", instantIn(zone, text("until")));
    if (!OF_THE_API.includes(act)) body["action"] = act;
    if (needs.into) {
      const found = await doing.run(async () => {
        const page = (await load(client.GET("/api/v1/incidents", { params: { query: { case_no: text("into") } }, headers: PLAIN }))) as { items?: { id?: string }[] };
        put("into", page.items?.[0]?.id);
      });
      if (!found) return;
    }
    const action = (OF_THE_API.includes(act) ? act : "transition") as Sent["action"];
    await send({ key: actKey(), action, body, results: [] }, [...props.chosen.keys()]);
  };
  const failed = sent?.results.filter((one) => !one.ok) ?? [];
  return (
    <section class="many" aria-labelledby="many" data-testid="many">
      <h2 id="many">{t("act_on_many")}: {t("chosen_n", { n: props.chosen.size })}</h2>
      <form class="act" onSubmit={(event) => void submit(event)} aria-label={t("act_on_many")} data-testid="many-form">
        <label>
          {t("act_of")}
          <select value={act} onChange={(event) => (setAct(event.currentTarget.value), doing.clear())} data-testid="many-act">
            {Object.keys(ACTS).map((code) => <option key={code} value={code}>{name(code)}</option>)}
          </select>
        </label>
        {needs.worker && <WorkerChoice name="worker_id" label={<>{t("worker")} <small>{t("optional")}</small></>} isForNow />}
        {needs.unit && <label>{t(needs.worker ? "or_unit" : "unit")} <small>{t("optional")}</small><UnitChoice isRequired={false} /></label>}
        {needs.category && <CategoryChoice />}
        {needs.into && <label>{t("into_no")} <small>{t("required")}</small><input name="into" required maxLength={40} /></label>}
        {needs.level && (
          <label>
            {t("level")}
            <select name="level">{(["level_1", "level_2", "level_3"] as const).map((level, n) => <option key={level} value={n + 1}>{t(level)}</option>)}</select>
          </label>
        )}
        {needs.until && (
          <label>
            {t("until")} <small>{t("required")}</small>
            <input name="until" type="datetime-local" required />
            <small>{t("times_of", { zone })}</small>
          </label>
        )}
        {needs.audience && (
          <label>
            {t("for_whom")}
            <select name="audience"><option value="desk">{t("for_desk")}</option><option value="handlers">{t("for_handlers")}</option></select>
          </label>
        )}
        {needs.note && (
          <label>
            {t("note")} <small>{t(needs.note)}</small>
            <textarea name="note" rows={2} maxLength={2000} required={needs.note === "required"} />
          </label>
        )}
        <Told of={doing} done="" />
        <span class="buttons">
          <button class={needs.isGrave ? "grave main" : "main"} disabled={doing.isBusy || props.chosen.size === 0 || props.chosen.size > AT_ONCE} data-testid="many-submit">{t("act_on_n", { n: props.chosen.size })}</button>
        </span>
      </form>
      {sent && sent.results.length > 0 && (
        <>
          <p role="status" data-testid="many-told">{t("many_done", { n: sent.results.length - failed.length, m: failed.length })}</p>
          {failed.length > 0 && (
            <button type="button" disabled={doing.isBusy} onClick={() => void send(sent, failed.map((one) => one.id!))} data-testid="many-retry">{t("retry_failed", { n: failed.length })}</button>
          )}
          <Table caption={t("results")} heads={[t("case_no"), t("result"), t("note")]} testid="many-results">
            {sent.results.map((one) => (
              <tr key={one.id}>
                <th scope="row"><a href={`#/case/${one.id}`}>{props.chosen.get(one.id!) ?? one.id}</a></th>
                <td class={one.ok ? "good" : "bad"}>{t(!one.ok ? "each_not" : one.is_repeat ? "each_before" : "each_done")}</td>
                <td class="words">{one.message}{(one.errors as { message?: string; detail?: string }[] | undefined)?.map((error) => ` ${error.message ?? error.detail ?? ""}`)}</td>
              </tr>
            ))}
          </Table>
        </>
      )}
    </section>
  );
}

function CategoryChoice() {
  const t = useWords();
  const categories: { code?: string; name?: Name }[] = [...useCategories().values()];
  return (
    <label>
      {t("category")} <small>{t("optional")}</small>
      <select name="category" data-testid="many-category">
        <option value="">{t("choose")}</option>
        {categories.map((one) => <option key={one.code} value={one.code}>{one.code} {t.named(one.name)}</option>)}
      </select>
    </label>
  );
}
