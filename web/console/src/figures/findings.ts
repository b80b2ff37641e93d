// Findings: groups that are worse than the whole, the heaviest first.
import type { Schemas } from "../session";

type Counted = { count: number; members: string };

export type FindingRate = {
  rate: string;
  value: number;
  overall: number;
  numerator: Counted;
  denominator: Counted;
};
export type Finding = { key: string; by: string; name: string; weight: number; rates: FindingRate[] };

/** Return the findings of `GET /figures`, by the rule of the evaluation: by the number of cases behind each. */
export function findingsOf(
  worst: Schemas["WorstOfRates"],
  rates: Schemas["Rates"],
  nameOf: (group: Schemas["GroupKey"]) => string,
): Finding[] {
  const findings = new Map<string, Finding>();
  for (const [rate, parts] of Object.entries(worst) as [keyof Schemas["Rates"], Schemas["WorstBy"][]][])
    for (const { group, value, numerator, denominator } of parts.flatMap((part) => part.groups)) {
      const overall = rates[rate].value;
      if (value == null || overall == null) continue;
      const key = `${group.by} ${group.value ?? ""}`;
      const finding = findings.get(key) ?? { key, by: group.by, name: nameOf(group), weight: 0, rates: [] };
      finding.rates.push({ rate, value, overall, numerator, denominator });
      findings.set(key, finding);
    }
  for (const finding of findings.values()) {
    finding.rates.sort((a, b) => gapOf(b) - gapOf(a));
    finding.weight = Math.max(
      ...finding.rates.map((rate) => Math.round(gapOf(rate) * rate.denominator.count * 10) / 10),
    );
  }
  return [...findings.values()].sort((a, b) => b.weight - a.weight || gapOf(b.rates[0]!) - gapOf(a.rates[0]!));
}

const gapOf = (rate: FindingRate): number => Math.round(Math.abs(rate.value - rate.overall) * 1e6) / 1e6;

/** Group rates with equal numbers, which are written once with all their names. */
export function mergeEqualRates(rates: FindingRate[]): (FindingRate & { names: string[] })[] {
  const merged = new Map<string, FindingRate & { names: string[] }>();
  for (const rate of rates) {
    const key = [rate.numerator.count, rate.denominator.count, rate.value, rate.overall].join(" ");
    const same = merged.get(key);
    if (same) same.names.push(rate.rate);
    else merged.set(key, { ...rate, names: [rate.rate] });
  }
  return [...merged.values()];
}
