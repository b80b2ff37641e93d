// Reports of a case, and who reported it.
import { useState } from "preact/hooks";
import { may, useMe } from "../hooks/use-me";
import { useDoing } from "../hooks/use-mutation";
import { useWords } from "../hooks/use-translation";
import { client, load, type Schemas } from "../session";
import { Trouble } from "../ui/error-message";
import { Told } from "../ui/mutation-status";
import { Reason, reasonOf } from "../ui/purpose-fields";
import { PURPOSES } from "../words/purposes";
import type { Case } from "./types";

export function Reporter(props: { of: Case; onDone: () => void }) {
  const t = useWords();
  const me = useMe();
  const [shown, setShown] = useState<Schemas["ReporterOut"] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const show = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      const body = reasonOf<Schemas["RevealReporter"]["purpose"]>(event.currentTarget);
      setShown(await load(client.POST("/api/v1/incidents/{incident_id}/reporter", { params: { path: { incident_id: props.of.id! } }, body })));
      setError(null);
    } catch (trouble) {
      setError(trouble);
    }
  };
  return (
    <details>
      <summary>{t("reports")} ({props.of.report_count})</summary>
      <ul class="notes">
        {props.of.reports?.map((report) => (
          <li key={report.id}>
            <span class="words">{report.words}</span>
            <small>{t.at(report.received_at)} · {report.channel}</small>
          </li>
        ))}
      </ul>
      {shown ? (
        <p>{[shown.kind, shown.name, shown.phone].filter(Boolean).join(" · ")}</p>
      ) : (
        <form class="row" onSubmit={(event) => void show(event)}>
          <Reason among={PURPOSES} />
          <button>{t("show_reporter")}</button>
        </form>
      )}
      {error !== null && <Trouble error={error} />}
      {!!props.of.allowed?.includes("urge") && may(me, "incident:report") && <Again of={props.of} onDone={props.onDone} />}
    </details>
  );
}

/** Somebody else said it, by telephone or at the counter: one more report of the same case, and no other case. */
function Again(props: { of: Case; onDone: () => void }) {
  const t = useWords();
  const doing = useDoing();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const [lon = 0, lat = 0] = props.of.location?.coordinates ?? [];
    const description = String(new FormData(form).get("said")).trim();
    const body = { lon, lat, description } as Schemas["JoinIncident"];
    const isDone = await doing.run((key) => load(client.POST("/api/v1/incidents/{incident_id}/reports", { params: { path: { incident_id: props.of.id! }, header: { "Idempotency-Key": key } }, body }))
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
      <button disabled={doing.isBusy}>{t("report_again")}</button>
      <Told of={doing} />
    </form>
  );
}
