// The parts of a case that several units handle together.
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Table } from "../ui/table";
import { ATTEMPT, STEP } from "../words/codes";
import type { IncidentDetail } from "./incident";
import type { PendingTransition } from "./pending-transition";

/** The part of each unit, with the transitions that are allowed for it. */
export function JointParts(props: {
  incident: IncidentDetail;
  dispatch: Schemas["DispatchOut"] | null;
  onPendingChange: (pending: PendingTransition) => void;
}) {
  const t = useTranslation();
  const incident = props.incident;
  if (!incident.parts?.length) return null;
  const sentence = (id: string | undefined) =>
    t.named(props.dispatch?.parts?.find((part) => part.assignment_id === id)?.sentence);
  const isOpen = (part: Schemas["PartOut"]) =>
    part.part === "joint" && !["done", "withdrawn", "failed"].includes(part.state ?? "");
  const actionsFor = (part: Schemas["PartOut"]) =>
    (part.part === "joint" ? ["accept_part", "part_done", "part_return", "withdraw_unit", "make_lead"] : []).filter(
      (action) =>
        incident.allowed?.includes(action) &&
        (action === "make_lead" || isOpen(part)) &&
        (action !== "accept_part" || part.state === "queued"),
    );
  return (
    <section aria-labelledby="joint" data-testid="parts">
      <h2 id="joint">{t("joint")}</h2>
      <Table caption={t("joint")} heads={[t("unit"), t("status"), t("when"), t("who"), t("note")]}>
        {incident.parts.map((part) => (
          <tr key={part.assignment_id}>
            <th scope="row">
              {t.named(part.unit?.name)} ({t(part.part === "lead" ? "lead" : "joint_part")})
            </th>
            <td>{t.code(ATTEMPT, part.state)}</td>
            <td>{t.at(part.since)}</td>
            <td>{part.by?.name}</td>
            <td class="acts">
              {sentence(part.assignment_id) && <p>{sentence(part.assignment_id)}</p>}
              {actionsFor(part).map((action) => (
                <button
                  key={action}
                  type="button"
                  class="small"
                  aria-label={`${t.code(STEP, action)}: ${t.named(part.unit?.name)}`}
                  onClick={() => props.onPendingChange({ action, worker: null, unit: part.unit?.id ?? null })}
                >
                  {t.code(STEP, action)}
                </button>
              ))}
            </td>
          </tr>
        ))}
      </Table>
      {incident.allowed?.includes("waive_parts") && (
        <button
          type="button"
          onClick={() => props.onPendingChange({ action: "waive_parts", worker: null })}
          data-testid="waive"
        >
          {t.code(STEP, "waive_parts")}
        </button>
      )}
    </section>
  );
}
