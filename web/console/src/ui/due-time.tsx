// A deadline, and the time that is left.
import { useTranslation } from "../hooks/use-translation";

export function DueTime(props: { at: string | null | undefined; overdue: boolean | undefined; ended?: boolean }) {
  const t = useTranslation();
  if (!props.at) return <span class="quiet">{t("none")}</span>;
  const left = (Date.parse(props.at) - Date.now()) / 1000;
  return (
    <span class={props.overdue ? "bad" : ""}>
      <time dateTime={props.at}>{t.at(props.at)}</time>
      {!props.ended && <small> {t(left < 0 ? "late_by" : "left", { span: t.span(left) })}</small>}
    </span>
  );
}
