// Which home it is, and what is due there.
import { dueSince, type Home, shortName } from "../homes";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { Title } from "./title";

/** A home and what is due there. `isInBuilding`: the building stands above it. */
export function HomeSummary(props: { home: Home; isTitle?: boolean; isInBuilding?: boolean }) {
  const t = useTranslation();
  const { today } = useWorkerState();
  const { home } = props;
  const tasks = home.tasks.filter((task) => task.isDue).length;
  const last = home.visits[0];
  const since = dueSince(home);
  const within = [home.room, home.label].filter(Boolean).join(" · ");
  const name = props.isInBuilding && within !== "" ? within : shortName(home);
  return (
    <>
      {props.isTitle ? <Title text={name} /> : <h3>{name}</h3>}
      {props.isTitle && home.address !== home.building && <p class="note">{home.address}</p>}
      <p class="facts" data-testid="home-facts">
        {home.closed && <span>{t(`home_closed_${home.closed}`)}</span>}
        {home.isDue && since !== "" && (
          <span class={since < today ? "bad" : ""}>
            {t(since < today ? "due_since" : "due_on", { day: t.day(since) })}
          </span>
        )}
        {home.closed === null && !home.isDue && home.dueOn && <span>{t("due_on", { day: t.day(home.dueOn) })}</span>}
        {home.isDue && !home.dueOn && !last && <span>{t("never_visited")}</span>}
        {tasks > 0 && <b>{t("tasks_due", { n: tasks })}</b>}
        {last?.isSending && (
          <i>
            {t(`outcome_${last.outcome}` as "outcome_done")} · {t("sending")}
          </i>
        )}
      </p>
    </>
  );
}
