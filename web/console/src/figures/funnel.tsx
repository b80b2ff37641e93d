// The loop of the reported cases: how many of them came to each step.
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Picture } from "./picture";
import { Count, formatPercent } from "./rate";

export function Funnel(props: { steps: Schemas["FunnelStep"][]; measures: Schemas["Measures"] }) {
  const t = useTranslation();
  const figures = props.steps.map(({ measure }) => props.measures[measure]);
  const first = figures[0]?.count ?? 0;
  return (
    <Picture title={t("funnel")} testid="funnel" note={t("funnel_means")}>
      {() => (
        <ol class="funnel frame">
          {props.steps.map((step, n) => {
            const count = figures[n]?.count ?? 0;
            const share = first ? count / first : 0;
            const title = t.named(step.title);
            return (
              <li key={step.measure} data-testid={`step-${step.measure}`}>
                <span>{title}</span>
                <svg viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
                  <rect x={50 - 50 * share} width={100 * share} height="24" />
                </svg>
                <span class="number">
                  <Count figure={figures[n]} label={title} />{" "}
                  <small>{first ? formatPercent(share) : formatPercent(null)}</small>
                </span>
              </li>
            );
          })}
        </ol>
      )}
    </Picture>
  );
}
