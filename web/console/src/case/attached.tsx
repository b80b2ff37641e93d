// What hangs on a case: notes, reports and who reported it, for a purpose.
import { useState } from "preact/hooks";
import { useDoing } from "../doing";
import { Ready, Told, Trouble } from "../parts";
import { actKey, client, load, type Schemas } from "../session";
import { Reason, reasonOf } from "../reason";
import { PURPOSES } from "../words/purposes";
import { may, useLoaded, useMe, useWords } from "../state";
import type { Case } from "../pages/case";

export function Notes(props: { id: string }) {
  const t = useWords();
  const [key, setKey] = useState(actKey);
  const [error, setError] = useState<unknown>(null);
  const path = { incident_id: props.id };
  const found = useLoaded(() => load(client.GET("/api/v1/incidents/{incident_id}/notes", { params: { path } })), `notes ${props.id}`);
  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const said = new FormData(form);
    try {
      const body = { words: String(said.get("words")).trim(), audience: said.get("audience") as "desk" | "handlers" };
      await load(client.POST("/api/v1/incidents/{incident_id}/notes", { params: { path, header: { "Idempotency-Key": key } }, body }));
      form.reset();
      setKey(actKey());
      setError(null);
      found.reload();
    } catch (trouble) {
      setError(trouble);
    }
  };
  return (
    <section aria-labelledby="notes">
      <h2 id="notes">{t("notes")}</h2>
      <Ready of={found}>
        {(data) => (
          <ul class="notes" data-testid="notes">
            {data.items?.map((note) => (
              <li key={note.id}>
                <span class="words">{note.words}</span>
                <small>{note.author?.name} · {t.at(note.occurred_at)} · {t(note.audience === "desk" ? "for_desk" : "for_handlers")}</small>
              </li>
            ))}
          </ul>
        )}
      </Ready>
      <form class="row" onSubmit={(event) => void add(event)}>
        <label>
          {t("add_note")}
          <input name="words" required maxLength={2000} />
        </label>
        <label>
          {t("for_whom")}
          <select name="audience">
            <option value="desk">{t("for_desk")}</option>
            <option value="handlers">{t("for_handlers")}</option>
          </select>
        </label>
        <button>{t("confirm")}</button>
      </form>
      {error !== null && <Trouble error={error} />}
    </section>
  );
}

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
    const isDone = await doing.run((key) =>
      load(client.POST("/api/v1/incidents/{incident_id}/reports", { params: { path: { incident_id: props.of.id! }, header: { "Idempotency-Key": key } }, body })),
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
