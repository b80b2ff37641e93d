// The page of one case: facts, transitions, dispatch explanation, timeline.
import { Suspense } from "preact/compat";
import { useState } from "preact/hooks";
import { placeWords } from "../../../src/place-words";
import { assignAction } from "../case/assign-action";
import { CurrentCandidates } from "../case/candidates";
import { CaseStatus } from "../case/case-status";
import { CorrectionForm } from "../case/correction";
import { Deadlines } from "../case/deadlines";
import { DispatchExplanation } from "../case/dispatch-explanation";
import { Duplicates } from "../case/duplicates";
import { Durations } from "../case/durations";
import { holderName } from "../case/holder";
import { JointParts } from "../case/joint-parts";
import { CaseMedia } from "../case/media";
import { CaseNotes } from "../case/notes";
import { Reporter } from "../case/reporter";
import { Timeline } from "../case/timeline";
import { Transitions } from "../case/transitions";
import type { IncidentDetail } from "../case/incident";
import type { PendingTransition } from "../case/pending-transition";
import { useCategoryName } from "../hooks/reference-data";
import { hasPermission, useMe } from "../hooks/use-me";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { lazyPage } from "../page-errors";
import { callApi, client } from "../session";
import { DueTime } from "../ui/due-time";
import { isLate } from "../ui/lateness";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";
import { StatusTag } from "../ui/status-tag";
import { ATTEMPT, ROLE, SOURCE } from "../words/codes";

const Publication = lazyPage(() => import("../publication/publication"));
const Residents = lazyPage(() => import("../residents/residents"));

export function CasePage(props: { id: string; query: URLSearchParams }) {
  const t = useTranslation();
  const me = useMe();
  const path = { params: { path: { incident_id: props.id } } };
  const query = useQuery(() => callApi(client.GET("/api/v1/incidents/{incident_id}", path)), `case ${props.id}`);
  const events = useQuery(
    () => callApi(client.GET("/api/v1/incidents/{incident_id}/events", path)),
    `events ${props.id}`,
  );
  const dispatch = useQuery(
    () => callApi(client.GET("/api/v1/incidents/{incident_id}/dispatch", path)),
    `why ${props.id}`,
  );
  const [pending, setPending] = useState<PendingTransition>(null);
  const reload = () => {
    setPending(null);
    [query, events, dispatch].forEach((loaded) => loaded.reload());
  };
  const title = query.data?.case_no ?? t("cases");
  const printParams = new URLSearchParams({ path: `/api/v1/incidents/${props.id}/print` });
  return (
    <Page
      title={title}
      testid="case"
      tools={
        <>
          <button type="button" class="plain" onClick={() => history.back()}>
            {t("back")}
          </button>
          <a href={`#/paper?${printParams}`}>{t("print")}</a>
        </>
      }
    >
      <Loaded query={query}>
        {(incident) => (
          <div class="case">
            <div>
              <CaseFacts incident={incident} />
              <CaseStatus incident={incident} events={events.data?.items ?? []} onPendingChange={setPending} />
              <Transitions incident={incident} pending={pending} onPendingChange={setPending} onDone={reload} />
              <CorrectionForm incident={incident} onDone={reload} />
              <Deadlines incident={incident} />
              <JointParts incident={incident} dispatch={dispatch.data} onPendingChange={setPending} />
              <CaseMedia id={props.id} />
              {hasPermission(me, "public:release") && (
                <Suspense fallback={null}>
                  <Publication id={props.id} />
                </Suspense>
              )}
              <Suspense fallback={null}>
                <Residents id={props.id} onReplied={reload} />
              </Suspense>
              <CaseNotes id={props.id} />
              <Reporter incident={incident} onDone={reload} />
            </div>
            <div>
              <Durations id={props.id} version={incident.version} />
              <CurrentCandidates incident={incident} onPendingChange={setPending} />
              <Loaded query={dispatch}>
                {(data) => <DispatchExplanation dispatch={data} isOpen={!assignAction(incident, true)} />}
              </Loaded>
              <Loaded query={events}>{(data) => <Timeline events={data.items ?? []} />}</Loaded>
              <Duplicates incident={incident} onDone={reload} />
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function CaseFacts(props: { incident: IncidentDetail }) {
  const t = useTranslation();
  const category = useCategoryName();
  const incident = props.incident;
  const [lon, lat] = incident.location?.coordinates ?? [];
  const assignment = incident.assignment;
  return (
    <section aria-labelledby="facts">
      <h2 id="facts" class="unseen">
        {t("facts")}
      </h2>
      <p class="lead" data-testid="lead">
        <StatusTag status={incident.status ?? ""} overdue={isLate(incident)} /> <b>{category(incident.category)}</b>
      </p>
      <p class="words">{incident.description}</p>
      {incident.proposal && (
        <p class="order" data-testid="proposal">
          {t("proposed", { name: incident.proposal.worker?.name ?? "", at: t.at(incident.proposal.until) })}
        </p>
      )}
      <dl>
        <dt>{t("due")}</dt>
        <dd>
          <DueTime incident={incident} />
        </dd>
        <dt>{t("with_whom")}</dt>
        <dd data-testid="holder">
          {assignment
            ? `${holderName(t.language, assignment)} · ${t.code(ROLE, assignment.role)} · ${t.code(ATTEMPT, assignment.state)}`
            : t("none")}
        </dd>
        <dt>{t("unit")}</dt>
        <dd>{incident.owner_unit ? t.named(incident.owner_unit.name) : t("none")}</dd>
        <dt>{t("grid")}</dt>
        <dd>{incident.grid ? t.named(incident.grid.name) : incident.area ? t.named(incident.area.name) : t("none")}</dd>
        <dt>{t("reported")}</dt>
        <dd>
          <time dateTime={incident.reported_at}>{t.at(incident.reported_at)}</time> · {t.code(SOURCE, incident.source)}{" "}
          · {t("priority")} {incident.priority}
        </dd>
        <dt>{t("place")}</dt>
        <dd>
          <a href={`#/map?case=${incident.id}`} data-testid="place">
            {placeWords(t.language, incident.place)}{" "}
            <small>
              {lon?.toFixed(5)}, {lat?.toFixed(5)}
            </small>
          </a>
        </dd>
        {incident.component && (
          <>
            <dt>{t("component")}</dt>
            <dd>
              {incident.component.code} {t.named(incident.component.name)}
            </dd>
          </>
        )}
        {incident.second && (
          <>
            <dt>{t("second_of")}</dt>
            <dd>
              {incident.second.worker?.name} · {t.code(ATTEMPT, incident.second.state)}
            </dd>
          </>
        )}
        {incident.about && (
          <>
            <dt>{t("told_to")}</dt>
            <dd>{String(incident.about["name"] ?? incident.about["kind"] ?? "")}</dd>
          </>
        )}
      </dl>
    </section>
  );
}
