// Credentials of a service account: create, rotate, revoke. A secret is displayed once.
import { useState } from "preact/hooks";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { ConfirmButton } from "../ui/confirm-button";
import { Dialog } from "../ui/dialog";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { SecretOnce } from "../ui/secret-once";
import { Table } from "../ui/table";
import { CREDENTIAL_FORM } from "../words/machines";

type Credential = Schemas["CredentialOut"];
type PublicKey = NonNullable<Schemas["CreateCredential"]["public_key"]>;
const MOST_LISTED = 200;

const isLive = (credential: Credential) => !credential.revoked_at && Date.parse(credential.expires_at) > Date.now();

export function Credentials(props: { account: Schemas["ServiceAccountOut"] }) {
  const t = useTranslation();
  const revocation = useMutation();
  const [made, setMade] = useState<Schemas["CredentialMade"] | null>(null);
  const [rotated, setRotated] = useState<Credential | null>(null);
  const [hasEnded, setHasEnded] = useState(false);
  const path = { account_id: props.account.id };
  const list = useQuery(
    () =>
      callApi(
        client.GET("/api/v1/service-accounts/{account_id}/credentials", {
          params: { path, query: { limit: MOST_LISTED } },
        }),
      ),
    `credentials ${props.account.id}`,
    false,
  );
  const showMade = (credential: Schemas["CredentialMade"]) => {
    setRotated(null);
    revocation.clear();
    setMade(credential);
    list.reload();
  };
  const revoke = async (credential: Credential) => {
    setMade(null);
    const params = { path: { ...path, credential_id: credential.id } };
    await revocation.run(() =>
      callApi(client.DELETE("/api/v1/service-accounts/{account_id}/credentials/{credential_id}", { params })),
    );
    list.reload();
  };
  return (
    <section aria-labelledby="credentials" data-testid="credentials">
      <h2 id="credentials">{t("credentials")}</h2>
      {made &&
        (made.secret ? (
          <SecretOnce text={t("credential_once")} secret={made.secret} onHide={() => setMade(null)} />
        ) : (
          <p class="good" role="status">
            {t("key_stored")}
          </p>
        ))}
      <Loaded query={list}>
        {({ items }) => {
          const shown = items.filter((credential) => hasEnded || isLive(credential));
          return (
            <>
              {shown.length === 0 ? (
                <p class="quiet">{t("no_credentials")}</p>
              ) : (
                <Table
                  caption={t("live_credentials", { n: items.filter(isLive).length })}
                  heads={[
                    t("credential_label"),
                    t("credential_form"),
                    t("created"),
                    t("token_expires"),
                    t("last_use"),
                    t("row_actions"),
                  ]}
                  testid="credential-table"
                >
                  {shown.map((credential) => (
                    <tr key={credential.id} data-testid={`credential-${credential.id}`}>
                      <th scope="row">{credential.label}</th>
                      <td>{t.code(CREDENTIAL_FORM, credential.form)}</td>
                      <td>{t.at(credential.created_at)}</td>
                      <td>
                        {credential.revoked_at ? (
                          <span class="bad">{t("revoked_at", { at: t.at(credential.revoked_at) })}</span>
                        ) : (
                          t.at(credential.expires_at)
                        )}
                        {credential.replaced_by_id && <small> {t("was_rotated")}</small>}
                      </td>
                      <td>{credential.last_used_at ? t.at(credential.last_used_at) : t("never_used")}</td>
                      <td class="acts">
                        {isLive(credential) && !credential.replaced_by_id && (
                          <button
                            type="button"
                            class="small"
                            onClick={() => setRotated(credential)}
                            data-testid="rotate"
                          >
                            {t("rotate")}
                            <span class="unseen">: {credential.label}</span>
                          </button>
                        )}
                        {isLive(credential) && (
                          <ConfirmButton
                            text={t("revoke_token")}
                            confirmText={t("really_revoke")}
                            of={credential.label}
                            isSmall
                            mutation={revocation}
                            onConfirm={() => void revoke(credential)}
                            testid="revoke"
                          />
                        )}
                      </td>
                    </tr>
                  ))}
                </Table>
              )}
              {items.some((credential) => !isLive(credential)) && (
                <label class="check">
                  <input
                    type="checkbox"
                    checked={hasEnded}
                    onChange={(event) => setHasEnded(event.currentTarget.checked)}
                  />{" "}
                  {t("show_ended")}
                </label>
              )}
            </>
          );
        }}
      </Loaded>
      <MutationStatus mutation={revocation} doneText={t("credential_revoked")} />
      {!props.account.disabled_at && <NewCredential accountId={props.account.id} onMade={showMade} />}
      {rotated && (
        <Rotation
          accountId={props.account.id}
          credential={rotated}
          onClose={() => setRotated(null)}
          onMade={showMade}
        />
      )}
    </section>
  );
}

const readKey = (formData: FormData): PublicKey => JSON.parse(String(formData.get("public_key"))) as PublicKey;

/** Return true if a text is a JSON object. */
function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function KeyField() {
  const t = useTranslation();
  return (
    <label>
      {t("public_key_jwk")}
      <textarea
        name="public_key"
        rows={4}
        required
        maxLength={4000}
        spellcheck={false}
        onInput={({ currentTarget }) =>
          currentTarget.setCustomValidity(isObject(currentTarget.value) ? "" : t("not_a_key"))
        }
      />
    </label>
  );
}

function NewCredential(props: { accountId: string; onMade: (made: Schemas["CredentialMade"]) => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const [form, setForm] = useState<Credential["form"]>("api_key");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const element = event.currentTarget as HTMLFormElement;
    const formData = new FormData(element);
    const isDone = await mutation.run(async () => {
      const days = Number(formData.get("days"));
      const body = {
        form,
        label: String(formData.get("label")).trim(),
        ...(days ? { expires_in_days: days } : {}),
        ...(form === "public_key" ? { public_key: readKey(formData) } : {}),
      };
      const params = { path: { account_id: props.accountId } };
      props.onMade(await callApi(client.POST("/api/v1/service-accounts/{account_id}/credentials", { params, body })));
    });
    if (isDone) element.reset();
  };
  return (
    <details data-testid="new-credential">
      <summary>{t("new_credential")}</summary>
      <form class="narrow" onSubmit={(event) => void submit(event)}>
        <label>
          {t("credential_form")}
          <select
            name="form"
            value={form}
            onChange={(event) => setForm(event.currentTarget.value as Credential["form"])}
          >
            {Object.keys(CREDENTIAL_FORM).map((code) => (
              <option key={code} value={code}>
                {t.code(CREDENTIAL_FORM, code)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("credential_label")}
          <input name="label" required maxLength={60} autocomplete="off" />
        </label>
        <label>
          {t("life_days")}
          <input name="days" type="number" min={1} max={form === "public_key" ? 800 : 400} inputMode="numeric" />
        </label>
        {form === "public_key" && <KeyField />}
        <span class="buttons wrap">
          <button class="main" disabled={mutation.isBusy} data-testid="create-credential">
            {t("new_credential")}
          </button>
          <MutationStatus mutation={mutation} />
        </span>
      </form>
    </details>
  );
}

function Rotation(props: {
  accountId: string;
  credential: Credential;
  onClose: () => void;
  onMade: (made: Schemas["CredentialMade"]) => void;
}) {
  const t = useTranslation();
  const mutation = useMutation();
  const { credential } = props;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    await mutation.run(async () => {
      const body = {
        overlap_days: Number(formData.get("overlap")),
        ...(credential.form === "public_key" ? { public_key: readKey(formData) } : {}),
      };
      const params = { path: { account_id: props.accountId, credential_id: credential.id } };
      props.onMade(
        await callApi(
          client.POST("/api/v1/service-accounts/{account_id}/credentials/{credential_id}/rotate", { params, body }),
        ),
      );
    });
  };
  return (
    <Dialog title={t("rotate_of", { name: credential.label })} onClose={props.onClose} testid="rotation">
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <p>{t("rotate_means")}</p>
        <label>
          {t("overlap_days")}
          <input name="overlap" type="number" min={0} max={90} required defaultValue="7" inputMode="numeric" />
        </label>
        {credential.form === "public_key" && <KeyField />}
        <MutationStatus mutation={mutation} />
        <span class="buttons">
          <button class="main" disabled={mutation.isBusy} data-testid="confirm-rotation">
            {t("rotate")}
          </button>
        </span>
      </form>
    </Dialog>
  );
}
