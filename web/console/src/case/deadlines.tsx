// The deadlines of a case by stage.
import { useWords } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Table } from "../ui/table";
import { LEVEL } from "../words/case";
import { OUTCOME, STAGE, STEP, TIME_UNIT } from "../words/codes";
import type { Case } from "./types";

export function Deadlines(props: { of: Case }) {
  const t = useWords();
  if (!props.of.deadlines?.length) return null;
  const beside = (one: Schemas["DeadlineOut"]) => [
    one.extended ? t("extended_by", { n: one.extended }) : "",
    one.first_due_at && one.first_due_at !== one.due_at ? t("first_due", { at: t.at(one.first_due_at) }) : "",
    one.warned_at ? t("warned_at", { at: t.at(one.warned_at) }) : "",
    one.escalated_to ? t("told_level", { level: t.code(LEVEL, one.escalated_to) }) : "",
  ].filter(Boolean);
  return (
    <Table caption={t("deadlines")} heads={[t("stage"), t("from"), t("due"), t("outcome")]} testid="deadlines">
      {props.of.deadlines.map((one, n) => (
        <tr key={n}>
          <th scope="row">
            {t.named(one.name) || t.code(STAGE, one.stage)} {one.amount} {t.code(TIME_UNIT, one.unit)}
            {one.stage !== "handle" && <small> {t("ends_at_step", { step: one.ends_with === "done" ? t.code(STEP, "stage_done") : t.code(STEP, one.ends_with) })}</small>}
          </th>
          <td>{t.at(one.started_at)}</td>
          <td>{t.at(one.due_at)}{beside(one).map((line) => <small key={line}><br />{line}</small>)}</td>
          <td class={one.escalated_to || one.outcome === "overdue" ? "bad" : ""}>{one.outcome ? t.code(OUTCOME, one.outcome) : t(one.paused_at ? "paused" : "running")}</td>
        </tr>
      ))}
    </Table>
  );
}
