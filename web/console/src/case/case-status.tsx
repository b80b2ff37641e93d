// What is pending or in force for a case: extension request, waiting, supervision, review, orders, and counts.
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { STEP } from "../words/codes";
import type { IncidentDetail } from "./incident";
import type { PendingTransition } from "./pending-transition";
import { stepBeforeWait } from "./wait-reason";

const COUNTS = [
  ["contested_count", "contested_times"],
  ["rework_count", "rework_times"],
  ["returned_count", "returned_times"],
  ["urged_count", "urged_times"],
  ["extended_count", "extended_times"],
] as const;

/** Pending and active circumstances of a case, and how often each kind of step happened. */
export function CaseStatus(props: {
  incident: IncidentDetail;
  /** Events of the case, the oldest first; empty while they are loaded. */
  events: Schemas["EventOut"][];
  onPendingChange: (pending: PendingTransition) => void;
}) {
  const t = useTranslation();
  const incident = props.incident;
  const level = (["level_1", "level_2", "level_3"] as const)[(incident.supervised?.level ?? 1) - 1] ?? "level_1";
  const decisionActions = ["grant_extension", "refuse_extension"].filter((action) =>
    incident.allowed?.includes(action),
  );
  const reasoned = stepBeforeWait(incident, props.events);
  const counted = COUNTS.filter(([name]) => (incident[name] ?? 0) > 0);
  const texts = [
    incident.waiting && t("waits_since", { at: t.at(incident.waiting.since) }),
    incident.supervised && t("supervised_since", { level: t(level), at: t.at(incident.supervised.since) }),
    incident.review_at && t("review_on", { at: t.at(incident.review_at) }),
    incident.pinned_to && t("pinned_to", { name: incident.pinned_to.name ?? "" }),
    incident.locked_at && t("locked_since", { at: t.at(incident.locked_at) }),
    incident.ended &&
      `${t("why_over")}: ${t.named(incident.ended.name)}${incident.ended.words ? ` (${incident.ended.words})` : ""}`,
  ].filter(Boolean);
  if (!incident.extension && counted.length === 0 && texts.length === 0) return null;
  return (
    <section aria-labelledby="standing" data-testid="beside">
      <h2 id="standing" class="unseen">
        {t("standing")}
      </h2>
      {incident.extension && (
        <p class="order" data-testid="extension">
          {t("more_time_of", {
            at: t.at(incident.extension.since),
            amount: t.amount(incident.extension.amount, incident.extension.unit),
          })}{" "}
          {decisionActions.map((action) => (
            <button
              key={action}
              type="button"
              class="small"
              onClick={() => props.onPendingChange({ action, worker: null })}
            >
              {t.code(STEP, action)}
            </button>
          ))}
        </p>
      )}
      {texts.map((text) => (
        <p key={String(text)} class="order">
          {text}
        </p>
      ))}
      {reasoned && (
        <p class="words" data-testid="wait-reason">
          {t.code(STEP, reasoned.action)} · {String(reasoned.actor?.["name"] ?? t("system"))}: <q>{reasoned.note}</q>
        </p>
      )}
      {counted.length > 0 && <p>{counted.map(([name, word]) => t(word, { n: incident[name] ?? 0 })).join(" · ")}</p>}
    </section>
  );
}
