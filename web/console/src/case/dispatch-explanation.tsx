// Why it went to whom: each decision with everybody who was considered, in the sentences of the API; and assigning from there.
import { useWords } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Table } from "../ui/table";
import { ATTEMPT, ROLE } from "../words/codes";
import type { Begun, Case } from "./types";

/** How somebody is given the case in each role, by the rules or against them. */
const BY_ROLE: Record<string, readonly string[]> = {
  handle: ["reassign", "override"],
  check: ["assign_check"],
  verify: ["assign_verify"],
  second: ["assign_second"],
};

/** The act that gives a case to somebody now, for whom the rules speak or not; undefined where none is allowed. */
export function assignAs(one: Case, isEligible: boolean, role = roleOf(one)): string | undefined {
  const ways = BY_ROLE[role] ?? [];
  return (isEligible ? ways : [...ways].reverse()).find((way) => one.allowed?.includes(way));
}

function roleOf(one: Case): string {
  if (["collected", "verifying"].includes(one.status ?? "")) return "verify";
  return ["fed_back", "checking"].includes(one.status ?? "") ? "check" : "handle";
}

export function Explanation(props: { of: Schemas["DispatchOut"]; of_case: Case; onBegin: (begun: Begun) => void }) {
  const t = useWords();
  // The newest decision is what one wants to see; those before stand folded below it.
  const runs = [...(props.of.runs ?? [])].sort((a, b) => (b.at ?? "").localeCompare(a.at ?? ""));
  return (
    <section aria-labelledby="why" data-testid="explanation">
      <h2 id="why">{t("explanation")}</h2>
      {props.of.orders?.map((order) => <p key={order.kind} class="order">{t.named(order.sentence)}{order.note && ` (${order.note})`}</p>)}
      {runs.length === 0 && <p class="quiet">{t("no_runs")}</p>}
      {runs.map((run, n) => (
        <details key={run.id} open={n === 0}>
          <summary>
            {t.named(run.sentence)} <small>{t.code(ROLE, run.role)} · {t("round", { n: run.round ?? 0 })} · {t.at(run.at)}</small>
          </summary>
          {!!run.candidates?.length && <Candidates run={run} of_case={props.of_case} onBegin={props.onBegin} />}
        </details>
      ))}
      {!!props.of.offers?.length && (
        <Table caption={t("offers")} heads={[t("worker"), t("status"), t("when"), t("note")]}>
          {props.of.offers.map((offer) => (
            <tr key={offer.id}>
              <th scope="row">{offer.worker_name}</th>
              <td>{t.code(ATTEMPT, offer.state)}</td>
              <td>{t.at(offer.answered_at ?? offer.offered_at)}</td>
              <td class="words">{t.named(offer.sentence)}{offer.reason && <q>{offer.reason}</q>}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

function Candidates(props: { run: Schemas["RunOut"]; of_case: Case; onBegin: (begun: Begun) => void }) {
  const t = useWords();
  const candidates = [...(props.run.candidates ?? [])].sort((a, b) => (a.rank ?? 999) - (b.rank ?? 999));
  return (
    <Table
      caption={t("considered", { n: candidates.length })}
      heads={[t("worker"), t("why_she"), t("distance"), t("load"), t("assign")]}
      numbers={[2, 3]}
      testid="candidates"
    >
      {candidates.map((one) => {
        const action = assignAs(props.of_case, one.eligible ?? false, props.run.role ?? "");
        const isHers = props.of_case.assignment?.worker?.id === one.worker_id;
        return (
          <tr key={one.worker_id} class={one.chosen ? "chosen" : ""}>
            <th scope="row">{one.name}</th>
            <td class="words">
              <b class={one.eligible ? "good" : "quiet"}>{t(one.chosen ? "chosen" : one.eligible ? "may" : "may_not")}</b> {t.named(one.sentence)}
            </td>
            <td class="number">{one.distance_m == null ? "" : one.distance_m >= 1000 ? `${(one.distance_m / 1000).toFixed(1)} km` : `${Math.round(one.distance_m)} m`}</td>
            <td class="number">{one.open_work}/{one.capacity}</td>
            <td>
              {action && !isHers && (
                <button
                  type="button"
                  class="small"
                  aria-label={t(action === "override" ? "override_to" : "assign_to", { name: one.name ?? "" })}
                  onClick={() => props.onBegin({ action, worker: { id: one.worker_id!, name: one.name ?? "" } })}
                  data-testid={`assign-${one.worker_id}`}
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
