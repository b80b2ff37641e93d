// The evaluation with a link in each count, as `GET /figures` has them, from the one template of its answer.
import type { Schemas } from "../session";

type Answer = Schemas["Evaluation"];
type Values = (number | null)[];
type Periods = Record<string, Record<string, string>>;
type Counted = { count: number; members: string };
type LinkedCount = Counted & { previous: Counted | null; year_before: Counted | null };

/** Expand a template of RFC 6570 whose only expression is a query continuation (`{&a,b}`). */
export function expandTemplate(template: string, variables: Record<string, string>): string {
  return template.replace(/\{&([^}]*)\}/, (_, names: string) =>
    names
      .split(",")
      .filter((name) => variables[name] !== undefined)
      .map((name) => `&${name}=${encodeURIComponent(variables[name]!)}`)
      .join(""),
  );
}

/** Return the evaluation in the form that the tables of figures take. */
export function linkEvaluation(answer: Answer) {
  const whole = answer.members as Periods;
  const definitions = answer.definitions;

  const countOf = (values: Values, own: Periods, measure: string, less: readonly string[] = []): LinkedCount => {
    const [now, previous, yearBefore] = answer.periods.map((period, n): Counted | null => {
      const count = values[n];
      if (count == null) return null;
      const variables = { ...whole[period], ...own[period], measure, ...(less.length ? { less: less.join(",") } : {}) };
      return { count, members: expandTemplate(answer.members_template, variables) };
    });
    return { ...(now ?? { count: 0, members: "" }), previous: previous ?? null, year_before: yearBefore ?? null };
  };
  const valuesOf = (values: Values) => ({
    value: values[0] ?? null,
    previous: values[1] ?? null,
    year_before: values[2] ?? null,
  });

  const numbersOf = (part: Pick<Answer, "measures" | "rates" | "denominators" | "averages" | "members">) => {
    const own = part.members as Periods;
    const measures = Object.fromEntries(
      Object.entries(part.measures).map(([name, values]) => [name, countOf(values, own, name)]),
    );
    const rates = Object.fromEntries(
      definitions.rates.map(({ name, numerator, denominator, less }) => [
        name,
        {
          ...valuesOf(part.rates[name]),
          numerator: measures[numerator]!,
          denominator: less.length
            ? countOf(part.denominators[`${denominator} less ${less.join(",")}`] ?? [], own, denominator, less)
            : measures[denominator]!,
        },
      ]),
    );
    const averages = Object.fromEntries(
      definitions.averages.map(({ name, of }) => [name, { ...valuesOf(part.averages[name]), of: measures[of]! }]),
    );
    return {
      measures: measures as unknown as Schemas["Measures"],
      rates: rates as unknown as Schemas["Rates"],
      averages: averages as unknown as Schemas["AveragesOfCases"],
    };
  };

  const chapterOf = (chapter: Answer["months"]) => ({
    ...chapter,
    groups: chapter.groups.map((group) => ({ ...group, ...numbersOf(group) })),
  });
  const findingOf = ({ group, weight, rates, members }: Answer["stands_out"][number]) => {
    const own = members as Periods;
    return {
      key: `${group.by} ${group.value ?? ""}`,
      by: group.by,
      title: group.title,
      weight,
      rates: rates.map(({ rate, values, overall, numerator, denominator }) => {
        const definition = definitions.rates.find(({ name }) => name === rate)!;
        return {
          rate,
          overall,
          value: values[0] ?? 0,
          numerator: countOf(numerator, own, definition.numerator),
          denominator: countOf(denominator, own, definition.denominator, definition.less),
        };
      }),
    };
  };

  return {
    ...answer,
    ...numbersOf(answer),
    chapters: answer.chapters.map(chapterOf),
    months: chapterOf(answer.months),
    findings: answer.stands_out.map(findingOf),
    /** The path of the cases of an hour. */
    membersOfHour: (weekday: number, hour: number) =>
      expandTemplate(answer.members_template, {
        ...whole["now"],
        measure: answer.hours.measure,
        weekday: String(weekday),
        hour: String(hour),
      }),
  };
}
