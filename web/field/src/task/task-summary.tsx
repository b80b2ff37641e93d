// Which case a task is about, and how it stands.
import { useCategoryName } from "../hooks/use-category-name";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import type { Incident } from "../incidents";
import type { Task } from "../tasks";
import { Title } from "../ui/title";
import type { TextKey } from "../words";

/** The case of a task with its state; on the page of the task it is the heading. */
export function TaskSummary(props: { task: Task; isTitle?: boolean }) {
  const t = useTranslation();
  const category = useCategoryName();
  const { now } = useWorkerState();
  const { incident, role, step, isSending } = props.task;
  const late = incident.due_at != null && Date.parse(incident.due_at) < now;
  const kind: TextKey = `${role}_task` as TextKey;
  const name = (
    <>
      <b class={`kind ${role}`}>{t(kind)}</b> {category(incident.category)}
    </>
  );
  return (
    <>
      {props.isTitle ? <Title text={`${t(kind)} ${category(incident.category)}`}>{name}</Title> : <h3>{name}</h3>}
      <UrgencyFacts incident={incident} />
      {incident.description && <p class="words">{incident.description}</p>}
      <p class="facts">
        <span>{incident.case_no ?? ""}</span>
        {incident.due_at && (
          <span class={late ? "bad" : ""}>{t(late ? "overdue" : "due", { at: t.time(incident.due_at) })}</span>
        )}
        <span data-testid="step">
          {t(`step_${step}` as TextKey)}
          {isSending && <i> · {t("sending")}</i>}
        </span>
      </p>
    </>
  );
}

/** Facts that raise the urgency: assigned by name, reminders, supervision by a higher level. */
function UrgencyFacts(props: { incident: Incident }) {
  const t = useTranslation();
  const { pinned_to_me, urged_count, supervised } = props.incident;
  if (!pinned_to_me && !urged_count && !supervised) return null;
  return (
    <p class="facts" data-testid="pressing">
      {supervised && (
        <b class="bad">
          {supervised.until ? t("supervised_until", { at: t.time(supervised.until) }) : t("supervised")}
        </b>
      )}
      {!!urged_count && <b class="bad">{t("urged", { n: urged_count })}</b>}
      {pinned_to_me && <b>{t("pinned_to_me")}</b>}
    </p>
  );
}
