// Whom a case could be given to now: each worker with the verdict of the rules, distance, load and age of the position.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { Table } from "../ui/table";
import { ROLE } from "../words/codes";
import { assignAction, neededRole, type WorkRole } from "./assign-action";
import type { IncidentDetail } from "./incident";
import type { PendingTransition } from "./pending-transition";

export type Candidate = Schemas["CandidateOut"];

/** Number of candidates shown at first: the best, so that the history below stays near. */
const SHOWN_FIRST = 5;

const CACHE_MS = 60_000;
let latest: { key: string; at: number; request: Promise<Schemas["CandidatesOut"]> } | null = null;

/** Request candidates. Each request is recorded, so panel and form of one case share theirs. */
function readCandidates(id: string, role: WorkRole, key: string): Promise<Schemas["CandidatesOut"]> {
  if (latest?.key === key && Date.now() - latest.at < CACHE_MS) return latest.request;
  const request = callApi(
    client.GET("/api/v1/incidents/{incident_id}/candidates", {
      params: { path: { incident_id: id }, query: { role } },
    }),
  );
  const entry = (latest = { key, at: Date.now(), request });
  request.catch(() => latest === entry && (latest = null));
  return request;
}

/** Return the query of the candidates of a case in a role; without a role nothing is requested. */
export function useCandidates(id: string, role: WorkRole | undefined, version: number | undefined) {
  const key = `candidates ${id} ${role} ${version}`;
  const query = useQuery(
    () => (role ? readCandidates(id, role, key) : Promise.resolve({ items: [] as Candidate[] })),
    key,
    false,
  );
  const computeAgain = () => {
    latest = null;
    query.reload();
  };
  return { ...query, reload: computeAgain };
}

/** The candidates, for a case that the reader may assign. */
export function CurrentCandidates(props: {
  incident: IncidentDetail;
  onPendingChange: (pending: PendingTransition) => void;
  /** Called with the candidates, and with null while there are none. */
  onCandidates?: (candidates: Candidate[] | null) => void;
  /** Shown above the table. */
  tools?: ComponentChildren;
  highlightedId?: string | null;
  onPointWorker?: (id: string | null) => void;
}) {
  const t = useTranslation();
  const { incident } = props;
  const role = neededRole(incident);
  const isWithOwner = incident.assignment?.unit?.id === incident.owner_unit?.id;
  const canAssign = assignAction(incident, true) !== undefined;
  const candidates = useCandidates(incident.id, canAssign ? role : undefined, incident.version);
  const items = candidates.data?.items ?? null;
  useEffect(() => props.onCandidates?.(canAssign ? items : null), [items, canAssign]);
  if (!canAssign) return null;
  return (
    <section aria-labelledby="candidates-now" data-testid="candidates-now">
      <div class="head">
        <h2 id="candidates-now">
          {t("candidates_now")} <small>{t.code(ROLE, role)}</small>
        </h2>
        <button type="button" class="plain" onClick={candidates.reload}>
          {t("compute_again")}
        </button>
      </div>
      <Loaded query={candidates}>
        {(data) => (
          <>
            {"is_admitted" in data && !data.is_admitted && (
              <p class="order" data-testid="not-for-workers">
                {t("not_for_workers")}{" "}
                {incident.owner_unit && !isWithOwner && incident.allowed?.includes("reassign") && (
                  <button
                    type="button"
                    class="small"
                    onClick={() =>
                      props.onPendingChange({ action: "reassign", worker: null, unit: incident.owner_unit?.id ?? null })
                    }
                    data-testid="assign-owner"
                  >
                    {t("assign_to", { name: t.named(incident.owner_unit.name) })}
                  </button>
                )}
              </p>
            )}
            {!!data.items?.length && props.tools}
            {data.items?.length ? (
              <CandidateTable
                candidates={data.items}
                incident={incident}
                role={role}
                onPendingChange={props.onPendingChange}
                highlightedId={props.highlightedId ?? null}
                onPointWorker={props.onPointWorker}
              />
            ) : (
              <p class="quiet">{t("no_candidates")}</p>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}

function CandidateTable(props: {
  candidates: Candidate[];
  incident: IncidentDetail;
  role: WorkRole;
  onPendingChange: (pending: PendingTransition) => void;
  highlightedId: string | null;
  onPointWorker: ((id: string | null) => void) | undefined;
}) {
  const t = useTranslation();
  const [isWhole, setWhole] = useState(false);
  const eligible = props.candidates.filter((candidate) => candidate.eligible).length;
  const isHolder = (candidate: Candidate) => props.incident.assignment?.worker?.id === candidate.worker_id;
  const isAlwaysShown = (candidate: Candidate) => isHolder(candidate) || candidate.worker_id === props.highlightedId;
  const shown = props.candidates.filter((candidate, n) => isWhole || n < SHOWN_FIRST || isAlwaysShown(candidate));
  return (
    <>
      <Table
        caption={t("eligible_of", { n: eligible, m: props.candidates.length })}
        heads={[t("worker"), t("why_she"), t("distance"), t("load"), t("assign")]}
        numbers={[2, 3]}
        testid="candidates"
      >
        {shown.map((candidate) => {
          const isPossible = candidate.eligible || candidate.may_override;
          const action = isPossible ? assignAction(props.incident, candidate.eligible ?? false, props.role) : undefined;
          const isOverride = !candidate.eligible;
          const isAssigned = isHolder(candidate);
          return (
            <tr
              key={candidate.worker_id}
              class={isAssigned ? "chosen" : ""}
              aria-current={candidate.worker_id === props.highlightedId ? "true" : undefined}
              onMouseEnter={() => props.onPointWorker?.(candidate.worker_id ?? null)}
              onMouseLeave={() => props.onPointWorker?.(null)}
            >
              <th scope="row">{candidate.name}</th>
              <td class="words">
                <b class={candidate.eligible ? "good" : "quiet"}>{t(candidate.eligible ? "may" : "may_not")}</b>{" "}
                {t.named(candidate.sentence)}
              </td>
              <td class="number">
                {formatDistance(candidate.distance_m)}
                {candidate.way_s != null && <small> {t.span(candidate.way_s)}</small>}
                {candidate.position_age_s != null && (
                  <small class="block">{t("position_age_of", { span: t.span(candidate.position_age_s) })}</small>
                )}
              </td>
              <td class="number">
                {candidate.open_work}/{candidate.capacity}
              </td>
              <td>
                {isAssigned
                  ? t("has_it")
                  : action && (
                      <button
                        type="button"
                        class="small"
                        aria-label={t(isOverride ? "override_to" : "assign_to", { name: candidate.name ?? "" })}
                        onClick={() =>
                          props.onPendingChange({
                            action,
                            worker: { id: candidate.worker_id ?? "", name: candidate.name ?? "" },
                          })
                        }
                        data-testid={`assign-${candidate.worker_id}`}
                      >
                        {t(isOverride ? "assign_anyway" : "assign")}
                      </button>
                    )}
              </td>
            </tr>
          );
        })}
      </Table>
      {shown.length < props.candidates.length && (
        <button type="button" class="plain" onClick={() => setWhole(true)} data-testid="all-candidates">
          {t("all_candidates", { n: props.candidates.length })}
        </button>
      )}
    </>
  );
}

export function formatDistance(metres: number | null | undefined): string {
  if (metres == null) return "";
  return metres >= 1000 ? `${(metres / 1000).toFixed(1)} km` : `${Math.round(metres)} m`;
}
