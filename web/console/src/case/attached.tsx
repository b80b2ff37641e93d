// What hangs on a case: photos, notes, and who reported it, for a purpose.
import { useState } from "preact/hooks";
import { Picture, Ready, Trouble } from "../parts";
import { actKey, client, load, type Schemas } from "../session";
import { useLoaded, useWords } from "../state";
import type { Case } from "../pages/case";
import { MEDIA } from "../words/codes";

export function Photos(props: { id: string }) {
  const t = useWords();
  const found = useLoaded(
    () => load(client.GET("/api/v1/incidents/{incident_id}/media", { params: { path: { incident_id: props.id } } })),
    `media ${props.id}`,
  );
  return (
    <section aria-labelledby="photos">
      <h2 id="photos">{t("photos")}</h2>
      <Ready of={found}>
        {(data) =>
          data.items?.length ? (
            <ul class="photos">{data.items.map((one) => <Photo key={one.id} of={one} />)}</ul>
          ) : (
            <p class="quiet">{t("no_photos")}</p>
          )
        }
      </Ready>
    </section>
  );
}

function Photo(props: { of: Schemas["MediaOut"] }) {
  const t = useWords();
  const [isLarge, setLarge] = useState(false);
  const { of } = props;
  const name = `${t.code(MEDIA, of.kind)} ${t.at(of.created_at)}`;
  if (of.state !== "ready") return <li><span class="picture">{t("not_ready")}</span><small>{name}</small></li>;
  if (of.kind === "voice") return <li><span class="picture">♪</span><small>{name}</small></li>;
  return (
    <li class={isLarge ? "large" : ""}>
      <button type="button" class="bare" aria-pressed={isLarge} aria-label={`${t("show_large")}: ${name}`} onClick={() => setLarge(!isLarge)}>
        <Picture key={String(isLarge)} path={`/api/v1/media/${of.id}/${isLarge ? "content" : "thumbnail"}`} alt={name} />
      </button>
      <small>{name}</small>
    </li>
  );
}

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

export function Reporter(props: { of: Case }) {
  const t = useWords();
  const [shown, setShown] = useState<Schemas["ReporterOut"] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const show = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    try {
      const body = { purpose: String(said.get("purpose")).trim() };
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
          <label>
            {t("purpose")}
            <input name="purpose" required maxLength={200} />
          </label>
          <button>{t("show_reporter")}</button>
        </form>
      )}
      {error !== null && <Trouble error={error} />}
    </details>
  );
}
