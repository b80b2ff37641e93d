// One account: status, roles, worker enrolment and devices.
import { useState } from "preact/hooks";
import { useAreaNames } from "../hooks/use-area-names";
import { hasPermission, useMe } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { OneTimePassword } from "../people/one-time-password";
import { WorkerEnrolment } from "../people/worker-enrolment";
import { readRole, RoleFields, RoleLabel } from "../people/roles";
import { callApi, client, type Schemas } from "../session";
import { ConfirmButton } from "../ui/confirm-button";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Table } from "../ui/table";
import { ROLE } from "../words/accounts";

type Account = Schemas["AccountOut"];

export default function AccountPage(props: { id: string }) {
  const t = useTranslation();
  const path = { account_id: props.id };
  const query = useQuery(
    () => callApi(client.GET("/api/v1/accounts/{account_id}", { params: { path } })),
    `account ${props.id}`,
    false,
  );
  return (
    <Page title={query.data?.name ?? t("accounts")} testid="account" tools={<a href="#/accounts">{t("accounts")}</a>}>
      <Loaded query={query}>{(account) => <AccountDetails account={account} reload={query.reload} />}</Loaded>
    </Page>
  );
}

function AccountDetails(props: { account: Account; reload: () => void }) {
  const t = useTranslation();
  const me = useMe();
  const { account, reload } = props;
  const isMine = account.id === me.id;
  return (
    <>
      <dl>
        <dt>{t("username")}</dt>
        <dd>{account.username}</dd>
        <dt>{t("status")}</dt>
        <dd data-testid="account-status">
          {account.disabled_at ? (
            <span class="bad">{t("disabled_since", { at: t.at(account.disabled_at) })}</span>
          ) : (
            t("in_use")
          )}
        </dd>
        <dt>{t("created")}</dt>
        <dd>{t.at(account.created_at)}</dd>
      </dl>
      {isMine && <p class="order">{t("own_account")}</p>}
      <AccountStatus account={account} isMine={isMine} reload={reload} />
      <Roles account={account} isMine={isMine} reload={reload} />
      {hasPermission(me, "worker:edit") &&
        account.roles.some((grant) => grant.role === "worker" || grant.role === "grid_chief") && (
          <WorkerEnrolment account={account} />
        )}
      <Devices account={account} />
    </>
  );
}

function AccountStatus(props: { account: Account; isMine: boolean; reload: () => void }) {
  const t = useTranslation();
  const { account, isMine, reload } = props;
  const mutation = useMutation();
  const [password, setPassword] = useState("");
  const path = { account_id: account.id };
  const runAndReload = async (request: () => Promise<unknown>) => (await mutation.run(request)) && reload();
  const rename = (event: SubmitEvent) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get("name")).trim();
    void runAndReload(() =>
      callApi(
        client.PATCH("/api/v1/accounts/{account_id}", {
          params: { path, header: { "If-Match": `"${account.version}"` } },
          body: { name },
        }),
      ),
    );
  };
  const reset = () =>
    runAndReload(async () =>
      setPassword(
        (await callApi(client.POST("/api/v1/accounts/{account_id}/one-time-password", { params: { path } })))
          .one_time_password,
      ),
    );
  return (
    <section>
      <form class="row" onSubmit={rename}>
        <label>
          {t("account_name")}
          <input name="name" required maxLength={100} defaultValue={account.name} />
        </label>
        <button disabled={mutation.isBusy}>{t("rename")}</button>
      </form>
      {!isMine && (
        <p class="acts">
          {account.disabled_at ? (
            <button
              type="button"
              disabled={mutation.isBusy}
              onClick={() =>
                void runAndReload(() =>
                  callApi(client.POST("/api/v1/accounts/{account_id}/enable", { params: { path } })),
                )
              }
              data-testid="enable"
            >
              {t("enable")}
            </button>
          ) : (
            <ConfirmButton
              text={t("disable")}
              confirmText={t("really_disable")}
              mutation={mutation}
              onConfirm={() =>
                void runAndReload(() =>
                  callApi(client.POST("/api/v1/accounts/{account_id}/disable", { params: { path } })),
                )
              }
              testid="disable"
            />
          )}
          <ConfirmButton
            text={t("reset_password")}
            confirmText={t("really_reset")}
            mutation={mutation}
            onConfirm={() => void reset()}
            testid="reset"
          />
        </p>
      )}
      <MutationStatus mutation={mutation} />
      {password && <OneTimePassword key={password} password={password} />}
    </section>
  );
}

function Roles(props: { account: Account; isMine: boolean; reload: () => void }) {
  const t = useTranslation();
  const { account, isMine, reload } = props;
  const mutation = useMutation();
  const areaName = useAreaNames(account.roles.map((grant) => grant.area_id));
  const path = { account_id: account.id };
  const grantRole = async (event: SubmitEvent) => {
    event.preventDefault();
    const body = readRole(new FormData(event.currentTarget as HTMLFormElement));
    if (
      await mutation.run((key) =>
        callApi(
          client.POST("/api/v1/accounts/{account_id}/roles", {
            params: { path, header: { "Idempotency-Key": key } },
            body,
          }),
        ),
      )
    )
      reload();
  };
  const revokeRole = async (grant_id: string) => {
    if (
      await mutation.run(() =>
        callApi(
          client.DELETE("/api/v1/accounts/{account_id}/roles/{grant_id}", { params: { path: { ...path, grant_id } } }),
        ),
      )
    )
      reload();
  };
  return (
    <section aria-labelledby="roles">
      <h2 id="roles">{t("roles")}</h2>
      <Table caption={t("roles")} heads={[t("role"), ""]} testid="roles">
        {account.roles.map((grant) => (
          <tr key={grant.id}>
            <td>
              <RoleLabel grant={grant} areaName={areaName} />
            </td>
            <td>
              {!isMine && (
                <button
                  type="button"
                  class="small"
                  disabled={mutation.isBusy}
                  aria-label={t("take_role_of", {
                    role: t.code(ROLE, grant.role),
                    where: grant.unit_id ? "" : areaName(grant.area_id),
                  })}
                  onClick={() => void revokeRole(grant.id)}
                  data-testid={`take-${grant.role}`}
                >
                  {t("take_role")}
                </button>
              )}
            </td>
          </tr>
        ))}
      </Table>
      <form class="act" onSubmit={(event) => void grantRole(event)} aria-label={t("give_role")} data-testid="give-role">
        <RoleFields />
        <MutationStatus mutation={mutation} />
        <span class="buttons">
          <button disabled={mutation.isBusy}>{t("give_role")}</button>
        </span>
      </form>
    </section>
  );
}

function Devices(props: { account: Account }) {
  const t = useTranslation();
  const mutation = useMutation();
  const path = { account_id: props.account.id };
  const list = useQuery(
    () => callApi(client.GET("/api/v1/accounts/{account_id}/devices", { params: { path, query: { limit: 100 } } })),
    `devices ${props.account.id}`,
    false,
  );
  const cutOff = async (ids: string[]) => {
    const revokeAll = async () => {
      for (const device_id of ids)
        await callApi(
          client.DELETE("/api/v1/accounts/{account_id}/devices/{device_id}", {
            params: { path: { ...path, device_id } },
          }),
        );
    };
    await mutation.run(revokeAll);
    list.reload();
  };
  const allow = async (device_id: string) => {
    await mutation.run(() =>
      callApi(
        client.POST("/api/v1/accounts/{account_id}/devices/{device_id}/allow", {
          params: { path: { ...path, device_id } },
        }),
      ),
    );
    list.reload();
  };
  return (
    <section aria-labelledby="devices" data-testid="devices">
      <h2 id="devices">{t("devices")}</h2>
      <Loaded query={list}>
        {({ items }) => {
          const live = items.filter((device) => !device.revoked_at).map((device) => device.id);
          return items.length === 0 ? (
            <p class="quiet">{t("no_devices")}</p>
          ) : (
            <>
              <Table caption={t("devices")} heads={[t("device"), t("last_sign_in"), ""]}>
                {items.map((device) => (
                  <tr key={device.id}>
                    <td class="words">{device.client_key.slice(0, 12)}</td>
                    <td>{t.at(device.last_sign_in_at)}</td>
                    <td>
                      {device.revoked_at ? (
                        <>
                          {t("cut_off_at", { at: t.at(device.revoked_at) })}{" "}
                          <button
                            type="button"
                            class="small"
                            disabled={mutation.isBusy}
                            aria-label={t("allow_device", { name: device.client_key.slice(0, 12) })}
                            onClick={() => void allow(device.id)}
                          >
                            {t("allow_again")}
                          </button>
                        </>
                      ) : (
                        <button
                          type="button"
                          class="small"
                          disabled={mutation.isBusy}
                          aria-label={t("cut_off_device", { name: device.client_key.slice(0, 12) })}
                          onClick={() => void cutOff([device.id])}
                        >
                          {t("cut_off")}
                        </button>
                      )}
                    </td>
                  </tr>
                ))}
              </Table>
              {live.length > 0 && (
                <ConfirmButton
                  text={t("cut_off_all")}
                  confirmText={t("cut_off_all")}
                  mutation={mutation}
                  onConfirm={() => void cutOff(live)}
                  testid="cut-off-all"
                />
              )}
            </>
          );
        }}
      </Loaded>
      <MutationStatus mutation={mutation} />
    </section>
  );
}
