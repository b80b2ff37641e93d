// Notes of a case.
import { useState } from "preact/hooks";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, newIdempotencyKey } from "../session";
import { ErrorMessage } from "../ui/error-message";
import { Loaded } from "../ui/loaded";

export function CaseNotes(props: { id: string }) {
  const t = useTranslation();
  const [key, setKey] = useState(newIdempotencyKey);
  const [error, setError] = useState<unknown>(null);
  const path = { incident_id: props.id };
  const notes = useQuery(
    () => callApi(client.GET("/api/v1/incidents/{incident_id}/notes", { params: { path } })),
    `notes ${props.id}`,
  );
  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const formData = new FormData(form);
    try {
      const body = {
        words: String(formData.get("words")).trim(),
        audience: formData.get("audience") as "desk" | "handlers",
      };
      await callApi(
        client.POST("/api/v1/incidents/{incident_id}/notes", {
          params: { path, header: { "Idempotency-Key": key } },
          body,
        }),
      );
      form.reset();
      setKey(newIdempotencyKey());
      setError(null);
      notes.reload();
    } catch (trouble) {
      setError(trouble);
    }
  };
  return (
    <section aria-labelledby="notes">
      <h2 id="notes">{t("notes")}</h2>
      <Loaded query={notes}>
        {(data) => (
          <ul class="notes" data-testid="notes">
            {data.items?.map((note) => (
              <li key={note.id}>
                <span class="words">{note.words}</span>
                <small>
                  {note.author?.name} · {t.at(note.occurred_at)} ·{" "}
                  {t(note.audience === "desk" ? "for_desk" : "for_handlers")}
                </small>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
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
      {error !== null && <ErrorMessage error={error} />}
    </section>
  );
}
