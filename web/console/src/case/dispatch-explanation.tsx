// Why a case was dispatched to whom: each run of the past with its candidates, in the API's sentences.
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Table } from "../ui/table";
import { ATTEMPT, ROLE } from "../words/codes";
import { formatDistance } from "./candidates";

/** The runs and offers of the past. `CurrentCandidates` has the workers who could take the case now. */
export function DispatchExplanation(props: {
  dispatch: Schemas["DispatchOut"];
  /** Show the candidates of the newest run at once: where nobody can be assigned now. */
  isOpen: boolean;
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
        <details key={run.id} open={n === 0 && props.isOpen}>
          <summary>
            {t.named(run.sentence)}{" "}
            <small>
              {t.code(ROLE, run.role)} · {t("round", { n: run.round ?? 0 })} · {t.at(run.at)}
            </small>
          </summary>
          {!!run.candidates?.length && <RunCandidates run={run} />}
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

function RunCandidates(props: { run: Schemas["RunOut"] }) {
  const t = useTranslation();
  const candidates = [...(props.run.candidates ?? [])].sort((a, b) => (a.rank ?? 999) - (b.rank ?? 999));
  return (
    <Table
      caption={t("considered_at", { n: candidates.length, at: t.at(props.run.at) })}
      heads={[t("worker"), t("why_she"), t("distance"), t("load")]}
      numbers={[2, 3]}
      testid="run-candidates"
    >
      {candidates.map((candidate) => (
        <tr key={candidate.worker_id} class={candidate.chosen ? "chosen" : ""}>
          <th scope="row">{candidate.name}</th>
          <td class="words">
            <b class={candidate.eligible ? "good" : "quiet"}>
              {t(candidate.chosen ? "chosen" : candidate.eligible ? "may" : "may_not")}
            </b>{" "}
            {t.named(candidate.sentence)}
          </td>
          <td class="number">{formatDistance(candidate.distance_m)}</td>
          <td class="number">
            {candidate.open_work}/{candidate.capacity}
          </td>
        </tr>
      ))}
    </Table>
  );
}
