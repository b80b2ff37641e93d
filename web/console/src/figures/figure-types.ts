// Types that the pictures of both pages of figures share.
import type { Schemas } from "../session";

export type Figures = {
  measures: Schemas["Measures"];
  rates: Schemas["Rates"];
  averages: Schemas["AveragesOfCases"];
  definitions: Schemas["Definitions"];
};
export type RateName = keyof Schemas["Rates"];
export type MeasureName = keyof Schemas["Measures"];

/** A group of a grouping, with the name that is shown. */
export type NamedGroup = {
  key: string;
  name: string;
  group: Schemas["GroupKey"];
  measures: Schemas["Measures"];
  rates: Schemas["Rates"];
};

export function titleIn(definitions: Schemas["Definitions"], kind: string, name: string) {
  const listed: { name: string; title: Schemas["Sentence"] }[] =
    kind === "rate" ? definitions.rates : kind === "average" ? definitions.averages : definitions.measures;
  return listed.find((definition) => definition.name === name)?.title;
}

/** Return the class of a rate: 0 (worst) to the number of bands (best); null without cases. */
export const bandOf = (value: number | null | undefined, bands: readonly number[]): number | null =>
  value == null ? null : bands.filter((edge) => value >= edge).length;
