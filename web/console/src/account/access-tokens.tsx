// Personal access tokens: create one, see its secret once, revoke it.
import { useState } from "preact/hooks";
import { hasPermission, useMe } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Table } from "../ui/table";

const LIFE_DAYS = [7, 30, 90];
const DEFAULT_LIFE_DAYS = 90;
const MAX_LISTED = 200;

export function AccessTokens(props: { address: string }) {
  const t = useTranslation();
  const me = useMe();
  const creation = useMutation();
  const revocation = useMutation();
  const [created, setCreated] = useState<Schemas["PersonalTokenMade"] | null>(null);
  const list = useQuery(
    () => callApi(client.GET("/api/v1/tokens", { params: { query: { limit: MAX_LISTED } } })),
    "own tokens",
    false,
  );
  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const formData = new FormData(form);
    const body = {
      label: String(formData.get("label")).trim(),
      password: String(formData.get("password")),
      expires_in_days: Number(formData.get("days")),
      may_edit: formData.get("may_edit") !== null,
      may_direct: formData.get("may_direct") !== null,
    };
    setCreated(null);
    revocation.clear();
    const isDone = await creation.run(async () => setCreated(await callApi(client.POST("/api/v1/tokens", { body }))));
    if (!isDone) return;
    form.reset();
    (form.elements.namedItem("days") as HTMLSelectElement).value = String(DEFAULT_LIFE_DAYS);
    list.reload();
  };
  const revoke = async (id: string) => {
    creation.clear();
    const params = { path: { token_id: id } };
    await revocation.run(() => callApi(client.DELETE("/api/v1/tokens/{token_id}", { params })));
    list.reload();
  };
  return (
    <section aria-labelledby="own-tokens">
      <h2 id="own-tokens">{t("tokens")}</h2>
      <p>{t("tokens_mean")}</p>
      <Loaded query={list}>
        {({ items }) => {
          const live = items.filter((token) => !token.revoked_at && Date.parse(token.expires_at ?? "") > Date.now());
          return live.length === 0 ? (
            <p class="quiet">{t("no_tokens")}</p>
          ) : (
            <Table
              caption={t("live_tokens", { n: live.length })}
              testid="tokens"
              heads={[t("program"), t("created"), t("last_use"), t("token_expires"), t("act")]}
            >
              {live.map((token) => (
                <tr key={token.id}>
                  <th scope="row">{token.label}</th>
                  <td>{t.at(token.created_at)}</td>
                  <td>{token.last_used_at ? t.at(token.last_used_at) : t("never_used")}</td>
                  <td>{t.at(token.expires_at)}</td>
                  <td>
                    <button
                      type="button"
                      class="small"
                      disabled={revocation.isBusy}
                      aria-label={t("revoke_token_of", { name: token.label ?? "" })}
                      onClick={() => void revoke(token.id ?? "")}
                      data-testid="revoke-token"
                    >
                      {t("revoke_token")}
                    </button>
                  </td>
                </tr>
              ))}
            </Table>
          );
        }}
      </Loaded>
      <MutationStatus mutation={revocation} doneText={t("token_revoked")} />
      {created?.token && (
        <NewToken secret={created.token} address={props.address} onHide={() => (setCreated(null), creation.clear())} />
      )}
      <h3>{t("new_token")}</h3>
      <form class="narrow" onSubmit={(event) => void create(event)} data-testid="token-form">
        <label>
          {t("token_label")}
          <input name="label" maxLength={60} required placeholder="QGIS" />
        </label>
        <label>
          {t("valid_for")}
          <select name="days">
            {LIFE_DAYS.map((days) => (
              <option key={days} value={days} selected={days === DEFAULT_LIFE_DAYS}>
                {t("n_days", { n: days })}
              </option>
            ))}
          </select>
        </label>
        {hasPermission(me, "gis:edit") && (
          <label class="check">
            <input name="may_edit" type="checkbox" /> {t("token_may_edit")}
          </label>
        )}
        {hasPermission(me, "incident:direct") && (
          <label class="check">
            <input name="may_direct" type="checkbox" /> {t("token_may_direct")}
          </label>
        )}
        <label>
          {t("current_password")}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <p class="buttons">
          <button disabled={creation.isBusy} data-testid="create-token">
            {t("new_token")}
          </button>
          <MutationStatus mutation={creation} />
        </p>
      </form>
    </section>
  );
}

/** The secret of a new token, which is stored nowhere, and where it is entered. */
function NewToken(props: { secret: string; address: string; onHide: () => void }) {
  const t = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard.writeText(props.secret).then(
      () => setCopied(true),
      () => undefined,
    );
  return (
    <div class="order" role="status" data-testid="new-token">
      <p>{t("token_once")}</p>
      <p>
        <code class="secret" data-testid="token-secret">
          {props.secret}
        </code>
      </p>
      <p>{t("token_in_qgis", { address: props.address })}</p>
      <span class="buttons">
        {navigator.clipboard && (
          <button type="button" onClick={copy}>
            {t(isCopied ? "copied" : "copy")}
          </button>
        )}
        <button type="button" onClick={props.onHide} data-testid="hide-token">
          {t("put_away")}
        </button>
      </span>
    </div>
  );
}
