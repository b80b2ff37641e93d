// Own sessions: where the account is signed in, and a button that signs out of each but this one.
import { useEffect, useState } from "preact/hooks";
import type { Schemas } from "../../../src/api/http";
import { interpolate, pick, type Values } from "../../../src/i18n";
import { programName } from "../../../src/program-name";
import { api, callApi, store } from "../client";
import { failureText } from "../failure-text";
import { useTranslation } from "../hooks/use-translation";
import { ActionButton } from "../ui/action-button";
import { Card, Empty } from "../ui/card";
import { Title } from "../ui/title";
import { SESSION_TEXTS } from "../words/sessions";

type Session = Schemas["SessionOut"];
const MAX_LISTED = 200;

/** Return the open sessions of the account, and the id of the newest one of this phone: its cookie belongs to it. */
async function readSessions(): Promise<{ open: Session[]; hereId: string | undefined }> {
  const params = { query: { limit: MAX_LISTED } };
  const { items } = await callApi(() => api.client.GET("/api/v1/me/sessions", { params }));
  const open = items.filter((session) => !session.revoked_at && Date.parse(session.expires_at) > Date.now());
  const key = await store.readValue<string>("device_key");
  return { open, hereId: open.find((session) => session.client_key === key)?.id };
}

export function SessionsPage() {
  const t = useTranslation();
  const text = (key: keyof typeof SESSION_TEXTS, values?: Values) =>
    interpolate(t.language, pick(t.language, SESSION_TEXTS[key]), values);
  const [sessions, setSessions] = useState<Awaited<ReturnType<typeof readSessions>> | null>(null);
  const [trouble, setTrouble] = useState("");
  const read = async () => {
    try {
      setSessions(await readSessions());
    } catch (error) {
      setTrouble(failureText(t, error));
    }
  };
  useEffect(() => void read(), []);
  const end = async (session: Session) => {
    setTrouble("");
    try {
      await callApi(() =>
        api.client.DELETE("/api/v1/me/sessions/{session_id}", { params: { path: { session_id: session.id } } }),
      );
    } catch (error) {
      setTrouble(failureText(t, error));
    }
    await read(); // also after a refusal: the session may have ended meanwhile
  };
  return (
    <>
      <a href="#/me" class="back">
        ‹ {t("back")}
      </a>
      <Title text={text("title")} />
      <p class="note">{text("what")}</p>
      {trouble && (
        <p class="bad" role="alert">
          {trouble}
        </p>
      )}
      {sessions === null && !trouble && <Empty>{t("syncing")}</Empty>}
      {sessions?.open.map((session) => (
        <Card key={session.id} testid={`session-${session.id}`}>
          <h2 class="item">{programName(session.last_use.agent) || text("unknown")}</h2>
          <p class="facts">
            <span>{text("since", { at: t.time(session.started_at) })}</span>
            {session.last_use.at && <span>{text("used", { at: t.time(session.last_use.at) })}</span>}
          </p>
          {session.id === sessions.hereId ? (
            <b data-testid="this-session">{text("here")}</b>
          ) : (
            <ActionButton
              aria-label={text("end_of", { at: t.time(session.started_at) })}
              onPress={() => end(session)}
              data-testid="end-session"
            >
              {text("end")}
            </ActionButton>
          )}
        </Card>
      ))}
      {sessions?.open.length === 1 && sessions.hereId && <Empty>{text("only")}</Empty>}
    </>
  );
}
