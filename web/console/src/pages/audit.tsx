// The audit trail: who did, read, exported or unmasked what, and why, in the API's sentences. Reading it is logged as well.
import { useState } from "preact/hooks";
import { saveFile } from "../download";
import { hasPermission, useMe, useZone } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate, queryString } from "../navigation";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { Table } from "../ui/table";
import { ACT, ENTITY } from "../words/audit";
import { dateTimeFieldValue, instantFromField } from "../zone-time";

type Event = Schemas["AuditEventOut"];
const FILTER_FIELDS = ["actor_id", "entity", "entity_id", "action", "purpose", "since", "until"] as const;

/** Display names of the filtered account and row, which the API does not return. */
const NAME_FIELDS = ["actor_name", "row_name"] as const;

export default function AuditPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const { query } = props;
  const value = (name: string) => query.get(name) ?? "";
  const filters = Object.fromEntries(FILTER_FIELDS.filter((name) => value(name)).map((name) => [name, value(name)]));
  const body = { ...filters, limit: 50, ...(value("cursor") ? { cursor: value("cursor") } : {}) };
  // Not live: each request is logged.
  const events = useQuery(
    () => callApi(client.POST("/api/v1/audit/search", { body: body as never })),
    `audit ${query}`,
    false,
  );
  const to = (next: Record<string, string>) => {
    const all = {
      ...Object.fromEntries([...FILTER_FIELDS, ...NAME_FIELDS].map((name) => [name, value(name)])),
      ...next,
    };
    return `audit?${queryString(all)}`;
  };
  return (
    <Page
      title={t("audit")}
      testid="audit"
      tools={
        <button type="button" class="plain" onClick={() => print()}>
          {t("print")}
        </button>
      }
    >
      <p class="quiet">{t("audit_means")}</p>
      <AuditFilters value={value} onAsk={(next) => navigate(to(next))} />
      <p class="buttons">
        {value("actor_id") && (
          <a href={`#/${to({ actor_id: "", actor_name: "" })}`}>
            {t("audit_drop", { what: t("audit_of_actor", { name: value("actor_name") || value("actor_id") }) })}
          </a>
        )}
        {value("entity_id") && (
          <a href={`#/${to({ entity_id: "", row_name: "", entity: "" })}`}>
            {t("audit_drop", { what: t("audit_of_row", { name: value("row_name") || value("entity_id") }) })}
          </a>
        )}
      </p>
      <Loaded query={events}>
        {(data) => (
          <>
            <Table
              caption={t("audit_page", { n: data.items.length })}
              heads={[t("when"), t("what"), t("audit_why"), t("filter")]}
              testid="events"
            >
              {data.items.map((event) => (
                <tr key={event.id} data-action={event.action}>
                  <th scope="row">
                    <time dateTime={event.occurred_at}>{t.at(event.occurred_at)}</time>
                  </th>
                  <td class="words">
                    {t.named(event.sentence)} <EventDetails event={event} />
                  </td>
                  <td class="words">{event.purpose}</td>
                  <td class="stacked">
                    {event.actor.kind === "account" && (
                      <a href={`#/${to({ actor_id: event.actor.id, actor_name: event.actor.name ?? "" })}`}>
                        {t("audit_this_actor")}
                        <span class="unseen"> {event.actor.name}</span>
                      </a>
                    )}{" "}
                    {event.entity_id && (
                      <a
                        href={`#/${to({ entity: event.entity, entity_id: event.entity_id, row_name: event.label ?? "" })}`}
                      >
                        {t("audit_this_row")}
                        <span class="unseen"> {event.label ?? event.entity}</span>
                      </a>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
            <Pager query={query} page="audit" next={data.next ?? null} />
          </>
        )}
      </Loaded>
      <ExportForm filters={filters} />
    </Page>
  );
}

function EventDetails(props: { event: Event }) {
  const t = useTranslation();
  const [isOpen, setOpen] = useState(false);
  if (Object.keys(props.event.detail ?? {}).length === 0) return null;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("audit_details")}</summary>
      {isOpen && <code class="words">{JSON.stringify(props.event.detail)}</code>}
    </details>
  );
}

function AuditFilters(props: { value: (name: string) => string; onAsk: (next: Record<string, string>) => void }) {
  const t = useTranslation();
  const me = useMe();
  const zone = useZone();
  const { value } = props;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(formData.get(name) ?? "").trim();
    const next: Record<string, string> = {
      action: text("action"),
      purpose: text("purpose"),
      since: instantFromField(zone, text("since")),
      until: instantFromField(zone, text("until")),
    };
    if (!value("entity_id")) next["entity"] = text("entity");
    const [actorId = "", actorName = ""] = text("who").split(" ", 2);
    if (actorId) Object.assign(next, { actor_id: actorId, actor_name: actorName });
    const [about = "", aboutName = ""] = text("about").split(" ", 2);
    if (about) Object.assign(next, { entity: "account", entity_id: about, row_name: aboutName });
    props.onAsk(next);
  };
  return (
    <form class="filters" onSubmit={submit} aria-label={t("filter")} data-testid="audit-filters">
      {hasPermission(me, "account:manage") && <AccountSelect name="who" label={t("audit_who")} />}
      {hasPermission(me, "account:manage") && <AccountSelect name="about" label={t("audit_about")} />}
      <label>
        {t("audit_what")}
        <select name="action" defaultValue={value("action")}>
          <option value="">{t("all")}</option>
          {value("action") && !(value("action") in ACT) ? (
            <option value={value("action")}>{value("action")}</option>
          ) : null}
          {Object.keys(ACT).map((code) => (
            <option key={code} value={code}>
              {t.code(ACT, code)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("audit_entity")}
        <select name="entity" defaultValue={value("entity")} disabled={!!value("entity_id")}>
          <option value="">{t("all")}</option>
          {Object.keys(ENTITY).map((code) => (
            <option key={code} value={code}>
              {t.code(ENTITY, code)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("audit_purpose")}
        <input name="purpose" defaultValue={value("purpose")} maxLength={200} />
      </label>
      <label>
        {t("audit_since")}
        <input name="since" type="datetime-local" defaultValue={dateTimeFieldValue(zone, value("since"))} />
      </label>
      <label>
        {t("audit_until")}
        <input name="until" type="datetime-local" defaultValue={dateTimeFieldValue(zone, value("until"))} />
      </label>
      <small class="quiet">{t("times_of", { zone })}</small>
      <span class="buttons">
        <button class="main">{t("filter")}</button>
        <a href="#/audit">{t("clear")}</a>
      </span>
    </form>
  );
}

function AccountSelect(props: { name: string; label: string }) {
  const t = useTranslation();
  const accounts = useQuery(
    () => callApi(client.GET("/api/v1/accounts", { params: { query: { limit: 200 } } })),
    "accounts to choose",
    false,
  );
  return (
    <label>
      {props.label}
      <select name={props.name}>
        <option value="">{t("all")}</option>
        {accounts.data?.items?.map((account) => (
          <option key={account.id} value={`${account.id} ${account.name}`}>
            {account.name} ({account.username})
          </option>
        ))}
      </select>
    </label>
  );
}

/** Export of the filtered events as a file. The reason is logged. */
function ExportForm(props: { filters: Record<string, string> }) {
  const t = useTranslation();
  const mutation = useMutation();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get("reason")).trim();
    await mutation.run(async () => {
      const sheet = await callApi(
        client.POST("/api/v1/audit/export", { body: { ...props.filters, reason } as never, parseAs: "blob" }),
      );
      saveFile(sheet, "audit.csv");
    });
  };
  return (
    <form class="row" onSubmit={(event) => void submit(event)} aria-label={t("audit_sheet")} data-testid="audit-sheet">
      <label>
        {t("audit_reason")}
        <input name="reason" required minLength={2} maxLength={500} />
      </label>
      <button disabled={mutation.isBusy}>{t("audit_sheet")}</button>
      <MutationStatus mutation={mutation} />
    </form>
  );
}
