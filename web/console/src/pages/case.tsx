// One case: what it is, what I may do, why it went to whom, what happened.
import { useState } from "preact/hooks";
import { Beside } from "../case/case-status";
import { Correct } from "../case/correction";
import { Deadlines } from "../case/deadlines";
import { Explanation } from "../case/dispatch-explanation";
import { Alike } from "../case/duplicates";
import { Parts } from "../case/joint-parts";
import { Photos } from "../case/media";
import { Notes } from "../case/notes";
import { Reporter } from "../case/reporter";
import { Timeline } from "../case/timeline";
import { Acts } from "../case/transitions";
import type { Begun, Case } from "../case/types";
import { useCategoryName } from "../hooks/reference-data";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { client, load } from "../session";
import { Due } from "../ui/due-time";
import { Ready } from "../ui/loaded";
import { Page } from "../ui/page";
import { StatusTag } from "../ui/status-tag";
import { ATTEMPT, ROLE, SOURCE } from "../words/codes";

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
              <Beside of={one} onBegin={setBegun} />
              <Acts of={one} begun={begun} onBegin={setBegun} onDone={again} />
              <Correct of={one} onDone={again} />
              <Deadlines of={one} />
              <Parts of={one} why={why.data} onBegin={setBegun} />
              <Photos id={props.id} />
              <Notes id={props.id} />
              <Reporter of={one} onDone={again} />
            </div>
            <div>
              <Ready of={why}>{(data) => <Explanation of={data} of_case={one} onBegin={setBegun} />}</Ready>
              <Ready of={events}>{(data) => <Timeline events={data.items ?? []} />}</Ready>
              <Alike of={one} onDone={again} />
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
        {one.second && <><dt>{t("second_of")}</dt><dd>{one.second.worker?.name} · {t.code(ATTEMPT, one.second.state)}</dd></>}
        {one.about && <><dt>{t("told_to")}</dt><dd>{String(one.about["name"] ?? one.about["kind"] ?? "")}</dd></>}
      </dl>
    </section>
  );
}
