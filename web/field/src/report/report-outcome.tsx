// What the page says about the last report.
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { outcomeOf } from "./outcome";

export function ReportOutcome(props: { id: string; wasWaiting: boolean }) {
  const t = useTranslation();
  const state = useWorkerState();
  const outcome = outcomeOf(state, props.id, props.wasWaiting);
  if (outcome === "failed")
    return (
      <p class="bad" role="alert" data-testid="report-failed">
        <a href="#/outbox">{t("report_failed")}</a>
      </p>
    );
  const caseNo = state.cases.get(props.id)?.case_no;
  return (
    <div class="facts">
      <p class="done" role="status" data-testid="report-kept">
        ✓ {t(outcome === "sent" ? "report_sent" : "report_kept")}
      </p>
      {caseNo && (
        <a href="#/" data-testid="report-case">
          {caseNo}
        </a>
      )}
    </div>
  );
}
