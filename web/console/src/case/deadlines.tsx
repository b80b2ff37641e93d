// The deadlines of a case by stage.
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Table } from "../ui/table";
import { LEVEL } from "../words/case";
import { OUTCOME, STAGE, STEP } from "../words/codes";
import type { IncidentDetail } from "./incident";

export function Deadlines(props: { incident: IncidentDetail }) {
  const t = useTranslation();
  if (!props.incident.deadlines?.length) return null;
  const notesOf = (deadline: Schemas["DeadlineOut"]) =>
    [
      deadline.extended ? t("extended_by", { amount: t.amount(deadline.extended, deadline.unit) }) : "",
      deadline.first_due_at && deadline.first_due_at !== deadline.due_at
        ? t("first_due", { at: t.at(deadline.first_due_at) })
        : "",
      deadline.warned_at ? t("warned_at", { at: t.at(deadline.warned_at) }) : "",
      deadline.escalated_to ? t("told_level", { level: t.code(LEVEL, deadline.escalated_to) }) : "",
    ].filter(Boolean);
  return (
    <Table caption={t("deadlines")} heads={[t("stage"), t("from"), t("due"), t("outcome")]} testid="deadlines">
      {props.incident.deadlines.map((deadline, n) => (
        <tr key={n}>
          <th scope="row">
            {t.named(deadline.name) || t.code(STAGE, deadline.stage)} {t.amount(deadline.amount, deadline.unit)}
            {deadline.stage !== "handle" && (
              <small>
                {" "}
                {t("ends_at_step", {
                  step: deadline.ends_with === "done" ? t.code(STEP, "stage_done") : t.code(STEP, deadline.ends_with),
                })}
              </small>
            )}
          </th>
          <td>{t.at(deadline.started_at)}</td>
          <td>
            {t.at(deadline.due_at)}
            {notesOf(deadline).map((note) => (
              <small key={note}>
                <br />
                {note}
              </small>
            ))}
          </td>
          <td class={deadline.escalated_to || deadline.outcome === "overdue" ? "bad" : ""}>
            {deadline.outcome ? t.code(OUTCOME, deadline.outcome) : t(deadline.paused_at ? "paused" : "running")}
          </td>
        </tr>
      ))}
    </Table>
  );
}
