// The transitions that are allowed for a case, with a form for each. The server decides which are allowed; the fields of
// each are defined here.
import { useEffect, useRef } from "preact/hooks";
import type { Name } from "../../../src/i18n";
import { useProfiles } from "../hooks/reference-data";
import { useZone } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { MutationStatus } from "../ui/mutation-status";
import { UnitSelect } from "../ui/unit-select";
import { WorkerSelect } from "../ui/worker-select";
import { ENDS } from "../words/case";
import { RESULT, STAGE, STEP, STEP_MEANS } from "../words/codes";
import { instantFromField } from "../zone-time";
import type { IncidentDetail, PendingTransition } from "./types";

type FieldRule = "required" | "optional" | undefined;
type TransitionFields = { reason?: FieldRule; alone?: FieldRule; stage?: FieldRule; amount?: FieldRule; level?: FieldRule; until?: FieldRule; note?: FieldRule; worker?: FieldRule; unit?: FieldRule; results?: readonly string[]; isGrave?: boolean };

const TRANSITION_FIELDS: Record<string, TransitionFields> = {
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

export function Transitions(props: { incident: IncidentDetail; pending: PendingTransition; onPendingChange: (pending: PendingTransition) => void; onDone: () => void }) {
  const t = useTranslation();
  const { pending } = props;
  // Notes for everybody have a form of their own.
  const actions = (props.incident.allowed ?? []).filter((action) => action in TRANSITION_FIELDS);
  const isOpen = pending !== null && actions.includes(pending.action);
  return (
    <section aria-labelledby="acts" data-testid="acts">
      <h2 id="acts">{t("actions")}</h2>
      {actions.length === 0 && <p class="quiet">{t("no_actions")}</p>}
      <div class="acts">
        {actions.map((action) => (
          <button
            key={action}
            type="button"
            class={TRANSITION_FIELDS[action]?.isGrave ? "grave" : ""}
            aria-expanded={isOpen && pending.action === action}
            onClick={() => props.onPendingChange(isOpen && pending.action === action ? null : { action, worker: null })}
            data-testid={`act-${action}`}
          >
            {t.code(STEP, action)}
          </button>
        ))}
      </div>
      {isOpen && <TransitionForm key={`${pending.action} ${pending.worker?.id}`} incident={props.incident} pending={pending} onDone={props.onDone} onCancel={() => props.onPendingChange(null)} />}
    </section>
  );
}

export function TransitionForm(props: { incident: IncidentDetail; pending: NonNullable<PendingTransition>; onDone: () => void; onCancel: () => void }) {
  const t = useTranslation();
  const { action, worker } = props.pending;
  const zone = useZone();
  const fields = TRANSITION_FIELDS[action] ?? {};
  const mutation = useMutation();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.scrollIntoView({ block: "nearest" });
    form.current?.querySelector<HTMLElement>("select, textarea, input, button")?.focus();
  }, []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const body = { action } as Schemas["Transition"] & Record<string, string>;
    for (const name of ["note", "worker_id", "unit_id", "result", "stage", "reason", "alone_reason"]) {
      const text = String(formData.get(name) ?? "").trim();
      if (text) body[name] = text;
    }
    const [amount, level, until] = ["amount", "level", "until"].map((name) => String(formData.get(name) ?? ""));
    const proposed = action === "confirm" ? props.incident.proposal?.worker?.id : undefined;
    const typedFields = {
      ...(amount ? { amount: Number(amount) } : {}),
      ...(level ? { level: Number(level) } : {}),
      ...(until ? { until: instantFromField(zone, until) } : {}),
      // Confirm the worker who is displayed: another may be proposed meanwhile.
      ...(proposed ? { worker_id: proposed } : {}),
    };
    const isDone = await mutation.run((key) =>
      callApi(
        client.POST("/api/v1/incidents/{incident_id}/transitions", {
          params: { path: { incident_id: props.incident.id! }, header: { "Idempotency-Key": key } },
          body: { ...body, ...typedFields },
        }),
      ),
    );
    if (isDone) props.onDone();
  };
  const hint = (field: FieldRule) => <small>{t(field === "required" ? "required" : "optional")}</small>;
  return (
    <form class="act" ref={form} onSubmit={(event) => void submit(event)} aria-label={t.code(STEP, action)} data-testid="act-form">
      <h3>{t.code(STEP, action)}</h3>
      {STEP_MEANS[action] && <p class="quiet">{t.code(STEP_MEANS, action)}</p>}
      {fields.results && (
        <fieldset>
          <legend>{t("result")}</legend>
          {fields.results.map((result) => (
            <label key={result} class="check">
              <input type="radio" name="result" value={result} required /> {t.code(RESULT, result)}
            </label>
          ))}
        </fieldset>
      )}
      {fields.reason && (
        <label>
          {t("reason_code")} {hint(fields.reason)}
          <EndReasonSelect action={action} />
        </label>
      )}
      {fields.stage && (
        <label>
          {t("stage")} {hint(fields.stage)}
          <select name="stage" required>
            {props.incident.deadlines?.filter((deadline) => deadline.ends_with === "done" && !deadline.outcome).map((deadline) => (
              <option key={deadline.stage} value={deadline.stage}>{t.named(deadline.name) || t.code(STAGE, deadline.stage)}</option>
            ))}
          </select>
        </label>
      )}
      {fields.amount && (
        <label>
          {t("how_much")} {hint(fields.amount)}
          <input name="amount" type="number" min="0" max="10000" step="any" required />
        </label>
      )}
      {fields.alone && (props.incident.second || props.incident.waiting?.reason === "no_second") && (
        <label>
          {t("alone_reason")} {hint(fields.alone)}
          <input name="alone_reason" maxLength={500} />
        </label>
      )}
      {fields.level && (
        <label>
          {t("level")} {hint(fields.level)}
          <select name="level" required>
            {(["level_1", "level_2", "level_3"] as const).map((level, n) => <option key={level} value={n + 1}>{t(level)}</option>)}
          </select>
        </label>
      )}
      {fields.until && (
        <label>
          {t("until")} {hint(fields.until)}
          <input name="until" type="datetime-local" required={fields.until === "required"} />
          <small>{t("times_of", { zone })}</small>
        </label>
      )}
      {fields.worker && (
        <WorkerSelect
          name="worker_id"
          label={<>{t("worker")} {hint(fields.worker)}</>}
          isRequired={fields.worker === "required"}
          first={worker ? [{ worker_id: worker.id, worker_name: worker.name }] : []}
          isForNow
        />
      )}
      {fields.unit && (
        <label>
          {t(fields.worker ? "or_unit" : "unit")} {hint(fields.unit)}
          <UnitSelect isRequired={fields.unit === "required"} chosen={props.pending.unit ?? null} />
        </label>
      )}
      {fields.note && (
        <label>
          {t("note")} {hint(fields.note)}
          <textarea name="note" rows={2} maxLength={2000} required={fields.note === "required"} data-testid="note" />
        </label>
      )}
      <MutationStatus mutation={mutation} />
      <span class="buttons">
        <button class={fields.isGrave ? "grave main" : "main"} disabled={mutation.isBusy} data-testid="act-submit">{t("confirm")}</button>
        <button type="button" class="plain" onClick={props.onCancel}>{t("cancel")}</button>
      </span>
    </form>
  );
}

/** Reasons for ending a case: of the only jurisdiction's profile, else the built-in list. */
function EndReasonSelect(props: { action: string }) {
  const t = useTranslation();
  const profiles = useProfiles();
  const lifecycle = profiles.length === 1 ? (profiles[0]?.data?.["lifecycle"] as Record<string, unknown> | undefined) : undefined;
  const profileReasons = lifecycle?.[props.action === "not_file" ? "not_filed_reasons" : "force_closed_reasons"] as { code: string; name: Name }[] | undefined;
  const builtInReasons = Object.entries(ENDS[props.action] ?? {});
  return (
    <select name="reason" data-testid="reason">
      <option value="">{t("choose")}</option>
      {profileReasons ? profileReasons.map((reason) => <option key={reason.code} value={reason.code}>{t.named(reason.name)}</option>) : builtInReasons.map(([code]) => <option key={code} value={code}>{t.code(ENDS[props.action] ?? {}, code)}</option>)}
    </select>
  );
}
