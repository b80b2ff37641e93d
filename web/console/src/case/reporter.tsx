// Reports of a case, and who reported it.
import { useState } from "preact/hooks";
import { hasPermission, useMe } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { ErrorMessage } from "../ui/error-message";
import { MutationStatus } from "../ui/mutation-status";
import { PurposeFields, readPurpose } from "../ui/purpose-fields";
import { PURPOSES } from "../words/purposes";
import type { IncidentDetail } from "./incident";

export function Reporter(props: { incident: IncidentDetail; onDone: () => void }) {
  const t = useTranslation();
  const me = useMe();
  const [reporter, setReporter] = useState<Schemas["ReporterOut"] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const show = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      const body = readPurpose<Schemas["RevealReporter"]["purpose"]>(event.currentTarget);
      setReporter(
        await callApi(
          client.POST("/api/v1/incidents/{incident_id}/reporter", {
            params: { path: { incident_id: props.incident.id } },
            body,
          }),
        ),
      );
      setError(null);
    } catch (trouble) {
      setError(trouble);
    }
  };
  return (
    <details>
      <summary>
        {t("reports")} ({props.incident.report_count})
      </summary>
      <ul class="notes">
        {props.incident.reports?.map((report) => (
          <li key={report.id}>
            <span class="words">{report.words}</span>
            <small>
              {t.at(report.received_at)} · {report.channel}
            </small>
          </li>
        ))}
      </ul>
      {reporter ? (
        <p>{[reporter.kind, reporter.name, reporter.phone].filter(Boolean).join(" · ")}</p>
      ) : (
        <form class="row" onSubmit={(event) => void show(event)}>
          <PurposeFields purposes={PURPOSES} />
          <button>{t("show_reporter")}</button>
        </form>
      )}
      {error !== null && <ErrorMessage error={error} />}
      {!!props.incident.allowed?.includes("urge") && hasPermission(me, "incident:report") && (
        <AdditionalReport incident={props.incident} onDone={props.onDone} />
      )}
    </details>
  );
}

/** Records one more report of the same case, by telephone or at the counter, without a new case. */
function AdditionalReport(props: { incident: IncidentDetail; onDone: () => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const [lon = 0, lat = 0] = props.incident.location?.coordinates ?? [];
    const description = String(new FormData(form).get("said")).trim();
    const body = { lon, lat, description } as Schemas["JoinIncident"];
    const isDone = await mutation.run((key) =>
      callApi(
        client.POST("/api/v1/incidents/{incident_id}/reports", {
          params: { path: { incident_id: props.incident.id }, header: { "Idempotency-Key": key } },
          body,
        }),
      ),
    );
    if (!isDone) return;
    form.reset();
    props.onDone();
  };
  return (
    <form class="row" onSubmit={(event) => void submit(event)} aria-label={t("report_again")} data-testid="again">
      <p class="quiet">{t("report_again_means")}</p>
      <label>
        {t("words_said")}
        <input name="said" required maxLength={2000} />
      </label>
      <button disabled={mutation.isBusy}>{t("report_again")}</button>
      <MutationStatus mutation={mutation} />
    </form>
  );
}
