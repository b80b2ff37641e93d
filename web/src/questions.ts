// Questions of a category, and their answers in a report. The module of both front ends.
import { formatList, type Language, localizedName, type Name } from "./i18n";

export type Question = {
  code: string;
  name: Name;
  kind: "string" | "text" | "number" | "datetime" | "singlevaluelist" | "multivaluelist";
  required: boolean;
  hint?: Name;
  choices?: { code: string; name: Name }[];
};

/** Values as they are entered, by code of the question: one text, and several of a list of which some are chosen. */
export type Answers = Record<string, string | string[]>;

/** Largest length of an answer, and of the words of a report. */
export const ANSWER_MAX = 1_000;
const WORDS_MAX = 4_000;

const valuesOf = (answers: Answers, code: string): string[] =>
  [answers[code] ?? []]
    .flat()
    .map((value) => value.trim())
    .filter(Boolean);

/** Return the questions that need an answer and have none. */
export const unanswered = (questions: readonly Question[], answers: Answers): Question[] =>
  questions.filter(({ code, required }) => required && valuesOf(answers, code).length === 0);

/**
 * Return the answers as attributes of a report. Answers to questions of another category are left out.
 *
 * `toInstant` returns the instant of a local time such as "2026-11-29T21:00".
 */
export function attributesOf(
  questions: readonly Question[],
  answers: Answers,
  toInstant: (local: string) => string,
): Record<string, string | string[]> {
  return Object.fromEntries(
    questions.flatMap(({ code, kind }): [string, string | string[]][] => {
      const values = valuesOf(answers, code);
      if (!values.length) return [];
      if (kind === "multivaluelist") return [[code, values]];
      return [[code, kind === "datetime" ? toInstant(values[0]!) : values[0]!]];
    }),
  );
}

/**
 * Return the words of a report with a line for each answer, because whoever handles a case reads its words. Answers for which
 * there is no room are left out; the attributes have all of them.
 */
export function wordsWithAnswers(
  language: Language,
  words: string,
  questions: readonly Question[],
  answers: Answers,
): string {
  let result = words.trim();
  for (const { code, name, kind, choices } of questions) {
    const names = new Map(choices?.map((choice) => [choice.code, localizedName(language, choice.name)]));
    const given = valuesOf(answers, code).map((value) => names.get(value) ?? value);
    if (!given.length) continue;
    const answer = kind === "datetime" ? given[0]!.replace("T", " ") : formatList(language, given);
    const longer = `${result}\n${localizedName(language, name)} ${answer}`.trim();
    if (longer.length <= WORDS_MAX) result = longer;
  }
  return result;
}
