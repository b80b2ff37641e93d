// The audit trail: who did, saw, exported or unmasked what, and why, in the sentences of the API. Reading it is on the record too.
import { useState } from "preact/hooks";
import { keep } from "../download";
import { may, useMe, useZone } from "../hooks/use-me";
import { useDoing } from "../hooks/use-mutation";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { go, queryOf } from "../navigation";
import { client, load, type Schemas } from "../session";
import { Ready } from "../ui/loaded";
import { Told } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { Table } from "../ui/table";
import { ACT, ENTITY } from "../words/audit";
import { fieldOf, instantIn } from "../zone-time";

type Event = Schemas["AuditEventOut"];
const ASKED = ["actor", "entity", "entity_id", "action", "purpose", "since", "until"] as const;

/** What the API does not know: how those whom a filter names are called. */
const NAMES = ["actor_name", "row_name"] as const;

export default function AuditPage(props: { query: URLSearchParams }) {
  const t = useWords();
  const { query } = props;
  const value = (name: string) => query.get(name) ?? "";
  const filters = Object.fromEntries(ASKED.filter((name) => value(name)).map((name) => [name, value(name)]));
  const asked = { ...filters, limit: 50, ...(value("cursor") ? { cursor: value("cursor") } : {}) };
  // Not at each hint: every look is an event.
  const found = useLoaded(() => load(client.POST("/api/v1/audit/search", { body: asked as never })), `audit ${query}`, false);
  const to = (next: Record<string, string>) => {
    const all = { ...Object.fromEntries([...ASKED, ...NAMES].map((name) => [name, value(name)])), ...next };
    return `audit?${queryOf(all)}`;
  };
  return (
    <Page title={t("audit")} testid="audit" tools={<button type="button" class="plain" onClick={() => print()}>{t("print")}</button>}>
      <p class="quiet">{t("audit_means")}</p>
      <Filters value={value} onAsk={(next) => go(to(next))} />
      <p class="buttons">
        {value("actor") && <a href={`#/${to({ actor: "", actor_name: "" })}`}>{t("audit_drop", { what: t("audit_of_actor", { name: value("actor_name") || value("actor") }) })}</a>}
        {value("entity_id") && <a href={`#/${to({ entity_id: "", row_name: "", entity: "" })}`}>{t("audit_drop", { what: t("audit_of_row", { name: value("row_name") || value("entity_id") }) })}</a>}
      </p>
      <Ready of={found}>
        {(data) => (
          <>
            <Table caption={t("audit_page", { n: data.items.length })} heads={[t("when"), t("what"), t("purpose"), t("audit_only", { what: "…" })]} testid="events">
              {data.items.map((one) => (
                <tr key={one.id} data-action={one.action}>
                  <th scope="row"><time dateTime={one.occurred_at}>{t.at(one.occurred_at)}</time></th>
                  <td class="words">{t.named(one.sentence)} <Detail of={one} /></td>
                  <td class="words">{one.purpose}</td>
                  <td>
                    {one.actor.kind === "account" && (
                      <a href={`#/${to({ actor: one.actor.id, actor_name: one.actor.name ?? "" })}`}>
                        {t("audit_this_actor")}<span class="unseen"> {one.actor.name}</span>
                      </a>
                    )}{" "}
                    {one.entity_id && (
                      <a href={`#/${to({ entity: one.entity, entity_id: one.entity_id, row_name: one.label ?? "" })}`}>
                        {t("audit_this_row")}<span class="unseen"> {one.label ?? one.entity}</span>
                      </a>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
            <Pager query={query} page="audit" next={data.next ?? null} />
          </>
        )}
      </Ready>
      <Sheet filters={filters} />
    </Page>
  );
}

function Detail(props: { of: Event }) {
  const t = useWords();
  const [isOpen, setOpen] = useState(false);
  if (Object.keys(props.of.detail ?? {}).length === 0) return null;
  return (
    <details onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}>
      <summary>{t("audit_details")}</summary>
      {isOpen && <code class="words">{JSON.stringify(props.of.detail)}</code>}
    </details>
  );
}

function Filters(props: { value: (name: string) => string; onAsk: (next: Record<string, string>) => void }) {
  const t = useWords();
  const me = useMe();
  const zone = useZone();
  const { value } = props;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(said.get(name) ?? "").trim();
    const next: Record<string, string> = {
      action: text("action"),
      purpose: text("purpose"),
      since: instantIn(zone, text("since")),
      until: instantIn(zone, text("until")),
    };
    if (!value("entity_id")) next["entity"] = text("entity");
    const [actor = "", actorName = ""] = text("who").split(" ", 2);
    if (actor) Object.assign(next, { actor, actor_name: actorName });
    const [about = "", aboutName = ""] = text("about").split(" ", 2);
    if (about) Object.assign(next, { entity: "account", entity_id: about, row_name: aboutName });
    props.onAsk(next);
  };
  return (
    <form class="filters" onSubmit={submit} aria-label={t("filter")} data-testid="audit-filters">
      {may(me, "account:manage") && <Somebody name="who" label={t("audit_who")} />}
      {may(me, "account:manage") && <Somebody name="about" label={t("audit_about")} />}
      <label>
        {t("audit_what")}
        <select name="action" defaultValue={value("action")}>
          <option value="">{t("all")}</option>
          {value("action") && !(value("action") in ACT) ? <option value={value("action")}>{value("action")}</option> : null}
          {Object.keys(ACT).map((code) => <option key={code} value={code}>{t.code(ACT, code)}</option>)}
        </select>
      </label>
      <label>
        {t("audit_entity")}
        <select name="entity" defaultValue={value("entity")} disabled={!!value("entity_id")}>
          <option value="">{t("all")}</option>
          {Object.keys(ENTITY).map((code) => <option key={code} value={code}>{t.code(ENTITY, code)}</option>)}
        </select>
      </label>
      <label>{t("audit_purpose")}<input name="purpose" defaultValue={value("purpose")} maxLength={200} /></label>
      <label>{t("audit_since")}<input name="since" type="datetime-local" defaultValue={fieldOf(zone, value("since"))} /></label>
      <label>{t("audit_until")}<input name="until" type="datetime-local" defaultValue={fieldOf(zone, value("until"))} /></label>
      <small class="quiet">{t("times_of", { zone })}</small>
      <span class="buttons">
        <button class="main">{t("filter")}</button>
        <a href="#/audit">{t("clear")}</a>
      </span>
    </form>
  );
}

function Somebody(props: { name: string; label: string }) {
  const t = useWords();
  const found = useLoaded(() => load(client.GET("/api/v1/accounts", { params: { query: { limit: 200 } } })), "accounts to choose", false);
  return (
    <label>
      {props.label}
      <select name={props.name}>
        <option value="">{t("all")}</option>
        {found.data?.items?.map((one) => <option key={one.id} value={`${one.id} ${one.name}`}>{one.name} ({one.username})</option>)}
      </select>
    </label>
  );
}

/** The same events as a sheet: for a reason, which stands in the trail. */
function Sheet(props: { filters: Record<string, string> }) {
  const t = useWords();
  const doing = useDoing();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get("reason")).trim();
    await doing.run(async () => {
      const sheet = await load(client.POST("/api/v1/audit/export", { body: { ...props.filters, reason } as never, parseAs: "blob" }));
      keep(sheet as unknown as Blob, "audit.csv");
    });
  };
  return (
    <form class="row" onSubmit={(event) => void submit(event)} aria-label={t("audit_sheet")} data-testid="audit-sheet">
      <label>
        {t("audit_reason")}
        <input name="reason" required minLength={2} maxLength={500} />
      </label>
      <button disabled={doing.isBusy}>{t("audit_sheet")}</button>
      <Told of={doing} />
    </form>
  );
}
