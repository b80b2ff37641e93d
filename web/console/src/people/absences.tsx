// Who is absent and who stands in: recorded, and ended before its time.
import { useState } from "preact/hooks";
import { may, useMe } from "../hooks/use-me";
import { useDoing } from "../hooks/use-mutation";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { client, load, type Schemas } from "../session";
import { Ready } from "../ui/loaded";
import { Told } from "../ui/mutation-status";
import { Table } from "../ui/table";
import { WorkerChoice } from "../ui/worker-select";
import { fieldOf, instantIn } from "../zone-time";

export function Absences(props: { within: string | null; zone: string; hours: string; onChanged: () => void }) {
  const t = useWords();
  const me = useMe();
  const { within, zone } = props;
  const doing = useDoing();
  const query = { limit: 200, current: false, ...(within ? { within } : {}) };
  const list = useLoaded(() => load(client.GET("/api/v1/substitutions", { params: { query } })), `absences ${within}`);
  const at = (instant: string | null | undefined) => fieldOf(zone, instant).replace("T", " ");
  const end = async (one: Schemas["SubstitutionOut"]) => {
    const path = { params: { path: { substitution_id: one.id! } }, body: {} };
    if (!(await doing.run(() => load(client.POST("/api/v1/substitutions/{substitution_id}/end", path))))) return;
    list.reload();
    props.onChanged();
  };
  return (
    <section aria-labelledby="absences" data-testid="absences">
      <h2 id="absences">{t("absences")}</h2>
      <Ready of={list}>
        {(data) => {
          const now = Date.now();
          const shown = (data.items ?? []).filter((one) => one.until && Date.parse(one.until) > now);
          return shown.length === 0 ? (
            <p class="quiet">{t("no_absences")}</p>
          ) : (
            <Table caption={t("absences")} heads={[t("absent_worker"), t("substitute"), t("from"), t("until"), t("reason"), ""]}>
              {shown.map((one) => (
                <tr key={one.id}>
                  <th scope="row">{one.worker?.name}</th>
                  <td>{one.substitute?.name}</td>
                  <td>{at(one.since)}</td>
                  <td>{at(one.until)}</td>
                  <td class="words">{one.reason}</td>
                  <td>
                    {may(me, "worker:edit") && (
                      <button type="button" class="small" disabled={doing.isBusy} aria-label={t("end_absence_of", { name: one.worker?.name ?? "" })} onClick={() => void end(one)}>
                        {t("end_absence")}
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          );
        }}
      </Ready>
      <Told of={doing} />
      {may(me, "worker:edit") && may(me, "incident:direct") && (
        <details>
          <summary>{t("add_absence")}</summary>
          <AbsenceForm {...props} onDone={() => (list.reload(), props.onChanged())} />
        </details>
      )}
    </section>
  );
}

function AbsenceForm(props: { within: string | null; zone: string; hours: string; onDone: () => void }) {
  const t = useWords();
  const { zone } = props;
  const doing = useDoing();
  const [outcome, setOutcome] = useState<Schemas["WorkerSubstituted"] | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const said = Object.fromEntries(new FormData(form)) as Record<string, string>;
    const reason = said["reason"]!.trim();
    const body = {
      substitute_id: said["substitute_id"]!,
      until: instantIn(zone, said["until"]!),
      hand_over: said["hand_over"] === "true",
      hours: props.hours,
      ...(said["since"] ? { since: instantIn(zone, said["since"]) } : {}),
      ...(reason ? { reason } : {}),
    };
    let found: Schemas["WorkerSubstituted"] | null = null;
    const isDone = await doing.run(async (key) => {
      const params = { path: { worker_id: said["worker_id"]! }, header: { "Idempotency-Key": key } };
      found = await load(client.POST("/api/v1/workers/{worker_id}/substitute", { params, body }));
    });
    setOutcome(found);
    if (!isDone) return;
    form.reset();
    props.onDone();
  };
  const done = outcome && t("absence_done", { offers: outcome.offers_passed_on ?? 0, handed: outcome.handed_over?.length ?? 0, kept: outcome.kept?.length ?? 0 });
  return (
    <form class="act" onSubmit={(event) => void submit(event)} aria-label={t("add_absence")} data-testid="absence-form">
      <div class="pair">
        <WorkerChoice name="worker_id" label={t("absent_worker")} isRequired within={props.within} testid="absent" />
        <WorkerChoice name="substitute_id" label={t("substitute")} isRequired testid="substitute" />
      </div>
      <div class="pair">
        <label>{t("absent_from")}<input type="datetime-local" name="since" /></label>
        <label>{t("until")}<input type="datetime-local" name="until" required /></label>
      </div>
      <p class="quiet">{t("times_of", { zone })}</p>
      <label>{t("reason")} <small>{t("reason_private")} {t("optional")}</small><input name="reason" maxLength={500} /></label>
      <label class="check"><input type="checkbox" name="hand_over" value="true" /> {t("hand_over")}</label>
      <Told of={doing} {...(done ? { done } : {})} />
      {outcome && !!outcome.gaps?.length && (
        <p class="bad">{t("gaps_left", { grids: outcome.gaps.map((one) => t.named(one.grid?.name)).join("、") })}</p>
      )}
      <span class="buttons"><button class="main" disabled={doing.isBusy}>{t("add_absence")}</button></span>
    </form>
  );
}
