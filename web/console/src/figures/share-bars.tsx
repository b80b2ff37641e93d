// Rates of groups as bars, with a mark at the rate of the whole.
import { useState } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Table } from "../ui/table";
import type { NamedGroup, RateName } from "./figure-types";
import { formatPercent, Rate } from "./rate";

const FIRST = 10;

/**
 * The largest groups first, or all in their order with the numbers of the map. A group below the whole has another colour and
 * an arrow.
 */
export function ShareBars(props: {
  groups: NamedGroup[];
  rate: RateName;
  whole: Schemas["RateOut"];
  rateTitle: string;
  caption: string;
  testid: string;
  isNumbered?: boolean;
}) {
  const t = useTranslation();
  const [isWhole, setWhole] = useState(false);
  const { rate, whole } = props;
  const sizeOf = (group: NamedGroup) => group.rates[rate].denominator.count;
  const sorted = props.isNumbered
    ? props.groups.map((group, n) => ({ ...group, name: `${n + 1} ${group.name}` }))
    : props.groups.filter(sizeOf).sort((a, b) => sizeOf(b) - sizeOf(a));
  const shown = isWhole ? sorted : sorted.slice(0, FIRST);
  if (sorted.length === 0) return <p class="quiet">{t("nothing")}</p>;
  const mark = 100 * (whole.value ?? 0);
  return (
    <div class="share-bars">
      <Table
        caption={props.caption}
        heads={[t("group"), t("against_whole", { rate: formatPercent(whole.value) }), props.rateTitle]}
        numbers={[2]}
        testid={props.testid}
      >
        {shown.map((group) => {
          const { value, numerator, denominator } = group.rates[rate];
          const isWorse = whole.value != null && value != null && value < whole.value;
          return (
            <tr key={group.key}>
              <th scope="row">{group.name}</th>
              <td class="bar-cell">
                <svg class="share-bar" viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">
                  <rect class="ground" width="100" height="16" />
                  <rect class={isWorse ? "part worse" : "part"} y="3" width={100 * (value ?? 0)} height="10" />
                  {whole.value != null && <line class="whole" x1={mark} x2={mark} y1="0" y2="16" />}
                </svg>
              </td>
              <td class="number">
                {isWorse && (
                  <>
                    <span aria-hidden="true">▼ </span>
                    <span class="unseen">{t("below_whole")} </span>
                  </>
                )}
                <Rate
                  value={value}
                  numerator={numerator}
                  denominator={denominator}
                  label={`${group.name} ${props.rateTitle}`}
                />
              </td>
            </tr>
          );
        })}
      </Table>
      {sorted.length > FIRST && !isWhole && (
        <button type="button" class="plain" onClick={() => setWhole(true)}>
          {t("all_groups", { n: sorted.length })}
        </button>
      )}
    </div>
  );
}
