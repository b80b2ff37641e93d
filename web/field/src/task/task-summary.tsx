// Which case a task is about, and how it stands.
import { formatDuration } from "../../../src/i18n";
import { useCategoryName } from "../hooks/use-category-name";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import type { Whereabouts } from "../hooks/use-places";
import type { Incident } from "../incidents";
import { Thumbnail } from "../media/thumbnail";
import type { CasePhoto } from "../store";
import type { Task } from "../tasks";
import { TextWithTelephones } from "../ui/text-with-telephones";
import { Title } from "../ui/title";
import type { TextKey } from "../words";

const SOON_MS = 2 * 3_600_000;

/** The case of a task with its state; on the page of the task it is the heading. `stored`: photos for the picture of a card. */
export function TaskSummary(props: {
  task: Task;
  where: Whereabouts;
  isTitle?: boolean;
  stored?: Map<string, CasePhoto>;
}) {
  const t = useTranslation();
  const category = useCategoryName();
  const { now } = useWorkerState();
  const { incident, role, step, isSending } = props.task;
  const kind: TextKey = `${role}_task` as TextKey;
  const name = (
    <>
      <b class={`kind ${role}`}>{t(kind)}</b> {category(incident.category)}
    </>
  );
  const { place, distance } = props.where;
  return (
    <>
      {props.stored && <Thumbnail incident={incident} stored={props.stored} />}
      {props.isTitle ? <Title text={`${t(kind)} ${category(incident.category)}`}>{name}</Title> : <h3>{name}</h3>}
      <UrgencyFacts incident={incident} />
      {(place || distance) && (
        <p class="where" data-testid="place">
          {place} {distance && <OwnWay distance={distance} />}
        </p>
      )}
      {incident.description && (
        <p class="words">{props.isTitle ? <TextWithTelephones text={incident.description} /> : incident.description}</p>
      )}
      <p class="facts">
        {incident.due_at && <DueTime at={incident.due_at} now={now} />}
        <span>{incident.case_no ?? ""}</span>
        <span data-testid="step">
          {t(`step_${step}` as TextKey)}
          {isSending && <i> · {t("sending")}</i>}
        </span>
      </p>
    </>
  );
}

/** How far the place is from the worker; the place in words has a distance of its own, to the nearest address. */
function OwnWay(props: { distance: string }) {
  const t = useTranslation();
  const [before, after] = t("from_you", { way: "|" }).split("|");
  return (
    <span class="own-way">
      {before}
      <b data-testid="distance">{props.distance}</b>
      {after}
    </span>
  );
}

/** The deadline in words: how long it is away or past, and when it is. */
function DueTime(props: { at: string; now: number }) {
  const t = useTranslation();
  const leftMs = Date.parse(props.at) - props.now;
  return (
    <b class={leftMs < 0 ? "bad" : leftMs < SOON_MS ? "soon" : ""} data-testid="due">
      {t(leftMs < 0 ? "overdue_by" : "due_in", {
        time: formatDuration(t.language, leftMs / 1_000),
        at: t.time(props.at),
      })}
    </b>
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
