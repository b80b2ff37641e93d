// The address of the list of cases: its request, orders and saved views.
import { beforeEach, describe, expect, test } from "vitest";
import { listQuery, nextSort, sortedAddress, withoutPage } from "../console/src/case/list-query";
import { MAX_VIEWS, readViews, removeView, saveView } from "../console/src/case/saved-views";

const request = (address: string) => {
  const { params, ...rest } = listQuery(new URLSearchParams(address));
  params.sort();
  return { ...rest, params: String(params) };
};

describe("a list of cases", () => {
  test("without filters has the open cases by deadline", () => {
    const byDue = { status: "open", sort: "due_at", canSort: true, params: "limit=50&sort=due_at&status=open" };
    expect(request("")).toEqual(byDue);
    expect(request("cursor=x")).toEqual({ ...byDue, params: "cursor=x&limit=50&sort=due_at&status=open" });
    expect(request("status=open")).toEqual(byDue);
  });

  test("with the filters of a figure has no further filter, and the newest first", () => {
    expect(request("category=0101&unowned=true")).toEqual({
      status: "any",
      sort: "-reported_at",
      canSort: false,
      params: "category=0101&limit=50&unowned=true",
    });
  });

  test("of overdue cases is of open ones, and so has an order", () => {
    expect(request("overdue=true&sort=-priority")).toMatchObject({ status: "open", sort: "-priority" });
  });

  test("has no order by deadline with ended cases", () => {
    for (const status of ["any", "closed", "open,closed", ""]) {
      const { params, canSort } = request(`status=${status}&sort=due_at`);
      expect([canSort, new URLSearchParams(params).has("sort")]).toEqual([false, false]);
    }
    expect(request("status=filed,dispatched&sort=due_at").canSort).toBe(true);
    expect(new URLSearchParams(request("status=any").params).has("status")).toBe(false);
  });

  test("turns its order around at the second press, and begins with the first page", () => {
    expect([nextSort("due_at", "due_at"), nextSort("-due_at", "due_at"), nextSort("due_at", "status")]).toEqual([
      "-due_at",
      "due_at",
      "status",
    ]);
    const address = sortedAddress(new URLSearchParams("category=0101&cursor=x&sort=due_at"), "-due_at");
    expect(address).toBe("#/cases?category=0101&sort=-due_at");
    expect(withoutPage(new URLSearchParams("q=a&cursor=x"))).toBe("q=a");
  });
});

describe("saved views", () => {
  let stored: Map<string, string>;
  const storage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
  };
  beforeEach(() => void (stored = new Map()));

  test("are kept for each account, replaced by name, without the page", () => {
    saveView(storage, "a", { name: " Lamps ", query: "q=lamp&cursor=x&category=0101&limit=2" });
    expect(readViews(storage, "a")).toEqual([{ name: "Lamps", query: "category=0101&q=lamp" }]);
    saveView(storage, "a", { name: "Lamps", query: "q=light" });
    expect(readViews(storage, "a")).toEqual([{ name: "Lamps", query: "q=light" }]);
    expect(readViews(storage, "b")).toEqual([]);
    expect(removeView(storage, "a", "Lamps")).toEqual([]);
    expect(readViews(storage, "a")).toEqual([]);
  });

  test("are few, and what is damaged is left out", () => {
    for (let n = 0; n < MAX_VIEWS + 3; n++) saveView(storage, "a", { name: `view ${n}`, query: "" });
    const views = readViews(storage, "a");
    expect([views.length, views[0]?.name]).toEqual([MAX_VIEWS, "view 3"]);
    expect(saveView(storage, "a", { name: "  ", query: "" }).length).toBe(MAX_VIEWS);
    stored.set("gridward-views-b", '[{"name":"x","query":"q=1"},{"name":3},null,"y"]');
    expect(readViews(storage, "b")).toEqual([{ name: "x", query: "q=1" }]);
    stored.set("gridward-views-b", "{broken");
    expect(readViews(storage, "b")).toEqual([]);
  });
});
