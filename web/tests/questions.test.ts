// Questions of a category and their answers.
import { describe, expect, test } from "vitest";
import { attributesOf, type Question, unanswered, wordsWithAnswers } from "../src/questions";

const QUESTIONS: Question[] = [
  {
    code: "FAULT",
    name: { zh: "路灯怎么了？", en: "What is wrong with the lamp?" },
    kind: "singlevaluelist",
    required: true,
    choices: [{ code: "dark", name: { zh: "不亮", en: "It is dark" } }],
  },
  { code: "SINCE", name: { zh: "从何时起？", en: "Since when?" }, kind: "datetime", required: false },
  {
    code: "WHERE",
    name: { zh: "在哪里？", en: "Where is it?" },
    kind: "multivaluelist",
    required: true,
    choices: [
      { code: "road", name: { zh: "车行道", en: "road" } },
      { code: "path", name: { zh: "人行道", en: "path" } },
    ],
  },
];
const ANSWERS = { FAULT: "dark", SINCE: "2026-11-29T21:00", WHERE: ["road", "path"], OTHER: "of another category" };
const toInstant = (local: string) => `${local}:00Z`;

describe("questions of a category", () => {
  test("that need an answer are named, also if it is blank or nothing is chosen", () => {
    expect(unanswered(QUESTIONS, {}).map(({ code }) => code)).toEqual(["FAULT", "WHERE"]);
    expect(unanswered(QUESTIONS, { FAULT: " ", WHERE: [] }).map(({ code }) => code)).toEqual(["FAULT", "WHERE"]);
    expect(unanswered(QUESTIONS, ANSWERS)).toEqual([]);
  });

  test("have answers that are attributes of the report, without those of another category", () => {
    expect(attributesOf(QUESTIONS, ANSWERS, toInstant)).toEqual({
      FAULT: "dark",
      SINCE: "2026-11-29T21:00:00Z",
      WHERE: ["road", "path"],
    });
    expect(attributesOf(QUESTIONS, { WHERE: [] }, toInstant)).toEqual({});
  });

  test("are lines of the words, in the language of the reader", () => {
    expect(wordsWithAnswers("en", "A lamp", QUESTIONS, ANSWERS)).toBe(
      "A lamp\nWhat is wrong with the lamp? It is dark\nSince when? 2026-11-29 21:00\nWhere is it? road and path",
    );
    expect(wordsWithAnswers("zh-CN", "", QUESTIONS, { FAULT: "dark" })).toBe("路灯怎么了？ 不亮");
  });

  test("are left out of the words where there is no room", () => {
    const words = "x".repeat(3_990);
    expect(wordsWithAnswers("en", words, QUESTIONS, ANSWERS)).toBe(words);
  });
});
