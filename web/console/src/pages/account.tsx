// One account: what it may do where, the devices it is signed in on, and whether it may come in.
import { useState } from "preact/hooks";
import { Refused } from "../../../src/api/http";
import { useAreaNames } from "../hooks/use-area-names";
import { may, useMe } from "../hooks/use-me";
import { type Doing, useDoing } from "../hooks/use-mutation";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { OneTime } from "../people/one-time-password";
import { RoleFields, roleSaid, RoleWords } from "../people/roles";
import { client, load, type Schemas } from "../session";
import { Ready } from "../ui/loaded";
import { Told } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Table } from "../ui/table";
import { ROLE } from "../words/accounts";

type Account = Schemas["AccountOut"];

export default function AccountPage(props: { id: string }) {
  const t = useWords();
  const path = { account_id: props.id };
  const found = useLoaded(() => load(client.GET("/api/v1/accounts/{account_id}", { params: { path } })), `account ${props.id}`, false);
  return (
    <Page title={found.data?.name ?? t("accounts")} testid="account" tools={<a href="#/accounts">{t("accounts")}</a>}>
      <Ready of={found}>{(account) => <Shown of={account} reload={found.reload} />}</Ready>
    </Page>
  );
}

function Shown(props: { of: Account; reload: () => void }) {
  const t = useWords();
  const me = useMe();
  const { of, reload } = props;
  const isMine = of.id === me.id;
  return (
    <>
      <dl>
        <dt>{t("username")}</dt><dd>{of.username}</dd>
        <dt>{t("status")}</dt>
        <dd data-testid="account-status">{of.disabled_at ? <span class="bad">{t("disabled_since", { at: t.at(of.disabled_at) })}</span> : t("in_use")}</dd>
        <dt>{t("created")}</dt><dd>{t.at(of.created_at)}</dd>
      </dl>
      {isMine && <p class="order">{t("own_account")}</p>}
      <Standing of={of} isMine={isMine} reload={reload} />
      <Roles of={of} isMine={isMine} reload={reload} />
      {may(me, "worker:edit") && of.roles.some((grant) => grant.role === "worker" || grant.role === "grid_chief") && <Enrolled of={of} />}
      <Devices of={of} />
    </>
  );
}

/** A button that is pressed twice: the second time it says what will happen. */
function Sure(props: { word: string; sure: string; doing: Doing; onSure: () => void; testid: string }) {
  const [isSure, setSure] = useState(false);
  return (
    <button
      type="button"
      class={isSure ? "grave main" : "grave"}
      disabled={props.doing.isBusy}
      onBlur={() => setSure(false)}
      onClick={() => (isSure ? (setSure(false), props.onSure()) : setSure(true))}
      data-testid={props.testid}
    >
      {isSure ? props.sure : props.word}
    </button>
  );
}

function Standing(props: { of: Account; isMine: boolean; reload: () => void }) {
  const t = useWords();
  const { of, isMine, reload } = props;
  const doing = useDoing();
  const [password, setPassword] = useState("");
  const path = { account_id: of.id };
  const done = async (act: () => Promise<unknown>) => (await doing.run(act)) && reload();
  const rename = (event: SubmitEvent) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get("name")).trim();
    void done(() => load(client.PATCH("/api/v1/accounts/{account_id}", { params: { path, header: { "If-Match": `"${of.version}"` } }, body: { name } })));
  };
  const reset = () =>
    done(async () => setPassword((await load(client.POST("/api/v1/accounts/{account_id}/one-time-password", { params: { path } }))).one_time_password));
  return (
    <section>
      <form class="row" onSubmit={rename}>
        <label>{t("account_name")}<input name="name" required maxLength={100} defaultValue={of.name} /></label>
        <button disabled={doing.isBusy}>{t("rename")}</button>
      </form>
      {!isMine && (
        <p class="acts">
          {of.disabled_at ? (
            <button type="button" disabled={doing.isBusy} onClick={() => void done(() => load(client.POST("/api/v1/accounts/{account_id}/enable", { params: { path } })))} data-testid="enable">
              {t("enable")}
            </button>
          ) : (
            <Sure
              word={t("disable")}
              sure={t("really_disable")}
              doing={doing}
              onSure={() => void done(() => load(client.POST("/api/v1/accounts/{account_id}/disable", { params: { path } })))}
              testid="disable"
            />
          )}
          <Sure word={t("reset_password")} sure={t("really_reset")} doing={doing} onSure={() => void reset()} testid="reset" />
        </p>
      )}
      <Told of={doing} />
      {password && <OneTime key={password} password={password} />}
    </section>
  );
}

function Roles(props: { of: Account; isMine: boolean; reload: () => void }) {
  const t = useWords();
  const { of, isMine, reload } = props;
  const doing = useDoing();
  const areaName = useAreaNames(of.roles.map((grant) => grant.area_id));
  const path = { account_id: of.id };
  const give = async (event: SubmitEvent) => {
    event.preventDefault();
    const body = roleSaid(new FormData(event.currentTarget as HTMLFormElement));
    if (await doing.run((key) => load(client.POST("/api/v1/accounts/{account_id}/roles", { params: { path, header: { "Idempotency-Key": key } }, body })))) reload();
  };
  const take = async (grant_id: string) => {
    if (await doing.run(() => load(client.DELETE("/api/v1/accounts/{account_id}/roles/{grant_id}", { params: { path: { ...path, grant_id } } })))) reload();
  };
  return (
    <section aria-labelledby="roles">
      <h2 id="roles">{t("roles")}</h2>
      <Table caption={t("roles")} heads={[t("role"), ""]} testid="roles">
        {of.roles.map((grant) => (
          <tr key={grant.id}>
            <td><RoleWords of={grant} areaName={areaName} /></td>
            <td>
              {!isMine && (
                <button
                  type="button"
                  class="small"
                  disabled={doing.isBusy}
                  aria-label={t("take_role_of", { role: t.code(ROLE, grant.role), where: grant.unit_id ? "" : areaName(grant.area_id) })}
                  onClick={() => void take(grant.id)}
                  data-testid={`take-${grant.role}`}
                >
                  {t("take_role")}
                </button>
              )}
            </td>
          </tr>
        ))}
      </Table>
      <form class="act" onSubmit={(event) => void give(event)} aria-label={t("give_role")} data-testid="give-role">
        <RoleFields />
        <Told of={doing} />
        <span class="buttons"><button disabled={doing.isBusy}>{t("give_role")}</button></span>
      </form>
    </section>
  );
}

/** Nobody is given work before she is a worker; this says whether she is, and makes her one. */
function Enrolled(props: { of: Account }) {
  const t = useWords();
  const doing = useDoing();
  const path = { worker_id: props.of.id };
  const read = async () => {
    try {
      return await load(client.GET("/api/v1/workers/{worker_id}", { params: { path } }));
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return "nobody" as const;
      throw error;
    }
  };
  const worker = useLoaded(read, `enrolled ${props.of.id}`, false);
  const enrol = async (event: SubmitEvent) => {
    event.preventDefault();
    const capacity = Number(new FormData(event.currentTarget as HTMLFormElement).get("capacity"));
    const body = { account_id: props.of.id, name: props.of.name, capacity };
    if (await doing.run((key) => load(client.POST("/api/v1/workers", { params: { header: { "Idempotency-Key": key } }, body })))) worker.reload();
  };
  return (
    <section aria-labelledby="enrolled" data-testid="enrolled">
      <h2 id="enrolled">{t("is_worker")}</h2>
      <Ready of={worker}>
        {(one) =>
          one === "nobody" ? (
            <form class="row" onSubmit={(event) => void enrol(event)}>
              <p>{t("not_enrolled")}</p>
              <label>{t("capacity")}<input type="number" name="capacity" min={0} max={100} required defaultValue="5" /></label>
              <button disabled={doing.isBusy} data-testid="enrol">{t("enrol")}</button>
            </form>
          ) : (
            <p>{t(one.on_duty ? "on_duty" : "off_duty")} · {t("load")} {one.open_work}/{one.capacity} · {one.grids?.map((grid) => t.named(grid.name)).join("、") || t("none")}</p>
          )
        }
      </Ready>
      <Told of={doing} />
    </section>
  );
}

function Devices(props: { of: Account }) {
  const t = useWords();
  const doing = useDoing();
  const path = { account_id: props.of.id };
  const list = useLoaded(() => load(client.GET("/api/v1/accounts/{account_id}/devices", { params: { path, query: { limit: 100 } } })), `devices ${props.of.id}`, false);
  const cutOff = async (ids: string[]) => {
    const all = async () => {
      for (const device_id of ids) await load(client.DELETE("/api/v1/accounts/{account_id}/devices/{device_id}", { params: { path: { ...path, device_id } } }));
    };
    await doing.run(all);
    list.reload();
  };
  const allow = async (device_id: string) => {
    await doing.run(() => load(client.POST("/api/v1/accounts/{account_id}/devices/{device_id}/allow", { params: { path: { ...path, device_id } } })));
    list.reload();
  };
  return (
    <section aria-labelledby="devices" data-testid="devices">
      <h2 id="devices">{t("devices")}</h2>
      <Ready of={list}>
        {({ items }) => {
          const live = items.filter((one) => !one.revoked_at).map((one) => one.id);
          return items.length === 0 ? (
            <p class="quiet">{t("no_devices")}</p>
          ) : (
            <>
              <Table caption={t("devices")} heads={[t("device"), t("last_sign_in"), ""]}>
                {items.map((one) => (
                  <tr key={one.id}>
                    <td class="words">{one.client_key.slice(0, 12)}</td>
                    <td>{t.at(one.last_sign_in_at)}</td>
                    <td>
                      {one.revoked_at ? (
                        <>
                          {t("cut_off_at", { at: t.at(one.revoked_at) })}{" "}
                          <button type="button" class="small" disabled={doing.isBusy} aria-label={t("allow_device", { name: one.client_key.slice(0, 12) })} onClick={() => void allow(one.id)}>
                            {t("allow_again")}
                          </button>
                        </>
                      ) : (
                        <button type="button" class="small" disabled={doing.isBusy} aria-label={t("cut_off_device", { name: one.client_key.slice(0, 12) })} onClick={() => void cutOff([one.id])}>
                          {t("cut_off")}
                        </button>
                      )}
                    </td>
                  </tr>
                ))}
              </Table>
              {live.length > 0 && <Sure word={t("cut_off_all")} sure={t("cut_off_all")} doing={doing} onSure={() => void cutOff(live)} testid="cut-off-all" />}
            </>
          );
        }}
      </Ready>
      <Told of={doing} />
    </section>
  );
}
