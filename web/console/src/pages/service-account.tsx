// One service account: what it may do and where, and its credentials.
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { AccountFields, readAccountFields, type ServiceAccount } from "../machines/account-fields";
import { Credentials } from "../machines/credentials";
import { callApi, client } from "../session";
import { ConfirmButton } from "../ui/confirm-button";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { SERVICE_KIND } from "../words/machines";

export default function ServiceAccountPage(props: { id: string }) {
  const t = useTranslation();
  const query = useQuery(
    () => callApi(client.GET("/api/v1/service-accounts/{account_id}", { params: { path: { account_id: props.id } } })),
    `service-account ${props.id}`,
    false,
  );
  return (
    <Page
      title={query.data?.name ?? t("service_accounts")}
      testid="service-account"
      tools={<a href="#/service-accounts">{t("service_accounts")}</a>}
    >
      <Loaded query={query}>
        {(account) => (
          <>
            <Facts account={account} reload={query.reload} />
            <Credentials key={account.disabled_at ?? "enabled"} account={account} />
            <ChangeForm account={account} reload={query.reload} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Facts(props: { account: ServiceAccount; reload: () => void }) {
  const t = useTranslation();
  const { account } = props;
  const mutation = useMutation();
  const params = { path: { account_id: account.id } };
  const act = async (path: "disable" | "enable") => {
    const request =
      path === "disable"
        ? () => callApi(client.POST("/api/v1/service-accounts/{account_id}/disable", { params }))
        : () => callApi(client.POST("/api/v1/service-accounts/{account_id}/enable", { params }));
    if (await mutation.run(request)) props.reload();
  };
  return (
    <section>
      <dl>
        <dt>{t("client_id")}</dt>
        <dd>{account.client_id}</dd>
        <dt>{t("service_kind")}</dt>
        <dd>{t.code(SERVICE_KIND, account.kind)}</dd>
        <dt>{t("status")}</dt>
        <dd data-testid="service-status">
          {account.disabled_at ? (
            <span class="bad">{t("disabled_since", { at: t.at(account.disabled_at) })}</span>
          ) : (
            t("in_use")
          )}
        </dd>
        <dt>{t("last_use")}</dt>
        <dd>{account.last_used_at ? t.at(account.last_used_at) : t("never_used")}</dd>
        <dt>{t("created")}</dt>
        <dd>{t.at(account.created_at)}</dd>
      </dl>
      <p class="acts">
        {account.disabled_at ? (
          <button type="button" disabled={mutation.isBusy} onClick={() => void act("enable")} data-testid="enable">
            {t("enable")}
          </button>
        ) : (
          <ConfirmButton
            text={t("disable")}
            confirmText={t("really_disable_service")}
            mutation={mutation}
            onConfirm={() => void act("disable")}
            testid="disable"
          />
        )}
      </p>
      <MutationStatus mutation={mutation} />
    </section>
  );
}

function ChangeForm(props: { account: ServiceAccount; reload: () => void }) {
  const t = useTranslation();
  const { account } = props;
  const mutation = useMutation();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const body = readAccountFields(event.currentTarget);
    const isDone = await mutation.run(() =>
      callApi(
        client.PATCH("/api/v1/service-accounts/{account_id}", {
          params: { path: { account_id: account.id }, header: { "If-Match": `"${account.version}"` } },
          body,
        }),
      ),
    );
    if (isDone) props.reload();
  };
  return (
    <section aria-labelledby="may-do">
      <h2 id="may-do">{t("service_may")}</h2>
      <form class="narrow" onSubmit={(event) => void submit(event)} data-testid="change-service-account">
        <AccountFields account={account} />
        <span class="buttons wrap">
          <button disabled={mutation.isBusy} data-testid="save-service-account">
            {t("save_changes")}
          </button>
          <MutationStatus mutation={mutation} />
        </span>
      </form>
    </section>
  );
}
