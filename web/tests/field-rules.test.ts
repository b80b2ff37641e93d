// Rules of the field app without a page: links of map apps, distances, addresses, photos, categories, telephone numbers.
import { describe, expect, test } from "vitest";
import { groupByBuilding, shortAddress } from "../field/src/addresses";
import { beforeAndAfter, planPhotos } from "../field/src/case-photo-plan";
import { rankCategories } from "../field/src/category-ranking";
import { distanceM, formatDistance } from "../field/src/distance";
import { type HelpCall, openCallsOfOthers, ownCall } from "../field/src/help-calls";
import type { Incident } from "../field/src/incidents";
import { mapAppLinks } from "../field/src/map-app-links";
import { openCaseIds } from "../field/src/open-cases";
import { nearestBuilding, sortTasks } from "../field/src/task-order";
import { splitAtTelephones } from "../src/telephone";
import { DEFAULT_VISIT_HOURS, isVisitTime } from "../field/src/visit-hours";

describe("mapAppLinks", () => {
  // Computed by the server's own formulae (app/core/coordinates.py).
  test.each([
    ["Hangzhou", [120.114, 30.2787], [120.118792, 30.276425], [120.125219, 30.28279]],
    ["Beijing", [116.3975, 39.9087], [116.403744, 39.910103], [116.410117, 39.916443]],
    ["Shanghai", [121.4737, 31.2304], [121.478223, 31.228458], [121.484781, 31.234311]],
  ] as const)("converts a place in %s to the system of each app", (_, [lon, lat], gcj02, bd09) => {
    const links = mapAppLinks([lon, lat], "幸福路1号");
    const amap = new URL(links.amap).searchParams.get("to")!.split(",");
    const baidu = new URL(links.baidu).searchParams.get("location")!.split(",");
    expect(Number(amap[0])).toBeCloseTo(gcj02[0], 5);
    expect(Number(amap[1])).toBeCloseTo(gcj02[1], 5);
    expect(amap[2]).toBe("幸福路1号");
    // Baidu takes latitude first.
    expect(Number(baidu[1])).toBeCloseTo(bd09[0], 5);
    expect(Number(baidu[0])).toBeCloseTo(bd09[1], 5);
    expect(links.geo).toBe(
      `geo:${lat.toFixed(6)},${lon.toFixed(6)}?q=${lat.toFixed(6)},${lon.toFixed(6)}(${encodeURIComponent("幸福路1号")})`,
    );
  });

  test("leaves a place outside China as it is for Amap", () => {
    expect(new URL(mapAppLinks([-0.1276, 51.5072], "A, B").amap).searchParams.get("to")).toBe(
      "-0.127600,51.507200,A, B",
    );
  });

  test("keeps parentheses and separators of a label out of the links", () => {
    const { geo, amap } = mapAppLinks([120, 30], "3幢 (北)&x=1");
    expect(geo.match(/[()]/g)).toEqual(["(", ")"]);
    expect(new URL(amap).searchParams.get("x")).toBeNull();
  });
});

test("distanceM agrees with a degree of the sphere, formatDistance rounds by size", () => {
  expect(distanceM([120, 30], [120, 31])).toBeCloseTo(111_195, -1);
  expect(distanceM([120, 30], [121, 30])).toBeCloseTo(111_195 * Math.cos(Math.PI / 6), -2);
  expect(formatDistance("en", 347)).toBe("350 m");
  expect(formatDistance("zh-CN", 4)).toBe("0 米");
  expect(formatDistance("en", 996)).toBe("1.0 km");
  expect(formatDistance("zh-CN", 1_249)).toBe("1.2 公里");
});

describe("shortAddress", () => {
  test("begins with the building of the parts", () => {
    const parts = { compound: "古荡小区", building: "3幢", unit: "2单元", room: "301" };
    expect(shortAddress("浙江省杭州市西湖区古荡街道古荡社区古荡小区3幢2单元301", parts)).toEqual({
      building: "古荡小区3幢",
      room: "2单元301",
    });
    expect(shortAddress("", { ...parts, unit: "无", compound: null })).toEqual({ building: "3幢", room: "301" });
  });

  test.each([
    ["幸福路1号", "幸福路1号", ""],
    ["文三路20号501室", "文三路20号", "501室"],
    ["翠苑5号楼2单元301", "翠苑5号楼", "2单元301"],
    ["求智巷A座1201", "求智巷A座", "1201"],
    ["幸福路****", "幸福路****", ""],
    ["浙江省杭州市西湖区古荡街道古荡社区古荡小区3幢2单元301", "古荡小区3幢", "2单元301"],
    ["西湖区古荡街道幸福路1号12幢3单元501室", "幸福路1号12幢", "3单元501室"],
    ["西湖区古荡街道古荡社区古荡小区3幢2单元301号", "古荡小区3幢", "2单元301号"],
    ["杭州市西湖小区3幢", "杭州市西湖小区3幢", ""],
    ["浙江省杭州市西湖区", "浙江省杭州市西湖区", ""],
  ])("splits %s without parts", (address, building, room) => {
    expect(shortAddress(address, null)).toEqual({ building, room });
  });

  test("groups keep the order of what is due first", () => {
    const items = ["B", "A", "B"].map((building, n) => ({ building, n }));
    expect(groupByBuilding(items).map(({ building, items }) => [building, items.map(({ n }) => n)])).toEqual([
      ["B", [0, 2]],
      ["A", [1]],
    ]);
  });
});

const incident = (id: string, fields: Partial<Incident> = {}): Incident => ({
  id,
  status: "handling",
  category: "E0102",
  ...fields,
});
const placed = (id: string, lon: number | null, due_at: string | null) => ({
  id,
  incident: incident(id, { due_at, ...(lon === null ? {} : { location: { type: "Point", coordinates: [lon, 30] } }) }),
});

test("sortTasks sorts by deadline or distance, with what has neither last", () => {
  const tasks = [
    placed("a", 120.03, null),
    placed("b", null, "2026-01-02T00:00:00Z"),
    placed("c", 120.01, "2026-01-01T00:00:00Z"),
  ];
  const ids = (order: "due" | "way", own: [number, number] | null) => sortTasks(tasks, order, own).map(({ id }) => id);
  expect(ids("due", [120, 30])).toEqual(["c", "b", "a"]);
  expect(ids("way", [120, 30])).toEqual(["c", "a", "b"]);
  expect(ids("way", null)).toEqual(["c", "b", "a"]);
});

test("nearestBuilding names what is within 80 metres and tells beside from at", () => {
  const buildings = [
    { building: "1幢", at: [120, 30] as [number, number] },
    { building: "2幢", at: [120.001, 30] as [number, number] },
  ];
  expect(nearestBuilding(buildings, [120.0001, 30])).toEqual({ building: "1幢", isNear: false });
  expect(nearestBuilding(buildings, [120.0004, 30])).toEqual({ building: "1幢", isNear: true });
  expect(nearestBuilding(buildings, [120.01, 30])).toBeNull();
});

describe("planPhotos", () => {
  const media = (...ids: string[]) =>
    ids.map((id) => ({ id, kind: "near", state: "ready", content_type: "image/jpeg" }));
  const late = incident("i1", { due_at: "2026-01-02T00:00:00Z", media: media("p1") });
  const soon = incident("i2", {
    due_at: "2026-01-01T00:00:00Z",
    media: [
      ...media("p2", "p3"),
      { id: "v", kind: "voice", state: "ready", content_type: "audio/webm" },
      { id: "u", kind: "near", state: "uploading", content_type: null },
    ],
  });

  test("fetches small pictures first, and what is due first", () => {
    const { fetch, remove } = planPhotos([late, soon], new Set(["i1", "i2"]), []);
    expect(fetch.map(({ id, size }) => `${id} ${size}`)).toEqual(
      ["small", "large"].flatMap((size) => [`p2 ${size}`, `p3 ${size}`, `p1 ${size}`]),
    );
    expect(remove).toEqual([]);
  });

  test("keeps only the picture of the card of a case that is not accepted", () => {
    const { fetch } = planPhotos([late, soon], new Set(["i1"]), []);
    expect(fetch.map(({ id, size }) => `${id} ${size}`)).toEqual(["p2 small", "p1 small", "p1 large"]);
  });

  test("removes photos of ended tasks and deleted ones, and keeps the newest of a case", () => {
    const stored = ["p1", "p2", "x"].map((id) => ({ id, incident: "i", small: 1, large: 1 }));
    const plan = planPhotos([soon], new Set(["i2"]), stored, { perCase: 1, bytes: 100 });
    expect(plan.remove).toEqual(["p1", "p2", "x"]);
    expect(plan.fetch.map(({ id }) => id)).toEqual(["p3", "p3"]);
  });

  test("fetches nothing while the limit of bytes is reached", () => {
    const stored = [{ id: "p2", incident: "i2", small: 60, large: 40 }];
    expect(planPhotos([soon, late], new Set(["i1", "i2"]), stored, { perCase: 12, bytes: 100 })).toEqual({
      remove: [],
      fetch: [],
    });
  });

  test("openCaseIds names the cases of live assignments only", () => {
    const row = (incident_id: string, state: string) => ({ incident_id, state });
    expect([...openCaseIds([row("i1", "accepted"), row("i2", "done"), row("i3", "offered")])]).toEqual(["i1", "i3"]);
  });

  test("beforeAndAfter compares with the report where no photo was taken before", () => {
    const of = (...kinds: string[]) => kinds.map((kind) => ({ kind }));
    expect(beforeAndAfter(of("near", "far"))).toBeNull();
    expect(beforeAndAfter(of("near", "before", "after"))).toEqual({ before: of("before"), after: of("after") });
    expect(beforeAndAfter(of("near", "after"))).toEqual({ before: of("near"), after: of("after") });
  });
});

test("rankCategories puts the last used first, then the most used, then what is around", () => {
  const categories = ["A", "B", "C", "D", "E"].map((code) => ({ code, name: { zh: code } }));
  const reports = ["D", "C", "C"].map((category, n) => incident(`r${n}`, { category }));
  const others = [incident("o", { category: "E" })];
  expect(rankCategories(categories, reports, others).map(({ code }) => code)).toEqual(["D", "C", "E", "A", "B"]);
  expect(rankCategories(categories, [], []).map(({ code }) => code)).toEqual(["A", "B", "C", "D", "E"]);
});

test.each([
  ["物业 13812345678，张工", ["13812345678"]],
  ["值班 0571-88881234转12", ["057188881234,12"]],
  ["138 1234 5678 或 +86 138-1234-5678", ["13812345678", "+8613812345678"]],
  ["热线 400-820-1234", ["4008201234"]],
  ["138****5678", []],
  ["案卷 330106202611280001，位置 120.11247, 30.28292", []],
  ["120 米外，3 号楼 301", []],
])("splitAtTelephones finds the numbers of %s", (text, numbers) => {
  const pieces = splitAtTelephones(text);
  expect(pieces.flatMap(({ tel }) => tel ?? [])).toEqual(numbers);
  expect(pieces.map((piece) => piece.text).join("")).toBe(text);
});

test("openCallsOfOthers puts calls without an answer first; ownCall is the worker's newest", () => {
  const call = (id: string, worker: string, raised_at: string, fields: Partial<HelpCall> = {}): HelpCall => ({
    id,
    worker: { id: worker, name: worker },
    raised_at,
    lon: null,
    lat: null,
    note: null,
    acknowledged_at: null,
    acknowledged_by: null,
    closed_at: null,
    outcome: null,
    ...fields,
  });
  const calls = [
    call("answered", "b", "2026-01-01T10:03:00Z", { acknowledged_at: "2026-01-01T10:04:00Z" }),
    call("older", "c", "2026-01-01T10:00:00Z"),
    call("newer", "d", "2026-01-01T10:01:00Z"),
    call("ended", "e", "2026-01-01T10:02:00Z", { closed_at: "2026-01-01T10:09:00Z" }),
    call("mine", "me", "2026-01-01T09:00:00Z"),
    call("mine too", "me", "2026-01-01T09:30:00Z"),
  ];
  expect(openCallsOfOthers(calls, "me").map(({ id }) => id)).toEqual(["newer", "older", "answered"]);
  expect(ownCall(calls, "me")?.id).toBe("mine too");
  expect(ownCall(calls, undefined)).toBeUndefined();
});

test.each([
  ["2026-01-01T00:59:00Z", false],
  ["2026-01-01T01:00:00Z", true],
  ["2026-01-01T11:59:00Z", true],
  ["2026-01-01T12:00:00Z", false],
  ["2026-01-01T16:05:00Z", false],
])("isVisitTime at %s is read in the zone of the city", (at, isOpen) => {
  expect(isVisitTime(DEFAULT_VISIT_HOURS, Date.parse(at), "Asia/Shanghai")).toBe(isOpen);
});
