// Why a case was dispatched to whom: each run with all candidates, in the API's sentences, and buttons to assign the case.
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Table } from "../ui/table";
import { ATTEMPT, ROLE } from "../words/codes";
import type { IncidentDetail } from "./incident";
import type { PendingTransition } from "./pending-transition";

/** Transitions that assign a case in each role: first within the rules, then overriding them. */
const ACTIONS_BY_ROLE: Record<string, readonly string[]> = {
  handle: ["reassign", "override"],
  check: ["assign_check"],
  verify: ["assign_verify"],
  second: ["assign_second"],
};

/** Return the transition that assigns the case to a worker now, or undefined if none is allowed. */
export function assignAction(
  incident: IncidentDetail,
  isEligible: boolean,
  role = neededRole(incident),
): string | undefined {
  const actions = ACTIONS_BY_ROLE[role] ?? [];
  return (isEligible ? actions : [...actions].reverse()).find((action) => incident.allowed?.includes(action));
}

function neededRole(incident: IncidentDetail): string {
  if (["collected", "verifying"].includes(incident.status ?? "")) return "verify";
  return ["fed_back", "checking"].includes(incident.status ?? "") ? "check" : "handle";
}

export function DispatchExplanation(props: {
  dispatch: Schemas["DispatchOut"];
  incident: IncidentDetail;
  onPendingChange: (pending: PendingTransition) => void;
}) {
  const t = useTranslation();
  // The newest run first and open; older runs are folded.
  const runs = [...(props.dispatch.runs ?? [])].sort((a, b) => (b.at ?? "").localeCompare(a.at ?? ""));
  return (
    <section aria-labelledby="why" data-testid="explanation">
      <h2 id="why">{t("explanation")}</h2>
      {props.dispatch.orders?.map((order) => (
        <p key={order.kind} class="order">
          {t.named(order.sentence)}
          {order.note && ` (${order.note})`}
        </p>
      ))}
      {runs.length === 0 && <p class="quiet">{t("no_runs")}</p>}
      {runs.map((run, n) => (
        <details key={run.id} open={n === 0}>
          <summary>
            {t.named(run.sentence)}{" "}
            <small>
              {t.code(ROLE, run.role)} · {t("round", { n: run.round ?? 0 })} · {t.at(run.at)}
            </small>
          </summary>
          {!!run.candidates?.length && (
            <Candidates run={run} incident={props.incident} onPendingChange={props.onPendingChange} />
          )}
        </details>
      ))}
      {!!props.dispatch.offers?.length && (
        <Table caption={t("offers")} heads={[t("worker"), t("status"), t("when"), t("note")]}>
          {props.dispatch.offers.map((offer) => (
            <tr key={offer.id}>
              <th scope="row">{offer.worker_name}</th>
              <td>{t.code(ATTEMPT, offer.state)}</td>
              <td>{t.at(offer.answered_at ?? offer.offered_at)}</td>
              <td class="words">
                {t.named(offer.sentence)}
                {offer.reason && <q>{offer.reason}</q>}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

function Candidates(props: {
  run: Schemas["RunOut"];
  incident: IncidentDetail;
  onPendingChange: (pending: PendingTransition) => void;
}) {
  const t = useTranslation();
  const candidates = [...(props.run.candidates ?? [])].sort((a, b) => (a.rank ?? 999) - (b.rank ?? 999));
  return (
    <Table
      caption={t("considered", { n: candidates.length })}
      heads={[t("worker"), t("why_she"), t("distance"), t("load"), t("assign")]}
      numbers={[2, 3]}
      testid="candidates"
    >
      {candidates.map((candidate) => {
        const action = assignAction(props.incident, candidate.eligible ?? false, props.run.role ?? "");
        const isAssigned = props.incident.assignment?.worker?.id === candidate.worker_id;
        return (
          <tr key={candidate.worker_id} class={candidate.chosen ? "chosen" : ""}>
            <th scope="row">{candidate.name}</th>
            <td class="words">
              <b class={candidate.eligible ? "good" : "quiet"}>
                {t(candidate.chosen ? "chosen" : candidate.eligible ? "may" : "may_not")}
              </b>{" "}
              {t.named(candidate.sentence)}
            </td>
            <td class="number">
              {candidate.distance_m == null
                ? ""
                : candidate.distance_m >= 1000
                  ? `${(candidate.distance_m / 1000).toFixed(1)} km`
                  : `${Math.round(candidate.distance_m)} m`}
            </td>
            <td class="number">
              {candidate.open_work}/{candidate.capacity}
            </td>
            <td>
              {action && !isAssigned && (
                <button
                  type="button"
                  class="small"
                  aria-label={t(action === "override" ? "override_to" : "assign_to", { name: candidate.name ?? "" })}
                  onClick={() =>
                    props.onPendingChange({ action, worker: { id: candidate.worker_id, name: candidate.name ?? "" } })
                  }
                  data-testid={`assign-${candidate.worker_id}`}
                >
                  {t("assign")}
                </button>
              )}
            </td>
          </tr>
        );
      })}
    </Table>
  );
}
