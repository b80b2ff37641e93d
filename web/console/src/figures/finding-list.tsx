// The five worst findings as rows with links, and the others below "more".
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { titleIn } from "./figure-types";
import { type Finding, mergeEqualRates } from "./findings";
import { GROUPINGS } from "./group-names";
import { Count, formatPercent } from "./rate";

const FIRST = 5;

export function FindingList(props: { findings: Finding[]; definitions: Schemas["Definitions"] }) {
  const t = useTranslation();
  const { findings } = props;
  const rest = findings.slice(FIRST);
  return (
    <section class="chart" aria-labelledby="findings-title">
      <h2 id="findings-title">{t("worst_findings")}</h2>
      {findings.length === 0 ? <p class="quiet">{t("no_findings")}</p> : <p class="quiet">{t("findings_order")}</p>}
      {findings.length > 0 && (
        <ol class="findings" data-testid="findings">
          {findings.slice(0, FIRST).map((finding) => (
            <FindingRow key={finding.key} finding={finding} definitions={props.definitions} />
          ))}
        </ol>
      )}
      {rest.length > 0 && (
        <details class="more-findings" data-testid="more-findings">
          <summary>{t("more_findings", { n: rest.length })}</summary>
          <ol class="findings" start={FIRST + 1}>
            {rest.map((finding) => (
              <FindingRow key={finding.key} finding={finding} definitions={props.definitions} />
            ))}
          </ol>
        </details>
      )}
    </section>
  );
}

function FindingRow(props: { finding: Finding; definitions: Schemas["Definitions"] }) {
  const t = useTranslation();
  const { finding } = props;
  const grouping = GROUPINGS.find(([by]) => by === finding.by)?.[1];
  const rateTitle = (name: string) => t.named(titleIn(props.definitions, "rate", name));
  return (
    <li data-testid="finding">
      <p>
        <b>{finding.name}</b>
        {grouping && <small> {t(grouping)}</small>}
      </p>
      <div>
        {mergeEqualRates(finding.rates).map((rate) => {
          const title = rate.names.map(rateTitle).join(t("list_separator"));
          const label = `${finding.name} ${title}`;
          return (
            <p key={title}>
              {title} <b>{formatPercent(rate.value)}</b>{" "}
              <small class="of">
                <Count figure={rate.numerator} label={`${label} ${t("those")}`} /> /{" "}
                <Count figure={rate.denominator} label={`${label} ${t("among")}`} />
              </small>{" "}
              <span class="overall quiet">{t("overall_rate", { rate: formatPercent(rate.overall) })}</span>
            </p>
          );
        })}
      </div>
      <p class="quiet" data-testid="weight" data-weight={finding.weight}>
        {t("cases_behind", { n: Math.round(finding.weight) })}
      </p>
    </li>
  );
}
