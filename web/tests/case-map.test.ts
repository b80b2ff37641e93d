// The map beside the list: filters of the list on the cases in memory, stages of the legend, and the view in the address.
import { describe, expect, test } from "vitest";
import { changedAddress, listQuery, withoutPage } from "../console/src/case/list-query";
import { noticesOf } from "../console/src/emergency/desktop-notifications";
import { canHold, countStages, filtersOf, holds, stageFilter, stageOfQuery } from "../console/src/map/held-filter";
import { STAGES } from "../console/src/map/map-symbols";
import type { OpenCase } from "../console/src/map/open-cases";
import { formatBox, formatView, intersection, modernQuery, parseBox, parseView } from "../console/src/map/view-address";

const CASE: OpenCase = {
  ...{ id: "a", lon: 120.1, lat: 30.2, case_no: "1", status: "filed", category: "0101", priority: 2 },
  ...{ due_at: null, waiting_reason: null, owner_unit_id: "u", updated_at: "" },
};
const never = () => false;
const filters = (address: string) => filtersOf(listQuery(new URLSearchParams(address)).params);
const isMarked = (address: string, fields: Partial<OpenCase> = {}, isLate = never as (incident: OpenCase) => boolean) =>
  holds({ ...CASE, ...fields }, filters(address), isLate);

describe("filters of the list on the cases in memory", () => {
  test.each([
    ["", true],
    ["category=0101,0102", true],
    ["category=0102&status=open", false],
    ["owner_unit_id=u&status=open", true],
    ["owner_unit_id=x&status=open", false],
    ["priority=2&status=open", true],
    ["priority=1&status=open", false],
    ["status=filed,dispatched", true],
    ["status=dispatched", false],
    ["status=open&waiting=false", true],
    ["status=open&waiting=true", false],
    ["overdue=true", false],
    ["status=open&bbox=120,30,121,31", true],
    ["status=open&bbox=121,30,122,31", false],
  ])("%s", (address, expected) => expect(isMarked(address)).toBe(expected));

  test("know what waits and what is late", () => {
    expect(isMarked("status=open&waiting=true", { waiting_reason: "no_worker" })).toBe(true);
    expect(isMarked("overdue=true", {}, () => true)).toBe(true);
    expect(isMarked("status=open&overdue=false", {}, () => true)).toBe(false);
  });

  test.each(["status=any", "q=lamp", "area_id=x&status=open", "status=open,closed", "directed=true&status=open"])(
    "leave %s to the server",
    (address) => expect(canHold(filters(address))).toBe(false),
  );

  test.each(["", "overdue=true&sort=-priority&cursor=x", "status=open&case=a&inview=true&at=12,120,30&units=true"])(
    "answer %j themselves",
    (address) => expect(canHold(filters(address))).toBe(true),
  );
});

describe("stages of the legend", () => {
  test("are filters of the list that hold exactly their cases", () => {
    const all: OpenCase[] = [
      "collected",
      "verifying",
      "filed",
      "dispatched",
      "accepted",
      "handling",
      "checking",
    ].flatMap((status) => [
      { ...CASE, status },
      { ...CASE, status, waiting_reason: "no_worker" },
    ]);
    all.push({ ...CASE, status: "on_books", waiting_reason: "review" }, { ...CASE, status: "deferred" });
    const counts = countStages(all);
    expect(Object.values(counts).reduce((sum, n) => sum + n)).toBe(all.length);
    for (const stage of STAGES.filter((each) => each !== "ended")) {
      const query = new URLSearchParams(stageFilter(stage));
      expect([stage, all.filter((incident) => holds(incident, filters(String(query)), never)).length]).toEqual([
        stage,
        counts[stage],
      ]);
      expect(stageOfQuery(query)).toBe(stage);
    }
    expect(stageOfQuery(new URLSearchParams("status=open"))).toBeNull();
  });
});

describe("the view in the address", () => {
  test("is read as it was written, and damaged ones are ignored", () => {
    const view = { zoom: 13.5, lon: 120.10001, lat: 30.25 };
    expect(formatView(view)).toBe("13.50,120.10001,30.25000");
    expect(parseView(formatView(view))).toEqual(view);
    for (const text of [null, "", "1,2", "a,b,c", "13,500,30", "13,120,89", "13,120,", "1,2,3,4"])
      expect(parseView(text)).toBeNull();
    expect(parseBox(formatBox([1, 2, 3, 4]))).toEqual([1, 2, 3, 4]);
    for (const text of [null, "1,2,3", "1,2,3,x"]) expect(parseBox(text)).toBeNull();
  });

  test("has boxes that overlap or not", () => {
    expect(intersection([0, 0, 2, 2], [1, 1, 3, 3])).toEqual([1, 1, 2, 2]);
    expect(intersection([0, 0, 1, 1], [2, 2, 3, 3])).toBeNull();
  });

  test("does not end a selection or turn back to the first page, as a filter does", () => {
    const query = new URLSearchParams("q=a&cursor=x&case=b&inview=true&at=1,2,3&units=true");
    expect(withoutPage(query)).toBe("q=a");
    expect(changedAddress("map", new URLSearchParams("q=a&cursor=x"), { case: "b" })).toBe("#/map?q=a&cursor=x&case=b");
    expect(changedAddress("map", new URLSearchParams("q=a&cursor=x"), { q: "", bbox: "1,2,3,4" })).toBe(
      "#/map?bbox=1%2C2%2C3%2C4",
    );
    expect(changedAddress("cases", new URLSearchParams("q=a"), { q: null })).toBe("#/cases");
  });

  test("of earlier versions is understood", () => {
    expect(String(modernQuery(new URLSearchParams("unit=u&hide=waiting&case=a")))).toBe("case=a&owner_unit_id=u");
  });
});

test("desktop notifications are of calls and urgent cases, and lead to them", () => {
  const notices = noticesOf({
    unanswered: [{ id: "c", worker: { id: "w", name: "王芳" }, note: "dog" }] as never,
    urgent: [{ id: "i", case_no: "330106-1", description: "flood" }] as never,
  });
  expect(notices).toEqual([
    { tag: "call-c", text: "notify_call", address: "#/map?call=c", isCall: true },
    { tag: "case-i", text: "notify_urgent", address: "#/case/i", isCall: false },
  ]);
});
