// Open sessions of the reader: where, since when, and a button that signs out of each.
import { programName } from "../../../src/program-name";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, deviceKey, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Table } from "../ui/table";

const MAX_LISTED = 200;

export function OwnSessions() {
  const t = useTranslation();
  const mutation = useMutation();
  const list = useQuery(
    () => callApi(client.GET("/api/v1/me/sessions", { params: { query: { limit: MAX_LISTED } } })),
    "own sessions",
    false,
  );
  const end = async (session: Schemas["SessionOut"]) => {
    const params = { path: { session_id: session.id } };
    await mutation.run(() => callApi(client.DELETE("/api/v1/me/sessions/{session_id}", { params })));
    list.reload(); // also after a refusal: the session may have ended meanwhile
  };
  return (
    <section aria-labelledby="own-sessions">
      <h2 id="own-sessions">{t("own_sessions")}</h2>
      <Loaded query={list}>
        {({ items }) => {
          const open = items.filter((session) => !session.revoked_at && Date.parse(session.expires_at) > Date.now());
          // The newest session of this browser is the one that its cookie belongs to.
          const currentId = open.find((session) => session.client_key === deviceKey())?.id;
          return (
            <Table
              caption={t("open_sessions", { n: open.length })}
              testid="own-sessions"
              heads={[t("program"), t("signed_in_at"), t("last_use"), t("act")]}
            >
              {open.map((session) => (
                <tr key={session.id} data-testid={`session-${session.id}`}>
                  <th scope="row">
                    {programName(session.last_use.agent)} <small>{session.last_use.address}</small>
                  </th>
                  <td>{t.at(session.started_at)}</td>
                  <td>{t.at(session.last_use.at)}</td>
                  <td>
                    {session.id === currentId ? (
                      <b>{t("this_session")}</b>
                    ) : (
                      <button
                        type="button"
                        class="small"
                        disabled={mutation.isBusy}
                        aria-label={t("end_session_of", { at: t.at(session.started_at) })}
                        onClick={() => void end(session)}
                        data-testid="end-session"
                      >
                        {t("sign_out")}
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          );
        }}
      </Loaded>
      <MutationStatus mutation={mutation} doneText={t("session_ended")} />
    </section>
  );
}
