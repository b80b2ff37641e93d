// Everything that waits for a decision of the reader, with a form for each decision.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { TransitionForm } from "../case/transitions";
import type { IncidentDetail, IncidentPage } from "../case/incident";
import type { PendingTransition } from "../case/pending-transition";
import { AcknowledgeCall, CallPlace, CallTelephone, CloseCall } from "../emergency/call-actions";
import { type Call, useEmergencies } from "../emergency/open-calls";
import { Approval, useApprovals } from "../exchange/approvals";
import { useCategoryName } from "../hooks/reference-data";
import { hasPermission, useMe } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { ACCEPT_JSON, callApi, client, type Schemas } from "../session";
import { DueTime } from "../ui/due-time";
import { isLate } from "../ui/lateness";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { StatusTag } from "../ui/status-tag";
import type { TextKey } from "../words";
import { STEP } from "../words/codes";
import { CONTESTED_FIGURE } from "../words/decisions";

const MAX_LISTED = 20;

export default function DecisionsPage() {
  const t = useTranslation();
  const me = useMe();
  const { reload: reloadBar } = useEmergencies();
  const calls = useQuery(
    () => callApi(client.GET("/api/v1/sos", { params: { query: { state: "open", limit: MAX_LISTED } } })),
    "calls",
  );
  const proposed = useQuery(
    () =>
      callApi(
        client.GET("/api/v1/supervision/queue", { params: { query: { reason: "proposed", limit: MAX_LISTED } } }),
      ),
    "proposed",
  );
  const contests = useQuery(
    () => callApi(client.GET("/api/v1/supervision/contests", { params: { query: { limit: MAX_LISTED } } })),
    "contests",
  );
  const approvals = useApprovals(hasPermission(me, "export:approve"), me.id);
  const proposals = proposed.data?.items?.map((item) => ({
    case: { ...item.incident, proposal: item.proposal } as IncidentDetail,
  }));
  return (
    <Page title={t("decisions")} testid="decisions">
      <OtherWaiting />
      <Loaded query={calls}>
        {(data) => (
          <DecisionSection title="calls_for_help" count={data.items?.length ?? 0}>
            {data.items?.map((call) => (
              <EmergencyCall key={call.id} call={call} onDone={() => (calls.reload(), reloadBar())} />
            ))}
          </DecisionSection>
        )}
      </Loaded>
      <Loaded query={proposed}>
        {() => (
          <DecisionSection title="proposals" count={proposals?.length ?? 0}>
            {proposals?.map((proposal) => (
              <CaseDecision
                key={proposal.case.id}
                incident={proposal.case}
                actions={["confirm", "reassign"]}
                onDone={proposed.reload}
              >
                {t("proposed", {
                  name: proposal.case.proposal?.worker?.name ?? "",
                  at: t.at(proposal.case.proposal?.until),
                })}
              </CaseDecision>
            ))}
          </DecisionSection>
        )}
      </Loaded>
      <DecisionCases
        title="extensions"
        filter={{ extension: "true" }}
        actions={["grant_extension", "refuse_extension"]}
      />
      <DecisionCases
        title="contested_cases"
        filter={{ contested: "true", waiting: "true" }}
        actions={["redispatch", "reassign", "force_close"]}
      />
      <DecisionCases
        title="to_verify"
        filter={{ status: "collected,verifying", waiting: "true" }}
        actions={["file", "assign_verify", "not_file"]}
      />
      <Loaded query={contests}>
        {(data) => (
          <DecisionSection title="figures_contested" count={data.items?.length ?? 0}>
            {data.items?.map((contest) => (
              <FigureContest key={contest.id} contest={contest} onDone={contests.reload} />
            ))}
          </DecisionSection>
        )}
      </Loaded>
      {hasPermission(me, "export:approve") && (
        <Loaded query={approvals}>
          {(runs) => (
            <DecisionSection title="exports_waiting" count={runs.length}>
              {runs.map((run) => (
                <Approval key={run.id} run={run} onDone={approvals.reload} />
              ))}
            </DecisionSection>
          )}
        </Loaded>
      )}
    </Page>
  );
}

/** A link to the cases that wait for a supervisor for any reason: this page has only those with a question to answer. */
function OtherWaiting() {
  const t = useTranslation();
  const board = useQuery(() => callApi(client.GET("/api/v1/supervision/board", {})), "decisions board");
  const n = board.data?.waiting?.count ?? 0;
  if (n === 0) return null;
  return (
    <p class="order" data-testid="waiting-cases">
      <a href="#/cases?status=open&waiting=true&directed=true">{t("waiting_cases", { n })}</a>
    </p>
  );
}

function DecisionSection(props: {
  title: TextKey;
  count: number;
  moreHref?: string | undefined;
  children: ComponentChildren;
}) {
  const t = useTranslation();
  return (
    <section aria-labelledby={props.title} data-testid={`waits-${props.title}`}>
      <h2 id={props.title}>
        {t(props.title)} ({props.count}
        {props.moreHref ? "+" : ""})
      </h2>
      {props.count > 0 ? <ul class="notes">{props.children}</ul> : <p class="quiet">{t("nothing_waits")}</p>}
      {props.moreHref && (
        <p>
          <a href={props.moreHref}>{t("more_of_these")}</a>
        </p>
      )}
    </section>
  );
}

/** Cases that match a filter and that the reader directs. */
function DecisionCases(props: { title: TextKey; filter: Record<string, string>; actions: readonly string[] }) {
  const t = useTranslation();
  const query = { ...props.filter, directed: "true" };
  const incidents = useQuery(
    () =>
      callApi(
        client.GET("/api/v1/incidents", {
          params: { query: { ...query, limit: MAX_LISTED } as never },
          headers: ACCEPT_JSON,
        }),
      ) as Promise<IncidentPage>,
    `decide ${props.title}`,
  );
  const moreHref = incidents.data?.next ? `#/cases?${new URLSearchParams(query)}` : undefined;
  return (
    <Loaded query={incidents}>
      {(data) => (
        <DecisionSection title={props.title} count={data.items?.length ?? 0} moreHref={moreHref}>
          {data.items?.map((incident) => (
            <CaseDecision
              key={incident.id}
              incident={incident as IncidentDetail}
              actions={props.actions}
              onDone={incidents.reload}
            >
              {incident.extension &&
                t("more_time_of", {
                  at: t.at(incident.extension.since),
                  amount: t.amount(incident.extension.amount, incident.extension.unit),
                })}
              {!incident.extension && incident.waiting && t("waits_since", { at: t.at(incident.waiting.since) })}
            </CaseDecision>
          ))}
        </DecisionSection>
      )}
    </Loaded>
  );
}

/** A case, the question about it, and a form for each possible transition. */
function CaseDecision(props: {
  incident: IncidentDetail;
  actions: readonly string[];
  onDone: () => void;
  children: ComponentChildren;
}) {
  const t = useTranslation();
  const category = useCategoryName();
  const [pending, setPending] = useState<PendingTransition>(null);
  const incident = props.incident;
  return (
    <li data-testid={`decide-${incident.case_no}`}>
      <a href={`#/case/${incident.id}`}>{incident.case_no}</a>{" "}
      <StatusTag status={incident.status ?? ""} overdue={isLate(incident)} /> {category(incident.category)}{" "}
      <DueTime incident={incident} />
      <p class="words">{incident.description}</p>
      <p class="order">{props.children}</p>
      <span class="buttons">
        {props.actions.map((action) => (
          <button
            key={action}
            type="button"
            class="small"
            aria-expanded={pending?.action === action}
            aria-label={`${t.code(STEP, action)} ${incident.case_no}`}
            onClick={() => setPending(pending?.action === action ? null : { action, worker: null })}
            data-testid={`decide-${action}`}
          >
            {t.code(STEP, action)}
          </button>
        ))}
      </span>
      {pending && (
        <DecisionForm
          key={pending.action}
          id={incident.id}
          pending={pending}
          onDone={() => (setPending(null), props.onDone())}
          onCancel={() => setPending(null)}
        />
      )}
    </li>
  );
}

/** The form of a transition, with the fields that the case as it is now takes. */
function DecisionForm(props: {
  id: string;
  pending: NonNullable<PendingTransition>;
  onDone: () => void;
  onCancel: () => void;
}) {
  const t = useTranslation();
  const incident = useQuery(
    () => callApi(client.GET("/api/v1/incidents/{incident_id}", { params: { path: { incident_id: props.id } } })),
    `decide ${props.id}`,
    false,
  );
  return (
    <Loaded query={incident}>
      {(data) => {
        const form = data.actions?.find((candidate) => candidate.action === props.pending.action);
        return form ? (
          <TransitionForm
            incident={data}
            form={form}
            pending={props.pending}
            onDone={props.onDone}
            onCancel={props.onCancel}
          />
        ) : (
          <p class="quiet">{t("no_actions")}</p>
        );
      }}
    </Loaded>
  );
}

function FigureContest(props: { contest: Schemas["ContestOfWorker"]; onDone: () => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const { contest } = props;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get("reason")).trim();
    const outcome =
      (event.submitter as HTMLButtonElement | null)?.value === "upheld" ? ("upheld" as const) : ("dismissed" as const);
    const isDone = await mutation.run(() =>
      callApi(
        client.POST("/api/v1/supervision/contests/{contest_id}/resolve", {
          params: { path: { contest_id: contest.id } },
          body: { outcome, reason },
        }),
      ),
    );
    if (isDone) props.onDone();
  };
  return (
    <li data-testid={`contest-${contest.id}`}>
      <b>
        {t("contests_figure", { name: contest.worker?.name ?? "", figure: t.code(CONTESTED_FIGURE, contest.figure) })}
      </b>{" "}
      {contest.member_id && `(${t("contests_one")})`}
      <p class="words">{contest.words}</p>
      <small>{t.at(contest.made_at)}</small>
      <form class="row" onSubmit={(event) => void submit(event)} aria-label={t("figures_contested")}>
        <label>
          {t("note")}
          <input name="reason" required maxLength={500} />
        </label>
        <button value="upheld" disabled={mutation.isBusy}>
          {t("uphold")}
        </button>
        <button value="dismissed" disabled={mutation.isBusy}>
          {t("dismiss")}
        </button>
        <MutationStatus mutation={mutation} />
      </form>
    </li>
  );
}

function EmergencyCall(props: { call: Call; onDone: () => void }) {
  const t = useTranslation();
  const { call } = props;
  return (
    <li class="call" data-testid={`call-${call.id}`}>
      <b class="bad">{call.worker?.name}</b> {t("raised_at", { at: t.at(call.raised_at) })}{" "}
      {!!call.late_s && `(${t("late_call", { span: t.span(call.late_s) })})`}
      {call.note && <p class="words">{call.note}</p>}
      <p>
        <CallPlace call={call} /> · <CallTelephone call={call} />
      </p>
      <small>{t("told_to_n", { names: t.list(call.told?.map((supervisor) => supervisor.name ?? "") ?? []) })}</small>
      {call.acknowledged ? (
        <p class="good">
          {t("acknowledged_by", { name: call.acknowledged.by?.name ?? "", at: t.at(call.acknowledged.at) })}
        </p>
      ) : (
        <p>
          <AcknowledgeCall call={call} onDone={props.onDone} />
        </p>
      )}
      <CloseCall call={call} onDone={props.onDone} />
    </li>
  );
}
