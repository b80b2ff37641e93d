// Accounts in my areas: found, opened.
import { useState } from "preact/hooks";
import { useAreaNames } from "../hooks/use-area-names";
import { useDoing } from "../hooks/use-mutation";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { go, queryOf } from "../navigation";
import { OneTime } from "../people/one-time-password";
import { RoleFields, roleSaid, RoleWords } from "../people/roles";
import { client, load, type Schemas } from "../session";
import { AreaChoice } from "../ui/area-select";
import { Dialog } from "../ui/dialog";
import { Ready } from "../ui/loaded";
import { Told } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { Table } from "../ui/table";
import { ROLE } from "../words/accounts";

export default function AccountsPage(props: { query: URLSearchParams }) {
  const t = useWords();
  const { query } = props;
  const [isOpening, setOpening] = useState(false);
  const asked = { limit: 50, ...Object.fromEntries(query) };
  const list = useLoaded(() => load(client.GET("/api/v1/accounts", { params: { query: asked as never } })), `accounts ${query}`, false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    go(`accounts?${queryOf(Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<string, string>)}`);
  };
  return (
    <Page title={t("accounts")} testid="accounts" tools={<button type="button" class="main" onClick={() => setOpening(true)} data-testid="new-account">{t("new_account")}</button>}>
      <form class="filters" onSubmit={submit} aria-label={t("filter")}>
        <label>{t("search_accounts")}<input type="search" name="q" maxLength={100} defaultValue={query.get("q") ?? ""} /></label>
        <label>
          {t("role")}
          <select name="role" defaultValue={query.get("role") ?? ""}>
            <option value="">{t("all")}</option>
            {Object.keys(ROLE).map((role) => <option key={role} value={role}>{t.code(ROLE, role)}</option>)}
          </select>
        </label>
        <label>{t("within")}<AreaChoice name="within" none={t("all_mine")} chosen={query.get("within")} only={["district", "street", "community"]} /></label>
        <span class="buttons"><button class="main">{t("search")}</button></span>
      </form>
      <Ready of={list}>
        {(data) => (
          <>
            <Accounts items={data.items} />
            <Pager query={query} page="accounts" next={data.next} />
          </>
        )}
      </Ready>
      {isOpening && <NewAccount onClose={() => (setOpening(false), list.reload())} />}
    </Page>
  );
}

function Accounts(props: { items: Schemas["AccountOut"][] }) {
  const t = useWords();
  const areaName = useAreaNames(props.items.flatMap((one) => one.roles.map((grant) => grant.area_id)));
  return (
    <Table caption={t("page_of_accounts", { n: props.items.length })} heads={[t("account_name"), t("username"), t("roles"), t("status")]} testid="account-table">
      {props.items.map((one) => (
        <tr key={one.id}>
          <th scope="row"><a href={`#/account/${one.id}`}>{one.name}</a></th>
          <td class="words">{one.username}</td>
          <td>{one.roles.map((grant) => <div key={grant.id}><RoleWords of={grant} areaName={areaName} /></div>)}</td>
          <td>{one.disabled_at ? <span class="bad">{t("disabled_since", { at: t.at(one.disabled_at) })}</span> : t("in_use")}</td>
        </tr>
      ))}
    </Table>
  );
}

function NewAccount(props: { onClose: () => void }) {
  const t = useWords();
  const doing = useDoing();
  const [opened, setOpened] = useState<Schemas["AccountOpened"] | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const body = { username: String(said.get("username")).trim(), name: String(said.get("name")).trim(), roles: [roleSaid(said)] };
    await doing.run(async () => setOpened(await load(client.POST("/api/v1/accounts", { body }))));
  };
  return (
    <Dialog title={t("new_account")} onClose={props.onClose} testid="account-form">
      {opened ? (
        <>
          <p role="status" class="good">{t("account_opened", { name: opened.name })}</p>
          <OneTime password={opened.one_time_password ?? ""} />
          <p><a href={`#/account/${opened.id}`}>{opened.username}</a></p>
        </>
      ) : (
        <form class="stack" onSubmit={(event) => void submit(event)}>
          <label>{t("username")}<input name="username" required maxLength={64} autofocus autocapitalize="off" autocomplete="off" /></label>
          <label>{t("account_name")}<input name="name" required maxLength={100} autocomplete="off" /></label>
          <RoleFields />
          <Told of={doing} />
          <span class="buttons"><button class="main" disabled={doing.isBusy} data-testid="open-account">{t("new_account")}</button></span>
        </form>
      )}
    </Dialog>
  );
}
