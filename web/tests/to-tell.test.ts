// Households to tell on the phone: open ones, results laid over them, languages, and what the server told of results.
import { describe, expect, test } from "vitest";
import type { Home } from "../field/src/homes";
import type { OperationResult, QueuedOperation } from "../field/src/store";
import { withWarnings } from "../field/src/tell-warnings";
import { languagesOf, shownLanguage, toTell } from "../field/src/to-tell";

const TEXTS = { zh: { title: "停水", text: "周五停水。" }, en: { title: "Water off", text: "On Friday." } };
const ROWS: Record<string, unknown[]> = {
  notice: [
    { id: "n1", texts: TEXTS, files: [], valid_until: "2026-12-20T00:00:00Z" },
    { id: "n2", texts: TEXTS, files: [], valid_until: "2026-12-20T00:00:00Z" },
  ],
  notice_task: [
    { id: "t1", notice_id: "n1", household_id: "h2" },
    { id: "t2", notice_id: "n1", household_id: "h1" },
    { id: "t3", notice_id: "n2", household_id: "h1" },
    { id: "t4", notice_id: "gone", household_id: "h1" },
    { id: "t5", notice_id: "n1", household_id: "gone" },
  ],
};
const rowsOf = <T>(entity: string) => (ROWS[entity] ?? []) as T[];
const home = (id: string, address: string) => ({ id, address, label: "" }) as unknown as Home;
const HOMES = [home("h1", "3幢2号"), home("h2", "3幢10号")];

function receipt(household: string, state: string, answer: Partial<OperationResult> | null = null): QueuedOperation {
  const patch = { notice_id: "n1", household_id: household, state };
  const op = { op_id: `op ${household}`, device_seq: 1, entity: "notice_receipt", op: "create", patch };
  return {
    device_seq: 1,
    op_id: op.op_id,
    op: { ...op, client_at: "2026-11-30T01:00:00Z" },
    answer: answer === null ? null : { op_id: op.op_id, status: "applied", retryable: false, ...answer },
  };
}

describe("toTell", () => {
  test("joins rows with their notice and home, in the order of addresses", () => {
    const all = toTell(rowsOf, [], HOMES);
    expect(all.open.map(({ id }) => id)).toEqual(["t2", "t3", "t1"]);
    expect(all.households).toBe(2);
    expect(all.recorded).toEqual([]);
  });

  test("takes a recorded household from the list, sent or not, and shows the result", () => {
    const all = toTell(rowsOf, [receipt("h1", "told", {}), receipt("h2", "needs_help")], HOMES);
    expect(all.open.map(({ id }) => id)).toEqual(["t3"]);
    expect(all.recorded.map(({ home: at, state, isSent }) => [at?.id, state, isSent])).toEqual([
      ["h2", "needs_help", false],
      ["h1", "told", true],
    ]);
  });

  test("shows a result whose household has left the phone", () => {
    const [recorded] = toTell(rowsOf, [receipt("elsewhere", "told")], HOMES).recorded;
    expect([recorded?.home, recorded?.notice?.id]).toEqual([null, "n1"]);
  });
});

test("languages begin with Chinese and English; the wished one is shown if the notice has it", () => {
  const texts = { ug: TEXTS.zh, en: TEXTS.en, bo: TEXTS.zh, zh: TEXTS.zh };
  expect(languagesOf(texts)).toEqual(["zh", "en", "bo", "ug"]);
  expect(shownLanguage(texts, ["ug", "zh"])).toBe("ug");
  expect(shownLanguage(texts, [undefined, "en"])).toBe("en");
  expect(shownLanguage({ en: TEXTS.en }, ["ug", "zh"])).toBe("en");
});

describe("withWarnings", () => {
  const warned = (code: string, message = code) => receipt("h1", "told", { warnings: [{ code, message }] });

  test("adds what the server told of a result at a door, the newest first, at most 50", () => {
    let earlier = withWarnings([], warned("told_by_another", "甲 已先告知该住户"));
    expect(earlier).toEqual([
      { opId: "op h1", household: "h1", message: "甲 已先告知该住户", at: "2026-11-30T01:00:00Z" },
    ]);
    earlier = withWarnings(earlier, warned("told_after_end"));
    expect(earlier.map(({ message }) => message)).toEqual(["told_after_end", "甲 已先告知该住户"]);
    for (let n = 0; n < 60; n += 1) earlier = withWarnings(earlier, warned("told_after_end"));
    expect(earlier).toHaveLength(50);
  });

  test("adds nothing for other operations and results without warnings", () => {
    expect(withWarnings([], receipt("h1", "told", {}))).toEqual([]);
    const visit = warned("possible_double");
    expect(withWarnings([], { ...visit, op: { ...visit.op, entity: "premises" } })).toEqual([]);
  });
});
