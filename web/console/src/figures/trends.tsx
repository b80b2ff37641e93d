// Trends of counts and of rates, from groups by day, week or month.
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { type MeasureName, type NamedGroup, type RateName, titleIn } from "./figure-types";
import { Count, Rate } from "./rate";
import { Trend } from "./trend";

const COUNTS = ["accepted", "due", "overdue"] as const satisfies readonly MeasureName[];
const RATES = ["closure_rate", "on_time_rate"] as const satisfies readonly RateName[];

type TrendProps = {
  groups: NamedGroup[];
  definitions: Schemas["Definitions"];
  title: string;
  head: string;
  testid: string;
};

/** `2026-11-07` is 7 on the axis, a month its number with the year at the first and in January. */
function labelsOf(groups: NamedGroup[]): string[] {
  return groups.map(({ group }, n) => {
    const [year, month, day] = (group.value ?? "").split("-").map(Number);
    if (group.by === "month") return n === 0 || month === 1 ? `${year}-${String(month).padStart(2, "0")}` : `${month}`;
    return n === 0 || day === 1 ? `${month}-${day}` : `${day}`;
  });
}

export function CountTrend(props: TrendProps) {
  const t = useTranslation();
  return (
    <Trend
      {...props}
      labels={labelsOf(props.groups)}
      names={props.groups.map((group) => group.name)}
      format={(value) => (Number.isInteger(value) ? String(value) : "")}
      series={COUNTS.map((measure) => {
        const title = t.named(titleIn(props.definitions, "measure", measure));
        return {
          title,
          values: props.groups.map((group) => group.measures[measure].count),
          members: props.groups.map((group) => group.measures[measure].members),
          cell: (point) => {
            const group = props.groups[point]!;
            return <Count figure={group.measures[measure]} label={`${group.name} ${title}`} />;
          },
        };
      })}
    />
  );
}

export function RateTrend(props: TrendProps) {
  const t = useTranslation();
  return (
    <Trend
      {...props}
      labels={labelsOf(props.groups)}
      names={props.groups.map((group) => group.name)}
      format={(value) => `${Math.round(value * 1000) / 10} %`}
      series={RATES.map((rate) => {
        const title = t.named(titleIn(props.definitions, "rate", rate));
        return {
          title,
          values: props.groups.map((group) => group.rates[rate].value ?? null),
          members: props.groups.map((group) => group.rates[rate].denominator.members),
          cell: (point) => {
            const group = props.groups[point]!;
            const { value, numerator, denominator } = group.rates[rate];
            return (
              <Rate value={value} numerator={numerator} denominator={denominator} label={`${group.name} ${title}`} />
            );
          },
        };
      })}
    />
  );
}
