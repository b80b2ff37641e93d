// The status of a case.
import { useTranslation } from "../hooks/use-translation";
import { STATUS } from "../words/codes";

export function StatusTag(props: { status: string; overdue?: boolean }) {
  const t = useTranslation();
  return (
    <>
      <span class={`tag s-${props.status}`}>{t.code(STATUS, props.status)}</span>
      {props.overdue && <span class="tag late">{t("overdue")}</span>}
    </>
  );
}
