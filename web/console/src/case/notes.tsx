// What hangs on a case: notes, reports and who reported it, for a purpose.
import { useState } from "preact/hooks";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { actKey, client, load } from "../session";
import { Trouble } from "../ui/error-message";
import { Ready } from "../ui/loaded";

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
