// What stands beside a case's state: limits with their stages, more time, contests, supervision, orders; and the parts of units.
import { Table } from "../parts";
import type { Schemas } from "../session";
import { useWords } from "../state";
import type { Begun, Case } from "../pages/case";
import { LEVEL } from "../words/case";
import { ATTEMPT, OUTCOME, STAGE, STEP, TIME_UNIT } from "../words/codes";

const COUNTS = [
  ["contested_count", "contested_times"],
  ["rework_count", "rework_times"],
  ["returned_count", "returned_times"],
  ["urged_count", "urged_times"],
  ["extended_count", "extended_times"],
] as const;

/** More time that was asked for and other things that wait or hold now, and how often each thing came. */
export function Beside(props: { of: Case; onBegin: (begun: Begun) => void }) {
  const t = useWords();
  const one = props.of;
  const level = (["level_1", "level_2", "level_3"] as const)[(one.supervised?.level ?? 1) - 1] ?? "level_1";
  const decide = ["grant_extension", "refuse_extension"].filter((action) => one.allowed?.includes(action));
  const counted = COUNTS.filter(([name]) => (one[name] ?? 0) > 0);
  const lines = [
    one.waiting && t("waits_since", { at: t.at(one.waiting.since) }),
    one.supervised && t("supervised_since", { level: t(level), at: t.at(one.supervised.since) }),
    one.review_at && t("review_on", { at: t.at(one.review_at) }),
    one.pinned_to && t("pinned_to", { name: one.pinned_to.name ?? "" }),
    one.locked_at && t("locked_since", { at: t.at(one.locked_at) }),
    one.ended && `${t("why_over")}: ${t.named(one.ended.name)}${one.ended.words ? ` (${one.ended.words})` : ""}`,
  ].filter(Boolean);
  if (!one.extension && counted.length === 0 && lines.length === 0) return null;
  return (
    <section aria-labelledby="standing" data-testid="beside">
      <h2 id="standing" class="unseen">{t("standing")}</h2>
      {one.extension && (
        <p class="order" data-testid="extension">
          {t("more_time_of", { at: t.at(one.extension.since), n: `${one.extension.amount} ${unitOf(one, t)}` })}{" "}
          {decide.map((action) => (
            <button key={action} type="button" class="small" onClick={() => props.onBegin({ action, worker: null })}>{t.code(STEP, action)}</button>
          ))}
        </p>
      )}
      {lines.map((line) => <p key={String(line)} class="order">{line}</p>)}
      {counted.length > 0 && <p>{counted.map(([name, word]) => t(word, { n: one[name] ?? 0 })).join(" · ")}</p>}
    </section>
  );
}

const unitOf = (one: Case, t: ReturnType<typeof useWords>) => t.code(TIME_UNIT, one.deadlines?.find((limit) => limit.stage === "handle")?.unit);

export function Deadlines(props: { of: Case }) {
  const t = useWords();
  if (!props.of.deadlines?.length) return null;
  const beside = (one: Schemas["DeadlineOut"]) =>
    [
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

/** The parts of the units that handle it together, with what I may do about each. */
export function Parts(props: { of: Case; why: Schemas["DispatchOut"] | null; onBegin: (begun: Begun) => void }) {
  const t = useWords();
  const one = props.of;
  if (!one.parts?.length) return null;
  const sentence = (id: string | undefined) => t.named(props.why?.parts?.find((part) => part.assignment_id === id)?.sentence);
  const isOpen = (part: Schemas["PartOut"]) => part.part === "joint" && !["done", "withdrawn", "failed"].includes(part.state ?? "");
  const acts = (part: Schemas["PartOut"]) =>
    (part.part === "joint" ? ["accept_part", "part_done", "part_return", "withdraw_unit", "make_lead"] : []).filter(
      (action) => one.allowed?.includes(action) && (action === "make_lead" || isOpen(part)) && (action !== "accept_part" || part.state === "queued"),
    );
  return (
    <section aria-labelledby="joint" data-testid="parts">
      <h2 id="joint">{t("joint")}</h2>
      <Table caption={t("joint")} heads={[t("unit"), t("status"), t("when"), t("who"), t("note")]}>
        {one.parts.map((part) => (
          <tr key={part.assignment_id}>
            <th scope="row">{t.named(part.unit?.name)} ({t(part.part === "lead" ? "lead" : "joint_part")})</th>
            <td>{t.code(ATTEMPT, part.state)}</td>
            <td>{t.at(part.since)}</td>
            <td>{part.by?.name}</td>
            <td class="acts">
              {sentence(part.assignment_id) && <p>{sentence(part.assignment_id)}</p>}
              {acts(part).map((action) => (
                <button
                  key={action}
                  type="button"
                  class="small"
                  aria-label={`${t.code(STEP, action)}: ${t.named(part.unit?.name)}`}
                  onClick={() => props.onBegin({ action, worker: null, unit: part.unit?.id ?? null })}
                >
                  {t.code(STEP, action)}
                </button>
              ))}
            </td>
          </tr>
        ))}
      </Table>
      {one.allowed?.includes("waive_parts") && (
        <button type="button" onClick={() => props.onBegin({ action: "waive_parts", worker: null })} data-testid="waive">{t.code(STEP, "waive_parts")}</button>
      )}
    </section>
  );
}
