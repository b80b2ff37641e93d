// What I may do with a case now, a form for each act. What may be done says the server (`allowed`); what an act needs is here.
import { useEffect, useRef } from "preact/hooks";
import type { Name } from "../../../src/i18n";
import { useRules } from "../hooks/reference-data";
import { useZone } from "../hooks/use-me";
import { useDoing } from "../hooks/use-mutation";
import { useWords } from "../hooks/use-translation";
import { client, load, type Schemas } from "../session";
import { Told } from "../ui/mutation-status";
import { UnitChoice } from "../ui/unit-select";
import { WorkerChoice } from "../ui/worker-select";
import { ENDS } from "../words/case";
import { RESULT, STAGE, STEP, STEP_MEANS } from "../words/codes";
import { instantIn } from "../zone-time";
import type { Begun, Case } from "./types";

type Field = "required" | "optional" | undefined;
type Needs = { reason?: Field; alone?: Field; stage?: Field; amount?: Field; level?: Field; until?: Field; note?: Field; worker?: Field; unit?: Field; results?: readonly string[]; isGrave?: boolean };

const NEEDS: Record<string, Needs> = {
  accept: {},
  verify: { note: "optional", results: ["exists", "not_exist", "unable"] },
  file: { note: "required" },
  assign_verify: { worker: "required", note: "optional" },
  start: { note: "optional", alone: "optional" },
  feed_back: { note: "required", alone: "optional" },
  check: { note: "optional", results: ["pass", "not_pass", "unable"] },
  return: { note: "required", unit: "optional" },
  reassign: { note: "required", worker: "optional", unit: "optional" },
  redispatch: { note: "optional" },
  override: { note: "required", worker: "required" },
  pin: { note: "required", worker: "required" },
  unpin: { note: "required" },
  lock: { note: "required" },
  unlock: { note: "required" },
  assign_check: { worker: "required", note: "optional" },
  assign_second: { worker: "required", note: "optional" },
  stage_done: { stage: "required", note: "optional" },
  ask_extension: { amount: "required", note: "required" },
  grant_extension: { note: "required" },
  refuse_extension: { note: "required" },
  supervise: { level: "required", until: "optional", note: "required" },
  end_supervision: { note: "required" },
  put_on_books: { until: "required", note: "required" },
  take_from_books: { note: "required" },
  contest: { note: "required" },
  confirm: { note: "optional" },
  second_done: { note: "required" },
  accept_part: { unit: "optional" },
  part_done: { note: "required", unit: "optional" },
  part_return: { note: "required", unit: "optional" },
  add_unit: { note: "required", unit: "required" },
  withdraw_unit: { note: "required", unit: "required" },
  waive_parts: { note: "required" },
  make_lead: { note: "required", unit: "required" },
  not_file: { reason: "optional", note: "required", isGrave: true },
  urge: { note: "optional" },
  defer: { until: "required", note: "required" },
  resume: { note: "optional" },
  force_close: { reason: "optional", note: "required", isGrave: true },
};

export function Acts(props: { of: Case; begun: Begun; onBegin: (begun: Begun) => void; onDone: () => void }) {
  const t = useWords();
  const { begun } = props;
  // A note for all has a form of its own below.
  const actions = (props.of.allowed ?? []).filter((action) => action in NEEDS);
  const isOpen = begun !== null && actions.includes(begun.action);
  return (
    <section aria-labelledby="acts" data-testid="acts">
      <h2 id="acts">{t("actions")}</h2>
      {actions.length === 0 && <p class="quiet">{t("no_actions")}</p>}
      <div class="acts">
        {actions.map((action) => (
          <button
            key={action}
            type="button"
            class={NEEDS[action]?.isGrave ? "grave" : ""}
            aria-expanded={isOpen && begun.action === action}
            onClick={() => props.onBegin(isOpen && begun.action === action ? null : { action, worker: null })}
            data-testid={`act-${action}`}
          >
            {t.code(STEP, action)}
          </button>
        ))}
      </div>
      {isOpen && <ActForm key={`${begun.action} ${begun.worker?.id}`} of={props.of} begun={begun} onDone={props.onDone} onCancel={() => props.onBegin(null)} />}
    </section>
  );
}

export function ActForm(props: { of: Case; begun: NonNullable<Begun>; onDone: () => void; onCancel: () => void }) {
  const t = useWords();
  const { action, worker } = props.begun;
  const zone = useZone();
  const needs = NEEDS[action] ?? {};
  const doing = useDoing();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.scrollIntoView({ block: "nearest" });
    form.current?.querySelector<HTMLElement>("select, textarea, input, button")?.focus();
  }, []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const body = { action } as Schemas["Transition"] & Record<string, string>;
    for (const name of ["note", "worker_id", "unit_id", "result", "stage", "reason", "alone_reason"]) {
      const text = String(said.get(name) ?? "").trim();
      if (text) body[name] = text;
    }
    const [amount, level, until] = ["amount", "level", "until"].map((name) => String(said.get(name) ?? ""));
    const proposed = action === "confirm" ? props.of.proposal?.worker?.id : undefined;
    const more = {
      ...(amount ? { amount: Number(amount) } : {}),
      ...(level ? { level: Number(level) } : {}),
      ...(until ? { until: instantIn(zone, until) } : {}),
      // Whom I mean: somebody else may be proposed meanwhile.
      ...(proposed ? { worker_id: proposed } : {}),
    };
    const isDone = await doing.run((key) =>
      load(
        client.POST("/api/v1/incidents/{incident_id}/transitions", {
          params: { path: { incident_id: props.of.id! }, header: { "Idempotency-Key": key } },
          body: { ...body, ...more },
        }),
      ),
    );
    if (isDone) props.onDone();
  };
  const hint = (field: Field) => <small>{t(field === "required" ? "required" : "optional")}</small>;
  return (
    <form class="act" ref={form} onSubmit={(event) => void submit(event)} aria-label={t.code(STEP, action)} data-testid="act-form">
      <h3>{t.code(STEP, action)}</h3>
      {STEP_MEANS[action] && <p class="quiet">{t.code(STEP_MEANS, action)}</p>}
      {needs.results && (
        <fieldset>
          <legend>{t("result")}</legend>
          {needs.results.map((result) => (
            <label key={result} class="check">
              <input type="radio" name="result" value={result} required /> {t.code(RESULT, result)}
            </label>
          ))}
        </fieldset>
      )}
      {needs.reason && (
        <label>
          {t("reason_code")} {hint(needs.reason)}
          <ReasonChoice action={action} />
        </label>
      )}
      {needs.stage && (
        <label>
          {t("stage")} {hint(needs.stage)}
          <select name="stage" required>
            {props.of.deadlines?.filter((one) => one.ends_with === "done" && !one.outcome).map((one) => (
              <option key={one.stage} value={one.stage}>{t.named(one.name) || t.code(STAGE, one.stage)}</option>
            ))}
          </select>
        </label>
      )}
      {needs.amount && (
        <label>
          {t("how_much")} {hint(needs.amount)}
          <input name="amount" type="number" min="0" max="10000" step="any" required />
        </label>
      )}
      {needs.alone && (props.of.second || props.of.waiting?.reason === "no_second") && (
        <label>
          {t("alone_reason")} {hint(needs.alone)}
          <input name="alone_reason" maxLength={500} />
        </label>
      )}
      {needs.level && (
        <label>
          {t("level")} {hint(needs.level)}
          <select name="level" required>
            {(["level_1", "level_2", "level_3"] as const).map((level, n) => <option key={level} value={n + 1}>{t(level)}</option>)}
          </select>
        </label>
      )}
      {needs.until && (
        <label>
          {t("until")} {hint(needs.until)}
          <input name="until" type="datetime-local" required={needs.until === "required"} />
          <small>{t("times_of", { zone })}</small>
        </label>
      )}
      {needs.worker && (
        <WorkerChoice
          name="worker_id"
          label={<>{t("worker")} {hint(needs.worker)}</>}
          isRequired={needs.worker === "required"}
          first={worker ? [{ worker_id: worker.id, worker_name: worker.name }] : []}
          isForNow
        />
      )}
      {needs.unit && (
        <label>
          {t(needs.worker ? "or_unit" : "unit")} {hint(needs.unit)}
          <UnitChoice isRequired={needs.unit === "required"} chosen={props.begun.unit ?? null} />
        </label>
      )}
      {needs.note && (
        <label>
          {t("note")} {hint(needs.note)}
          <textarea name="note" rows={2} maxLength={2000} required={needs.note === "required"} data-testid="note" />
        </label>
      )}
      <Told of={doing} />
      <span class="buttons">
        <button class={needs.isGrave ? "grave main" : "main"} disabled={doing.isBusy} data-testid="act-submit">{t("confirm")}</button>
        <button type="button" class="plain" onClick={props.onCancel}>{t("cancel")}</button>
      </span>
    </form>
  );
}

/** Why a case may end so: by the rules of the one jurisdiction there is, else as the product itself has it. */
function ReasonChoice(props: { action: string }) {
  const t = useWords();
  const rules = useRules();
  const named = rules.length === 1 ? (rules[0]?.data?.["lifecycle"] as Record<string, unknown> | undefined) : undefined;
  const own = named?.[props.action === "not_file" ? "not_filed_reasons" : "force_closed_reasons"] as { code: string; name: Name }[] | undefined;
  const usual = Object.entries(ENDS[props.action] ?? {});
  return (
    <select name="reason" data-testid="reason">
      <option value="">{t("choose")}</option>
      {own ? own.map((one) => <option key={one.code} value={one.code}>{t.named(one.name)}</option>) : usual.map(([code]) => <option key={code} value={code}>{t.code(ENDS[props.action] ?? {}, code)}</option>)}
    </select>
  );
}
