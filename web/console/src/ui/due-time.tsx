// The deadline of a case, and the time that is left, overdue, or that the clock is stopped.
import { useTranslation } from "../hooks/use-translation";
import { type Clocked, clockState } from "./lateness";

/** `isPlain`: only the deadline, for cases as they were counted at an earlier time. */
export function DueTime(props: { incident: Clocked; isPlain?: boolean }) {
  const t = useTranslation();
  const { due_at } = props.incident;
  if (!due_at) return <span class="quiet">{t("none")}</span>;
  const state = clockState(props.incident);
  // The parts of the span stay on one line.
  const span = t.span((Date.parse(due_at) - Date.now()) / 1000).replaceAll(" ", "\u00a0");
  const rest =
    state === "late"
      ? t("late_by", { span })
      : state === "running"
        ? t("left", { span })
        : state === "stopped"
          ? t("clock_stopped")
          : "";
  return (
    <span class={(props.isPlain ? props.incident.is_overdue : state === "late") ? "bad" : ""} data-clock={state}>
      <time dateTime={due_at}>{t.at(due_at)}</time>
      {!props.isPlain && rest && <small> {rest}</small>}
    </span>
  );
}
