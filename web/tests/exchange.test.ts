// Columns of a file that is to be imported, and the filters of an export.
import { beforeEach, describe, expect, test } from "vitest";
import {
  doubleFields,
  type FileColumn,
  type FileColumns,
  type FileField,
  firstChoices,
  idleFields,
  keepMapping,
  mapParameters,
  missingFields,
  readMapping,
} from "../console/src/exchange/column-mapping";
import { carriedFilters, exportQuery, filtersOf } from "../console/src/exchange/export-filters";
import { groupFaults } from "../console/src/exchange/fault-groups";

const column = (name: string, more: Partial<FileColumn> = {}): FileColumn => ({
  name,
  values: [],
  recognised: null,
  field: null,
  reason: null,
  sentence: null,
  ...more,
});
const field = (name: string, more: Partial<FileField> = {}): FileField => ({
  name,
  title: name.toUpperCase(),
  note: "",
  is_required: false,
  is_personal: false,
  needs: null,
  words: [],
  ...more,
});
const FIELDS = [
  field("lat", { is_required: true }),
  field("lon", { is_required: true }),
  field("address"),
  field("resident_name", { is_personal: true }),
  field("care", { needs: "resident_name" }),
];
const COLUMNS = [
  column("Breite", { field: "lat", reason: "place" }),
  column("lon", { field: "lon", recognised: "lon", reason: "name" }),
  column("x", { recognised: "lon", reason: "taken" }),
  column("id card", { reason: "forbidden" }),
  column("Name"),
];
const DATA = { columns: COLUMNS, fields: FIELDS } as unknown as FileColumns;

function memory() {
  const stored = new Map<string, string>();
  return {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
  };
}

describe("columns of a file", () => {
  test("begin with the suggestions", () => {
    expect(firstChoices(DATA, {})).toEqual(["lat", "lon", "", "", ""]);
  });

  test("begin with the choices of an earlier file, which no suggestion repeats", () => {
    const earlierChoices = { Name: "resident_name", x: "lat", "id card": "address", lon: "gone" };
    expect(firstChoices(DATA, earlierChoices)).toEqual(["", "lon", "lat", "", "resident_name"]);
    expect(firstChoices(DATA, { lon: "" })).toEqual(["lat", "", "", "", ""]);
  });

  test("are sent only where the name of the column does not say the same", () => {
    expect(mapParameters(COLUMNS, ["lat", "lon", "", "", "resident_name"])).toEqual([
      "Breite=lat",
      "x=",
      "Name=resident_name",
    ]);
    expect(mapParameters(COLUMNS, ["", "", "lon", "", ""])).toEqual(["lon="]);
  });

  test("have the fields that are missing, chosen twice, or without the field that they need", () => {
    const names = (fields: FileField[]) => fields.map((each) => each.name);
    expect(names(missingFields(FIELDS, ["lat", "", "", "", ""]))).toEqual(["lon"]);
    expect(names(doubleFields(FIELDS, ["lat", "lat", "", "", ""]))).toEqual(["lat"]);
    expect(names(idleFields(FIELDS, ["lat", "lon", "care", "", ""]))).toEqual(["care"]);
    expect(names(idleFields(FIELDS, ["lat", "lon", "care", "", "resident_name"]))).toEqual([]);
  });
});

describe("a stored mapping", () => {
  let storage: ReturnType<typeof memory>;
  beforeEach(() => {
    storage = memory();
  });

  test("is of one account and one kind, and has no values of the file", () => {
    keepMapping(storage, "a", "households", COLUMNS, ["lat", "lon", "", "", "resident_name"]);
    expect(readMapping(storage, "a", "households")).toEqual({
      Breite: "lat",
      lon: "lon",
      x: "",
      Name: "resident_name",
    });
    expect(readMapping(storage, "b", "households")).toEqual({});
    expect(readMapping(storage, "a", "incidents")).toEqual({});
  });

  test("keeps columns of other files, and is empty if it is damaged", () => {
    keepMapping(storage, "a", "units", [column("A")], ["code"]);
    keepMapping(storage, "a", "units", [column("B")], ["name"]);
    expect(readMapping(storage, "a", "units")).toEqual({ A: "code", B: "name" });
    storage.setItem("gridward-columns-a-units", "{");
    expect(readMapping(storage, "a", "units")).toEqual({});
  });
});

describe("an export", () => {
  const ZONE = "Asia/Shanghai";

  test("has the filters of the list of cases as its query", () => {
    const filters = {
      area_id: "a",
      status: "open",
      category: "E0102",
      overdue: "true",
      waiting: "true",
      q: "积水 & 泥",
    };
    const { list, ...others } = exportQuery(filters, ZONE);
    expect(others).toEqual({ within_area_id: "a" });
    const { area_id: _, ...ofList } = filters;
    expect(Object.fromEntries(new URLSearchParams(list))).toEqual(ofList);
    expect(exportQuery({ status: "filed,dispatched", q: "" }, ZONE)).toEqual({ list: "status=filed%2Cdispatched" });
    expect(exportQuery({}, ZONE)).toEqual({});
  });

  test("takes the filters of the list that have no field in the form, and those that are false", () => {
    const address = new URLSearchParams("status=open&q=x&supervised=true&waiting=false&sort=due_at&cursor=y&at=1,2,3");
    expect(carriedFilters(address)).toEqual({ supervised: "true", waiting: "false" });
  });

  test("has whole days of the jurisdiction", () => {
    expect(exportQuery({ from: "2026-11-01", to: "2026-11-30" }, ZONE)).toEqual({
      datetime: "2026-10-31T16:00:00.000Z/2026-11-30T15:59:59.999Z",
    });
    expect(exportQuery({ to: "2026-11-30" }, ZONE).datetime).toBe("../2026-11-30T15:59:59.999Z");
  });

  test("has a typed filter beside those of the list", () => {
    expect(exportQuery({ waiting: "true" }, ZONE, { filter: "priority = 1 OR priority = 2", bbox: "1,2,3,4" })).toEqual(
      { list: "waiting=true", filter: "priority = 1 OR priority = 2", bbox: "1,2,3,4" },
    );
  });

  test("is read back in words", () => {
    const filters = {
      area_id: "a",
      status: "open",
      category: "E0102",
      owner_unit_id: "u",
      overdue: "true",
      waiting: "true",
      case_no: "1",
      q: "积水",
      supervised: "false",
      from: "2026-11-01",
      to: "2026-11-30",
    };
    const query = exportQuery(filters, ZONE, { filter: "priority = 1" });
    expect(filtersOf(query, ZONE)).toEqual({ filters, others: { filter: "priority = 1" } });
    const several = { status: "filed,dispatched", category: "E0102,0101" };
    expect(filtersOf(exportQuery(several, ZONE), ZONE)).toEqual({ filters: several, others: {} });
  });

  test("of an earlier version is read back too", () => {
    const query = {
      is_overdue: "true",
      category: "E0102",
      filter: "status NOT IN ('not_filed', 'closed', 'force_closed') AND waiting_reason IS NOT NULL AND (priority = 1)",
    };
    expect(filtersOf(query, ZONE)).toEqual({
      filters: { overdue: "true", category: "E0102", status: "open", waiting: "true" },
      others: { filter: "(priority = 1)" },
    });
  });
});

test("faults of a row that differ only in their column are one line", () => {
  const missing = { en: "The file has no column." };
  const faults = [
    { code: "part_missing", column: "province", sentence: missing },
    { code: "no_usable_point", column: null, sentence: { en: "No place." } },
    { code: "part_missing", column: "city", sentence: missing },
  ];
  expect(groupFaults(faults).map(({ columns, fault }) => [fault.code, columns])).toEqual([
    ["part_missing", ["province", "city"]],
    ["no_usable_point", []],
  ]);
});
