// What a signal counts, and with what the count is compared: a number of the same things, or a limit of the profile.
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import type { TextKey } from "../words";

/**
 * Per kind of signal: what is counted, and what `expected` of the API is. A limit is no expected count: it is the number of
 * days or moves from which a member counts.
 */
const FIGURES: Record<string, { counted: TextKey; compared?: TextKey; isLimit?: boolean }> = {
  cluster: { counted: "figure_reports", compared: "figure_expected_here" },
  rising: { counted: "figure_reports", compared: "figure_expected_before" },
  unheard: { counted: "figure_reports_around", compared: "figure_expected_for_size" },
  unanswered: { counted: "figure_cases", compared: "figure_days_without_step", isLimit: true },
  bouncing: { counted: "figure_cases", compared: "figure_moves", isLimit: true },
  visits_missed: { counted: "figure_households", compared: "figure_days_overdue", isLimit: true },
  unclassified: { counted: "figure_reports" },
};

export function SignalFigure(props: { signal: Pick<Schemas["SignalOut"], "kind" | "figure"> }) {
  const t = useTranslation();
  const { kind = "", figure } = props.signal;
  const texts = FIGURES[kind] ?? { counted: "figure_count" as const };
  const expected = figure?.expected ?? null;
  const number = new Intl.NumberFormat(t.language, { maximumFractionDigits: 2 });
  return (
    <dl class="figures" data-testid="figure">
      <dt>{t(texts.counted)}</dt>
      <dd>{number.format(figure?.value ?? 0)}</dd>
      {texts.compared && expected !== null && (
        <>
          <dt>{t(texts.compared)}</dt>
          <dd>{texts.isLimit ? t("figure_or_more", { n: expected }) : number.format(expected)}</dd>
        </>
      )}
      {figure?.p_value != null && (
        <>
          <dt>{t("by_chance")}</dt>
          <dd>{figure.p_value}</dd>
        </>
      )}
    </dl>
  );
}
