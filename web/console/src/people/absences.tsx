// Absences and substitutes: list, new absence, early end.
import { useState } from "preact/hooks";
import { hasPermission, useMe } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Table } from "../ui/table";
import { WorkerSelect } from "../ui/worker-select";
import { dateTimeFieldValue, instantFromField } from "../zone-time";

export function Absences(props: { within: string | null; zone: string; hours: string; onChanged: () => void }) {
  const t = useTranslation();
  const me = useMe();
  const { within, zone } = props;
  const mutation = useMutation();
  const query = { limit: 200, current: false, ...(within ? { area_id: within } : {}) };
  const list = useQuery(
    () => callApi(client.GET("/api/v1/substitutions", { params: { query } })),
    `absences ${within}`,
  );
  const at = (instant: string | null | undefined) => dateTimeFieldValue(zone, instant).replace("T", " ");
  const end = async (substitution: Schemas["SubstitutionOut"]) => {
    const path = { params: { path: { substitution_id: substitution.id } }, body: {} };
    if (!(await mutation.run(() => callApi(client.POST("/api/v1/substitutions/{substitution_id}/end", path))))) return;
    list.reload();
    props.onChanged();
  };
  return (
    <section aria-labelledby="absences" data-testid="absences">
      <h2 id="absences">{t("absences")}</h2>
      <Loaded query={list}>
        {(data) => {
          const now = Date.now();
          const current = (data.items ?? []).filter(
            (substitution) => substitution.until && Date.parse(substitution.until) > now,
          );
          return current.length === 0 ? (
            <p class="quiet">{t("no_absences")}</p>
          ) : (
            <Table
              caption={t("absences")}
              heads={[t("absent_worker"), t("substitute"), t("from"), t("until"), t("reason"), ""]}
            >
              {current.map((substitution) => (
                <tr key={substitution.id}>
                  <th scope="row">{substitution.worker?.name}</th>
                  <td>{substitution.substitute?.name}</td>
                  <td>{at(substitution.since)}</td>
                  <td>{at(substitution.until)}</td>
                  <td class="words">{substitution.reason}</td>
                  <td>
                    {hasPermission(me, "worker:edit") && (
                      <button
                        type="button"
                        class="small"
                        disabled={mutation.isBusy}
                        aria-label={t("end_absence_of", { name: substitution.worker?.name ?? "" })}
                        onClick={() => void end(substitution)}
                      >
                        {t("end_absence")}
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          );
        }}
      </Loaded>
      <MutationStatus mutation={mutation} />
      {hasPermission(me, "worker:edit") && hasPermission(me, "incident:direct") && (
        <details>
          <summary>{t("add_absence")}</summary>
          <AbsenceForm {...props} onDone={() => (list.reload(), props.onChanged())} />
        </details>
      )}
    </section>
  );
}

function AbsenceForm(props: { within: string | null; zone: string; hours: string; onDone: () => void }) {
  const t = useTranslation();
  const { zone } = props;
  const mutation = useMutation();
  const [outcome, setOutcome] = useState<Schemas["WorkerSubstituted"] | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const formValues = Object.fromEntries(new FormData(form)) as Record<string, string>;
    const reason = formValues["reason"]!.trim();
    const body = {
      substitute_id: formValues["substitute_id"]!,
      until: instantFromField(zone, formValues["until"]!),
      hand_over: formValues["hand_over"] === "true",
      hours: props.hours,
      ...(formValues["since"] ? { since: instantFromField(zone, formValues["since"]) } : {}),
      ...(reason ? { reason } : {}),
    };
    let response: Schemas["WorkerSubstituted"] | null = null;
    const isDone = await mutation.run(async (key) => {
      const params = { path: { worker_id: formValues["worker_id"]! }, header: { "Idempotency-Key": key } };
      response = await callApi(client.POST("/api/v1/workers/{worker_id}/substitute", { params, body }));
    });
    setOutcome(response);
    if (!isDone) return;
    form.reset();
    props.onDone();
  };
  const done =
    outcome &&
    t("absence_done", {
      offers: outcome.offers_passed_on ?? 0,
      handed: outcome.handed_over?.length ?? 0,
      kept: outcome.kept?.length ?? 0,
    });
  return (
    <form class="act" onSubmit={(event) => void submit(event)} aria-label={t("add_absence")} data-testid="absence-form">
      <div class="pair">
        <WorkerSelect name="worker_id" label={t("absent_worker")} isRequired within={props.within} testid="absent" />
        <WorkerSelect name="substitute_id" label={t("substitute")} isRequired testid="substitute" />
      </div>
      <div class="pair">
        <label>
          {t("absent_from")}
          <input type="datetime-local" name="since" />
        </label>
        <label>
          {t("until")}
          <input type="datetime-local" name="until" required />
        </label>
      </div>
      <p class="quiet">{t("times_of", { zone })}</p>
      <label>
        {t("reason")}{" "}
        <small>
          {t("reason_private")} {t("optional")}
        </small>
        <input name="reason" maxLength={500} />
      </label>
      <label class="check">
        <input type="checkbox" name="hand_over" value="true" /> {t("hand_over")}
      </label>
      <MutationStatus mutation={mutation} {...(done ? { doneText: done } : {})} />
      {outcome && !!outcome.gaps?.length && (
        <p class="bad">{t("gaps_left", { grids: t.list(outcome.gaps.map((gap) => t.named(gap.grid?.name))) })}</p>
      )}
      <span class="buttons">
        <button class="main" disabled={mutation.isBusy}>
          {t("add_absence")}
        </button>
      </span>
    </form>
  );
}
