// One case: what it is, what I may do, why it went to whom, what happened.
import { useState } from "preact/hooks";
import { Acts } from "../case/acts";
import { Explanation } from "../case/explanation";
import { Notes, Photos, Reporter } from "../case/attached";
import { Due, Page, Ready, StatusTag, Table, useCategoryName } from "../parts";
import { client, load, type Schemas } from "../session";
import { useLoaded, useWords } from "../state";
import { ATTEMPT, OUTCOME, ROLE, SOURCE, STAGE, STEP, STATUS, TIME_UNIT } from "../words/codes";

export type Case = Schemas["IncidentDetail"];
/** An act that was begun elsewhere on the page: on whom, and which. */
export type Begun = { action: string; worker: { id: string; name: string } | null } | null;

export function CasePage(props: { id: string; query: URLSearchParams }) {
  const t = useWords();
  const path = { params: { path: { incident_id: props.id } } };
  const found = useLoaded(() => load(client.GET("/api/v1/incidents/{incident_id}", path)), `case ${props.id}`);
  const events = useLoaded(() => load(client.GET("/api/v1/incidents/{incident_id}/events", path)), `events ${props.id}`);
  const why = useLoaded(() => load(client.GET("/api/v1/incidents/{incident_id}/dispatch", path)), `why ${props.id}`);
  const [begun, setBegun] = useState<Begun>(null);
  const again = () => {
    setBegun(null);
    [found, events, why].forEach((one) => one.reload());
  };
  const title = found.data?.case_no ?? t("cases");
  const paper = new URLSearchParams({ path: `/api/v1/incidents/${props.id}/print` });
  return (
    <Page
      title={title}
      testid="case"
      tools={
        <>
          <button type="button" class="plain" onClick={() => history.back()}>{t("back")}</button>
          <a href={`#/paper?${paper}`}>{t("print")}</a>
        </>
      }
    >
      <Ready of={found}>
        {(one) => (
          <div class="case">
            <div>
              <Facts of={one} />
              <Deadlines of={one} />
              <Acts of={one} begun={begun} onBegin={setBegun} onDone={again} />
              <Photos id={props.id} />
              <Notes id={props.id} />
              <Reporter of={one} />
            </div>
            <div>
              <Ready of={why}>{(data) => <Explanation of={data} of_case={one} onBegin={setBegun} />}</Ready>
              <Ready of={events}>{(data) => <Timeline events={data.items ?? []} />}</Ready>
            </div>
          </div>
        )}
      </Ready>
    </Page>
  );
}

function Facts(props: { of: Case }) {
  const t = useWords();
  const category = useCategoryName();
  const one = props.of;
  const [lon, lat] = one.location?.coordinates ?? [];
  const held = one.assignment;
  const link = (other: { id?: string; case_no?: string }) => <a key={other.id} href={`#/case/${other.id}`}>{other.case_no}</a>;
  return (
    <section aria-labelledby="facts">
      <h2 id="facts" class="unseen">{t("facts")}</h2>
      <p class="lead" data-testid="lead">
        <StatusTag status={one.status ?? ""} overdue={one.is_overdue ?? false} /> <b>{category(one.category)}</b>
      </p>
      <p class="words">{one.description}</p>
      {one.proposal && (
        <p class="order" data-testid="proposal">{t("proposed", { name: one.proposal.worker?.name ?? "", at: t.at(one.proposal.until) })}</p>
      )}
      <dl>
        <dt>{t("due")}</dt>
        <dd><Due at={one.due_at} overdue={one.is_overdue} ended={!!one.closed_at} /></dd>
        <dt>{t("with_whom")}</dt>
        <dd data-testid="holder">
          {held ? `${held.worker?.name ?? t.named(held.unit?.name)} · ${t.code(ROLE, held.role)} · ${t.code(ATTEMPT, held.state)}` : t("none")}
        </dd>
        <dt>{t("unit")}</dt>
        <dd>{one.owner_unit ? t.named(one.owner_unit.name) : t("none")}</dd>
        <dt>{t("grid")}</dt>
        <dd>{one.grid ? t.named(one.grid.name) : one.area ? t.named(one.area.name) : t("none")}</dd>
        <dt>{t("reported")}</dt>
        <dd><time dateTime={one.reported_at}>{t.at(one.reported_at)}</time> · {t.code(SOURCE, one.source)} · {t("priority")} {one.priority}</dd>
        <dt>{t("place")}</dt>
        <dd><a href={`#/map?case=${one.id}`}>{lon?.toFixed(5)}, {lat?.toFixed(5)}</a></dd>
        {one.component && <><dt>{t("component")}</dt><dd>{one.component.code} {t.named(one.component.name)}</dd></>}
        {one.same_as && <><dt>{t("same_as")}</dt><dd>{link(one.same_as)}</dd></>}
        {!!one.merged?.length && <><dt>{t("merged_in")}</dt><dd>{one.merged.map(link)}</dd></>}
        {!!one.linked?.length && <><dt>{t("linked_to")}</dt><dd>{one.linked.map(link)}</dd></>}
      </dl>
      {!!one.parts?.length && (
        <Table caption={t("joint")} heads={[t("unit"), t("status"), t("when"), t("who")]}>
          {one.parts.map((part) => (
            <tr key={part.assignment_id}>
              <th scope="row">{t.named(part.unit?.name)} ({t(part.part === "lead" ? "lead" : "joint_part")})</th>
              <td>{t.code(ATTEMPT, part.state)}</td>
              <td>{t.at(part.since)}</td>
              <td>{part.by?.name}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

function Deadlines(props: { of: Case }) {
  const t = useWords();
  if (!props.of.deadlines?.length) return null;
  return (
    <Table caption={t("deadlines")} heads={[t("stage"), t("from"), t("due"), t("outcome")]}>
      {props.of.deadlines.map((one, n) => (
        <tr key={n}>
          <th scope="row">{t.named(one.name) || t.code(STAGE, one.stage)} {one.amount} {t.code(TIME_UNIT, one.unit)}</th>
          <td>{t.at(one.started_at)}</td>
          <td>{t.at(one.due_at)}</td>
          <td class={one.escalated_to ? "bad" : ""}>{one.outcome ? t.code(OUTCOME, one.outcome) : t(one.paused_at ? "paused" : "running")}</td>
        </tr>
      ))}
    </Table>
  );
}

function Timeline(props: { events: Schemas["EventOut"][] }) {
  const t = useWords();
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">{t("timeline")}</h2>
      <ol class="timeline" data-testid="timeline">
        {[...props.events].reverse().map((event) => (
          <li key={event.seq}>
            <b>{t.code(STEP, event.action)}</b>
            {event.to_status !== event.from_status && <> → {t.code(STATUS, event.to_status)}</>}
            <small>
              <time dateTime={event.occurred_at}>{t.at(event.occurred_at)}</time> · {String(event.actor?.["name"] ?? t("system"))}
            </small>
            {event.note && <p class="words">{event.note}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}
