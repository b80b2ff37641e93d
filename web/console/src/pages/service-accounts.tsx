// The accounts of other programs in the reader's areas, and opening a new one.
import { useState } from "preact/hooks";
import { useAreaNames } from "../hooks/use-area-names";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { AccountFields, readAccountFields, type ServiceAccount } from "../machines/account-fields";
import { navigate, queryString } from "../navigation";
import { callApi, client } from "../session";
import { Dialog } from "../ui/dialog";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { Table } from "../ui/table";
import { SERVICE_KIND, SERVICE_PERMISSION } from "../words/machines";

export default function ServiceAccountsPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const { query } = props;
  const [isOpening, setOpening] = useState(false);
  const params = { limit: 50, ...Object.fromEntries(query) };
  const list = useQuery(
    () => callApi(client.GET("/api/v1/service-accounts", { params: { query: params as never } })),
    `service-accounts ${query}`,
    false,
  );
  return (
    <Page
      title={t("service_accounts")}
      testid="service-accounts"
      tools={
        <button type="button" class="main" onClick={() => setOpening(true)} data-testid="new-service-account">
          {t("new_service_account")}
        </button>
      }
    >
      <p class="quiet">{t("service_accounts_mean")}</p>
      <form class="row" aria-label={t("filter")}>
        <label>
          {t("service_kind")}
          <select
            name="kind"
            defaultValue={query.get("kind") ?? ""}
            onChange={(event) => navigate(`service-accounts?${queryString({ kind: event.currentTarget.value })}`)}
          >
            <option value="">{t("all")}</option>
            {Object.keys(SERVICE_KIND).map((kind) => (
              <option key={kind} value={kind}>
                {t.code(SERVICE_KIND, kind)}
              </option>
            ))}
          </select>
        </label>
      </form>
      <Loaded query={list}>
        {(data) =>
          data.items.length === 0 ? (
            <p>{t("no_service_accounts")}</p>
          ) : (
            <>
              <ServiceAccountTable items={data.items} />
              <Pager query={query} page="service-accounts" next={data.next} />
            </>
          )
        }
      </Loaded>
      {isOpening && <NewServiceAccount onClose={() => setOpening(false)} />}
    </Page>
  );
}

function ServiceAccountTable(props: { items: ServiceAccount[] }) {
  const t = useTranslation();
  const areaName = useAreaNames(props.items.flatMap((account) => account.area_ids ?? []));
  return (
    <Table
      caption={t("page_of_service_accounts", { n: props.items.length })}
      heads={[
        t("service_name"),
        t("client_id"),
        t("service_kind"),
        t("permissions"),
        t("where"),
        t("last_use"),
        t("status"),
      ]}
      testid="service-account-table"
    >
      {props.items.map((account) => (
        <tr key={account.id}>
          <th scope="row">
            <a href={`#/service-account/${account.id}`}>{account.name}</a>
          </th>
          <td class="words">{account.client_id}</td>
          <td>{t.code(SERVICE_KIND, account.kind)}</td>
          <td>{t.list(account.permissions.map((code) => t.code(SERVICE_PERMISSION, code)))}</td>
          <td>{account.area_ids === null ? t("everywhere") : t.list(account.area_ids.map(areaName))}</td>
          <td>{account.last_used_at ? t.at(account.last_used_at) : t("never_used")}</td>
          <td>
            {account.disabled_at ? (
              <span class="bad">{t("disabled_since", { at: t.at(account.disabled_at) })}</span>
            ) : (
              t("in_use")
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function NewServiceAccount(props: { onClose: () => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const formData = new FormData(form);
    const body = {
      client_id: String(formData.get("client_id")).trim(),
      kind: String(formData.get("kind")) as ServiceAccount["kind"],
      ...readAccountFields(form),
    };
    await mutation.run(async () => {
      const account = await callApi(client.POST("/api/v1/service-accounts", { body }));
      navigate(`service-account/${account.id}`);
    });
  };
  return (
    <Dialog title={t("new_service_account")} onClose={props.onClose} testid="service-account-form">
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <label>
          {t("client_id")}
          <input name="client_id" required maxLength={64} autofocus autocapitalize="off" autocomplete="off" />
        </label>
        <label>
          {t("service_kind")}
          <select name="kind" required>
            {Object.keys(SERVICE_KIND).map((kind) => (
              <option key={kind} value={kind}>
                {t.code(SERVICE_KIND, kind)}
              </option>
            ))}
          </select>
        </label>
        <AccountFields />
        <MutationStatus mutation={mutation} />
        <span class="buttons">
          <button class="main" disabled={mutation.isBusy} data-testid="open-service-account">
            {t("new_service_account")}
          </button>
        </span>
      </form>
    </Dialog>
  );
}
