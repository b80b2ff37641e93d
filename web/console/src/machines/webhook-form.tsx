// The form of a subscription: a new one, or one that is changed.
import { hasPermission, useMe } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { AreaSelect } from "../ui/area-select";
import { Dialog } from "../ui/dialog";
import { MutationStatus } from "../ui/mutation-status";
import { EVENT_TYPE } from "../words/machines";

export type Webhook = Schemas["WebhookOut"];

const PERMISSION = "webhook:manage";

/** `webhook`: null for a new one. `onDone` gets the secret of a new one. */
export function WebhookDialog(props: {
  webhook: Webhook | null;
  onClose: () => void;
  onDone: (secret: string | null) => void;
}) {
  const t = useTranslation();
  const mutation = useMutation();
  const { webhook } = props;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(formData.get(name) ?? "").trim();
    const body = {
      url: text("url"),
      description: text("description"),
      types: formData.getAll("types") as NonNullable<Schemas["CreateWebhook"]["types"]>,
      categories: text("categories")
        .split(/[\s,，、]+/)
        .filter(Boolean),
      area_id: text("area_id") || null,
    };
    const account_id = text("account_id") || null;
    let secret: string | null = null;
    const isDone = await mutation.run(async () => {
      if (!webhook) {
        secret = (await callApi(client.POST("/api/v1/webhooks", { body: { ...body, account_id } }))).secret ?? null;
        return;
      }
      const params = { path: { webhook_id: webhook.id ?? "" } };
      await callApi(client.PATCH("/api/v1/webhooks/{webhook_id}", { params, body }));
    });
    if (isDone) props.onDone(secret);
  };
  return (
    <Dialog title={t(webhook ? "edit_webhook" : "new_webhook")} onClose={props.onClose} testid="webhook-form">
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <label>
          {t("webhook_url")}
          <input name="url" type="url" required maxLength={2000} autofocus defaultValue={webhook?.url ?? ""} />
        </label>
        <label>
          {t("webhook_description")}
          <input name="description" maxLength={200} defaultValue={webhook?.description ?? ""} />
        </label>
        {!webhook && <AccountField />}
        <label>
          {t("webhook_categories")}
          <input name="categories" maxLength={2000} defaultValue={webhook?.categories?.join(", ") ?? ""} />
        </label>
        <label>
          {t("webhook_area")}
          <AreaSelect name="area_id" isOwnOnly none={t("all_mine")} chosen={webhook?.area_id ?? null} />
        </label>
        <fieldset class="checks">
          <legend>{t("webhook_types")}</legend>
          {Object.keys(EVENT_TYPE)
            .filter((type) => type.startsWith("case."))
            .map((type) => (
              <label key={type} class="check">
                <input
                  type="checkbox"
                  name="types"
                  value={type}
                  defaultChecked={webhook?.types?.some((chosen) => chosen === type) ?? false}
                />{" "}
                {t.code(EVENT_TYPE, type)}
              </label>
            ))}
        </fieldset>
        <MutationStatus mutation={mutation} />
        <span class="buttons">
          <button class="main" disabled={mutation.isBusy} data-testid="save-webhook">
            {t(webhook ? "save_changes" : "new_webhook")}
          </button>
        </span>
      </form>
    </Dialog>
  );
}

/** Whose subscription it becomes: the reader's, or that of a service account with the permission. */
function AccountField() {
  const t = useTranslation();
  const me = useMe();
  const accounts = useQuery(
    async () => {
      if (!hasPermission(me, "service:manage")) return [];
      const query = { limit: 200 };
      return (await callApi(client.GET("/api/v1/service-accounts", { params: { query } }))).items;
    },
    "service-accounts",
    false,
  );
  return (
    <label>
      {t("webhook_account")}
      <select name="account_id" data-testid="webhook-account">
        <option value="">{t("webhook_of_own_account")}</option>
        {accounts.data
          ?.filter((account) => account.permissions?.some((held) => held === PERMISSION) && !account.disabled_at)
          .map((account) => (
            <option key={account.id} value={account.id}>
              {account.name}
            </option>
          ))}
      </select>
    </label>
  );
}
