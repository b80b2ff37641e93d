// The transitions that are allowed for a case, with a form for each. The server says which are allowed, and with which
// fields; how a field is drawn is defined here.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Name } from "../../../src/i18n";
import { useProfiles } from "../hooks/reference-data";
import { hasPermission, useMe, useZone } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { MutationStatus } from "../ui/mutation-status";
import { UnitSelect } from "../ui/unit-select";
import { WorkerSelect } from "../ui/worker-select";
import { ENDS } from "../words/case";
import { STEP_MEANS } from "../words/actions";
import { RESULT, STAGE, STEP, TIME_UNIT } from "../words/codes";
import { instantFromField } from "../zone-time";
import { ActionMenu } from "./action-menu";
import { GRAVE_ACTIONS } from "./action-order";
import { roleOfAction } from "./assign-action";
import { formatDistance, useCandidates } from "./candidates";
import type { IncidentDetail } from "./incident";
import type { PendingTransition } from "./pending-transition";

type Form = Schemas["ActionForm"];
type FieldName = NonNullable<Form["optional"]>[number];
type FieldRule = "required" | "optional" | undefined;

/** Return whether a form has a field, with this result if the action has results. */
function fieldRule(form: Form, field: FieldName, result: string | null): FieldRule {
  const ofResult = form.results?.find((each) => each.result === result);
  if (form.required?.includes(field) || ofResult?.required?.includes(field)) return "required";
  const optional = ofResult ? ofResult.optional : form.optional;
  return optional?.includes(field) || form.one_of?.includes(field) ? "optional" : undefined;
}

export function Transitions(props: {
  incident: IncidentDetail;
  pending: PendingTransition;
  onPendingChange: (pending: PendingTransition) => void;
  onDone: () => void;
}) {
  const t = useTranslation();
  const { pending } = props;
  // Notes for everybody have a form of their own.
  const forms = (props.incident.actions ?? []).filter((form) => form.action !== "note");
  const form = forms.find((candidate) => candidate.action === pending?.action);
  return (
    <section aria-labelledby="acts" data-testid="acts">
      <h2 id="acts">{t("actions")}</h2>
      {forms.length === 0 && <p class="quiet">{t("no_actions")}</p>}
      <ActionMenu
        status={props.incident.status ?? ""}
        actions={forms.map((each) => each.action ?? "")}
        openAction={form?.action}
        onToggle={(action) => props.onPendingChange(form?.action === action ? null : { action, worker: null })}
      />
      {pending && form && (
        <TransitionForm
          key={`${pending.action} ${pending.worker?.id}`}
          incident={props.incident}
          form={form}
          pending={pending}
          onDone={props.onDone}
          onCancel={() => props.onPendingChange(null)}
        />
      )}
    </section>
  );
}

export function TransitionForm(props: {
  incident: IncidentDetail;
  form: Form;
  pending: NonNullable<PendingTransition>;
  onDone: () => void;
  onCancel: () => void;
}) {
  const t = useTranslation();
  const { action, worker } = props.pending;
  const zone = useZone();
  const isDirector = hasPermission(useMe(), "incident:direct");
  const [result, setResult] = useState<string | null>(null);
  const rule = (field: FieldName) => fieldRule(props.form, field, result);
  const isGrave = GRAVE_ACTIONS.includes(action);
  const mutation = useMutation();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.scrollIntoView({ block: "nearest" });
    form.current?.querySelector<HTMLElement>("select, textarea, input, button")?.focus();
  }, []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const body: Record<string, string> = { action };
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
          params: { path: { incident_id: props.incident.id }, header: { "Idempotency-Key": key } },
          body: { ...body, ...typedFields } as unknown as Schemas["Transition"],
        }),
      ),
    );
    if (isDone) props.onDone();
  };
  // The proposed worker is confirmed as displayed, and not chosen.
  const hasWorkerField = action !== "confirm" && rule("worker_id") !== undefined;
  const candidates = useCandidates(
    props.incident.id,
    hasWorkerField && isDirector ? roleOfAction(action) : undefined,
    props.incident.version,
  );
  const textOfCandidate = (candidate: Schemas["CandidateOut"]) =>
    [
      `${candidate.name} ${candidate.open_work}/${candidate.capacity}`,
      formatDistance(candidate.distance_m),
      candidate.way_s == null ? "" : t.span(candidate.way_s),
    ]
      .filter(Boolean)
      .join(" · ");
  const handleUnit = props.incident.deadlines?.find((deadline) => deadline.stage === "handle")?.unit;
  const hint = (field: FieldRule) => <small>{t(field === "required" ? "required" : "optional")}</small>;
  return (
    <form
      class="act"
      ref={form}
      onSubmit={(event) => void submit(event)}
      aria-label={t.code(STEP, action)}
      data-testid="act-form"
    >
      <h3>{t.code(STEP, action)}</h3>
      {STEP_MEANS[action] && <p class="quiet">{t.code(STEP_MEANS, action)}</p>}
      {!!props.form.results?.length && (
        <fieldset>
          <legend>{t("result")}</legend>
          {props.form.results.map(({ result: choice = "" }) => (
            <label key={choice} class="check">
              <input type="radio" name="result" value={choice} required onChange={() => setResult(choice)} />{" "}
              {t.code(RESULT, choice)}
            </label>
          ))}
        </fieldset>
      )}
      {rule("reason") && (!props.form.results?.length || result !== null) && (
        <label>
          {t("reason_code")} {hint(rule("reason"))}
          <EndReasonSelect action={action} />
        </label>
      )}
      {rule("stage") && (
        <label>
          {t("stage")} {hint(rule("stage"))}
          <select name="stage" required>
            {props.incident.deadlines
              ?.filter((deadline) => deadline.ends_with === "done" && !deadline.outcome)
              .map((deadline) => (
                <option key={deadline.stage} value={deadline.stage}>
                  {t.named(deadline.name) || t.code(STAGE, deadline.stage)}
                </option>
              ))}
          </select>
        </label>
      )}
      {rule("amount") && (
        <label>
          {t("how_much", { unit: t.code(TIME_UNIT, handleUnit) })} {hint(rule("amount"))}
          <input name="amount" type="number" min="0" max="10000" step="any" required />
        </label>
      )}
      {rule("alone_reason") && (props.incident.second || props.incident.waiting?.reason === "no_second") && (
        <label>
          {t("alone_reason")} {hint(rule("alone_reason"))}
          <input name="alone_reason" maxLength={500} />
        </label>
      )}
      {rule("level") && (
        <label>
          {t("level")} {hint(rule("level"))}
          <select name="level" required>
            {(["level_1", "level_2", "level_3"] as const).map((level, n) => (
              <option key={level} value={n + 1}>
                {t(level)}
              </option>
            ))}
          </select>
        </label>
      )}
      {rule("until") && (
        <label>
          {t("until")} {hint(rule("until"))}
          <input name="until" type="datetime-local" required={rule("until") === "required"} />
          <small>{t("times_of", { zone })}</small>
        </label>
      )}
      {hasWorkerField && (
        <WorkerSelect
          name="worker_id"
          label={
            <>
              {t("worker")} {hint(rule("worker_id"))}
            </>
          }
          isRequired={rule("worker_id") === "required"}
          first={worker ? [{ worker_id: worker.id, worker_name: worker.name }] : []}
          suggested={(candidates.data?.items ?? [])
            .filter((candidate) => candidate.eligible)
            .map((candidate) => ({ id: candidate.worker_id ?? "", text: textOfCandidate(candidate) }))}
          isForNow
        />
      )}
      {rule("unit_id") && (
        <label>
          {t(hasWorkerField ? "or_unit" : "unit")} {hint(rule("unit_id"))}
          <UnitSelect isRequired={rule("unit_id") === "required"} chosen={props.pending.unit ?? null} />
        </label>
      )}
      {rule("note") && (
        <label>
          {t("note")} {hint(rule("note"))}
          <textarea name="note" rows={2} maxLength={2000} required={rule("note") === "required"} data-testid="note" />
        </label>
      )}
      <MutationStatus mutation={mutation} />
      <span class="buttons">
        <button class={isGrave ? "grave main" : "main"} disabled={mutation.isBusy} data-testid="act-submit">
          {t("confirm")}
        </button>
        <button type="button" class="plain" onClick={props.onCancel}>
          {t("cancel")}
        </button>
      </span>
    </form>
  );
}

/** Reasons for ending a case: of the only jurisdiction's profile, else the built-in list. */
function EndReasonSelect(props: { action: string }) {
  const t = useTranslation();
  const profiles = useProfiles();
  const isForced = props.action === "force_close";
  const lifecycle =
    profiles.length === 1 ? (profiles[0]?.data?.["lifecycle"] as Record<string, unknown> | undefined) : undefined;
  const profileReasons = lifecycle?.[isForced ? "force_closed_reasons" : "not_filed_reasons"] as
    { code: string; name: Name }[] | undefined;
  const builtInReasons = ENDS[isForced ? "force_close" : "not_file"] ?? {};
  return (
    <select name="reason" data-testid="reason">
      <option value="">{t("choose")}</option>
      {profileReasons
        ? profileReasons.map((reason) => (
            <option key={reason.code} value={reason.code}>
              {t.named(reason.name)}
            </option>
          ))
        : Object.keys(builtInReasons).map((code) => (
            <option key={code} value={code}>
              {t.code(builtInReasons, code)}
            </option>
          ))}
    </select>
  );
}
