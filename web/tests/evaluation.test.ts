// Links of the evaluation, expanded from its one template.
import { describe, expect, test } from "vitest";
import { expandTemplate, linkEvaluation } from "../console/src/figures/linked-evaluation";

const TEMPLATE =
  "/api/v1/figures/members?area_id=a&snapshot=s{&measure,less,from,to,category,owner_unit_id,weekday,hour}";
const PERIODS = {
  now: { from: "2026-10-01", to: "2026-10-31" },
  previous: { from: "2026-09-01", to: "2026-09-30" },
};
const numbers = (accepted: (number | null)[]) => ({
  measures: { accepted, due: [9, 8, null], closed: [7, 6, null] },
  rates: { closure_rate: [0.875, 0.75, null] },
  denominators: { "due less deferred,on_books": [8, 8, null] },
  averages: { accept_seconds: [60, null, null] },
});
const answer = {
  periods: ["now", "previous", "year_before"],
  members_template: TEMPLATE,
  members: PERIODS,
  definitions: {
    rates: [{ name: "closure_rate", numerator: "closed", denominator: "due", less: ["deferred", "on_books"] }],
    averages: [{ name: "accept_seconds", of: "accepted" }],
  },
  ...numbers([5, 4, null]),
  chapters: [
    {
      by: "category",
      groups: [
        { ...numbers([2, null, null]), members: { now: { category: "E 01" }, previous: { category: "E 01" } } },
        {
          ...numbers([1, 0, null]),
          members: {
            now: { from: "2026-10-02", to: "2026-10-02" },
            previous: { from: "2026-10-01", to: "2026-10-01" },
          },
        },
      ],
    },
  ],
  months: {
    by: "month",
    groups: [{ ...numbers([3, null, null]), members: { now: { from: "2026-09-01", to: "2026-09-30" } } }],
  },
  hours: { measure: "accepted", counts: [] },
  stands_out: [
    {
      group: { by: "unit", value: "u1", title: { en: "Unit 1", zh: "一" } },
      weight: 2.5,
      members: { now: { owner_unit_id: "u1" } },
      rates: [
        {
          rate: "closure_rate",
          values: [0.5, null, null],
          overall: 0.875,
          numerator: [2, null, null],
          denominator: [4, null, null],
        },
      ],
    },
  ],
};
const linked = linkEvaluation(answer as never);

test("a template leaves out variables without a value and encodes the others", () => {
  expect(expandTemplate("/x?a=1{&b,c}", { c: "ö,1" })).toBe("/x?a=1&c=%C3%B6%2C1");
  expect(expandTemplate("/x?a=1{&b,c}", {})).toBe("/x?a=1");
});

describe("the evaluation", () => {
  test("has the count and the link of each period of the whole", () => {
    const { accepted } = linked.measures;
    expect(accepted.count).toBe(5);
    expect(accepted.members).toBe(
      "/api/v1/figures/members?area_id=a&snapshot=s&measure=accepted&from=2026-10-01&to=2026-10-31",
    );
    expect(accepted.previous?.members).toContain("from=2026-09-01&to=2026-09-30");
    expect(accepted.year_before).toBeNull();
  });

  test("gives a rate its numerator, and a denominator that leaves cases out", () => {
    const rate = linked.rates.closure_rate;
    expect([rate.value, rate.previous, rate.numerator.count, rate.denominator.count]).toEqual([0.875, 0.75, 7, 8]);
    expect(rate.denominator.members).toContain("measure=due&less=deferred%2Con_books&");
    expect(linked.averages.accept_seconds.of.count).toBe(5);
  });

  test("adds the variables of a group, or replaces those of the whole", () => {
    const [category, day] = linked.chapters[0]!.groups;
    expect(category!.measures.accepted.members).toContain("from=2026-10-01&to=2026-10-31&category=E%2001");
    expect(category!.measures.accepted.previous).toBeNull();
    expect(day!.measures.due.previous?.members).toContain("from=2026-10-01&to=2026-10-01");
  });
});

describe("the pictures of an evaluation", () => {
  test("have the link of each finding, of each month and of each hour", () => {
    const [finding] = linked.findings;
    expect([finding!.key, finding!.weight]).toEqual(["unit u1", 2.5]);
    expect(finding!.rates[0]).toMatchObject({ value: 0.5, overall: 0.875 });
    expect(finding!.rates[0]!.denominator.members).toContain("owner_unit_id=u1");
    expect(finding!.rates[0]!.denominator.members).toContain("less=deferred%2Con_books");
    expect(linked.months.groups[0]!.measures.due.members).toContain("from=2026-09-01&to=2026-09-30");
    expect(linked.membersOfHour(7, 0)).toBe(
      "/api/v1/figures/members?area_id=a&snapshot=s&measure=accepted&from=2026-10-01&to=2026-10-31&weekday=7&hour=0",
    );
  });
});
