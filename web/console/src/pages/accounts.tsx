// The accounts of the reader's areas: search, and opening a new account.
import { useState } from "preact/hooks";
import { useAreaNames } from "../hooks/use-area-names";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate, queryString } from "../navigation";
import { OneTimePassword } from "../people/one-time-password";
import { readRole, RoleFields, RoleLabel } from "../people/roles";
import { callApi, client, type Schemas } from "../session";
import { AreaSelect } from "../ui/area-select";
import { Dialog } from "../ui/dialog";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { Table } from "../ui/table";
import { ROLE } from "../words/accounts";

export default function AccountsPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const { query } = props;
  const [isOpening, setOpening] = useState(false);
  const params = { limit: 50, ...Object.fromEntries(query) };
  const list = useQuery(
    () => callApi(client.GET("/api/v1/accounts", { params: { query: params as never } })),
    `accounts ${query}`,
    false,
  );
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    navigate(
      `accounts?${queryString(Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<string, string>)}`,
    );
  };
  return (
    <Page
      title={t("accounts")}
      testid="accounts"
      tools={
        <button type="button" class="main" onClick={() => setOpening(true)} data-testid="new-account">
          {t("new_account")}
        </button>
      }
    >
      <form class="filters" onSubmit={submit} aria-label={t("filter")}>
        <label>
          {t("search_accounts")}
          <input type="search" name="q" maxLength={100} defaultValue={query.get("q") ?? ""} />
        </label>
        <label>
          {t("role")}
          <select name="role" defaultValue={query.get("role") ?? ""}>
            <option value="">{t("all")}</option>
            {Object.keys(ROLE).map((role) => (
              <option key={role} value={role}>
                {t.code(ROLE, role)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("within")}
          <AreaSelect
            name="area_id"
            isOwnOnly
            none={t("all_mine")}
            chosen={query.get("area_id")}
            only={["district", "street", "community"]}
          />
        </label>
        <span class="buttons">
          <button class="main">{t("search")}</button>
        </span>
      </form>
      <Loaded query={list}>
        {(data) => (
          <>
            <AccountTable items={data.items} />
            <Pager query={query} page="accounts" next={data.next} />
          </>
        )}
      </Loaded>
      {isOpening && <NewAccountDialog onClose={() => (setOpening(false), list.reload())} />}
    </Page>
  );
}

function AccountTable(props: { items: Schemas["AccountOut"][] }) {
  const t = useTranslation();
  const areaName = useAreaNames(props.items.flatMap((account) => account.roles.map((grant) => grant.area_id)));
  return (
    <Table
      caption={t("page_of_accounts", { n: props.items.length })}
      heads={[t("account_name"), t("username"), t("roles"), t("status")]}
      testid="account-table"
    >
      {props.items.map((account) => (
        <tr key={account.id}>
          <th scope="row">
            <a href={`#/account/${account.id}`}>{account.name}</a>
          </th>
          <td class="words">{account.username}</td>
          <td>
            {account.roles.map((grant) => (
              <div key={grant.id}>
                <RoleLabel grant={grant} areaName={areaName} />
              </div>
            ))}
          </td>
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

function NewAccountDialog(props: { onClose: () => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const [account, setAccount] = useState<Schemas["AccountOpened"] | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const body = {
      username: String(formData.get("username")).trim(),
      name: String(formData.get("name")).trim(),
      roles: [readRole(formData)],
    };
    await mutation.run(async () => setAccount(await callApi(client.POST("/api/v1/accounts", { body }))));
  };
  return (
    <Dialog title={t("new_account")} onClose={props.onClose} testid="account-form">
      {account ? (
        <>
          <p role="status" class="good">
            {t("account_opened", { name: account.name })}
          </p>
          <OneTimePassword password={account.one_time_password ?? ""} />
          <p>
            <a href={`#/account/${account.id}`}>{account.username}</a>
          </p>
        </>
      ) : (
        <form class="stack" onSubmit={(event) => void submit(event)}>
          <label>
            {t("username")}
            <input name="username" required maxLength={64} autofocus autocapitalize="off" autocomplete="off" />
          </label>
          <label>
            {t("account_name")}
            <input name="name" required maxLength={100} autocomplete="off" />
          </label>
          <RoleFields />
          <MutationStatus mutation={mutation} />
          <span class="buttons">
            <button class="main" disabled={mutation.isBusy} data-testid="open-account">
              {t("new_account")}
            </button>
          </span>
        </form>
      )}
    </Dialog>
  );
}
