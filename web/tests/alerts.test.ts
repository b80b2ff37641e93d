// Notifications of alerts: words by kind in both languages, and the page that a press opens.
import { describe, expect, test } from "vitest";
import { notificationOf, pageOf, readMessage } from "../field/src/alert-notification";
import { ALERT_TEXTS } from "../field/src/words/alerts";

const ID = "01a2268d-ae82-7140-b048-e660fd878e99";

describe("a push message", () => {
  test.each(["offer", "urge", "deadline", "sos"])("of kind %s has words in both languages", (kind) => {
    const message = readMessage({ kind, id: ID });
    const [zh, en] = [notificationOf(message, "zh-CN"), notificationOf(message, "en")];
    expect(zh.title).toMatch(/\p{Script=Han}/u);
    expect(en.title + en.options.body).not.toMatch(/\p{Script=Han}/u);
    expect(en.options).toMatchObject({ tag: `${kind}:${ID}`, renotify: true, data: { kind, id: ID } });
  });

  test.each([null, "text", {}, { kind: "offer" }, { kind: "toString", id: ID }, { kind: 1, id: 2 }])(
    "that is malformed (%j) still shows a notification",
    (data) => expect(readMessage(data)).toEqual({ kind: "other", id: "" }),
  );

  test("of a call for help vibrates longest and stays until it is seen", () => {
    const [sos, urge] = ["sos", "urge"].map((kind) => notificationOf({ kind, id: ID }, "en").options);
    expect(sos!.vibrate.length).toBeGreaterThan(urge!.vibrate.length);
    expect([sos!.requireInteraction, urge!.requireInteraction]).toEqual([true, false]);
  });

  test("opens the task, or the list with the offer", () => {
    expect(["offer", "urge", "deadline", "sos"].map((kind) => pageOf({ kind, id: ID }))).toEqual([
      "#/",
      `#/task/${ID}`,
      `#/task/${ID}`,
      "#/",
    ]);
    expect(pageOf({ kind: "urge", id: "../x" })).toBe("#/task/..%2Fx");
  });
});

test("texts of the page are in both languages", () => {
  for (const [zh, en] of Object.values(ALERT_TEXTS)) {
    expect(zh).toMatch(/\p{Script=Han}/u);
    expect(en).not.toMatch(/\p{Script=Han}/u);
  }
});
