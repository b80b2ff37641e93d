// Texts, names, codes, times and durations in the reader's language.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { dayAndHour, filled, type Language, type Name, named, type Pairs, pick, span } from "../../../src/i18n";
import { type Word, WORDS } from "../words";
import { useZone } from "./use-me";

export const LanguageContext = createContext<Language>("zh-CN");

/** `t("word")`, and names, codes, instants and spans in the reader's language. */
export function useWords() {
  const language = useContext(LanguageContext);
  const zone = useZone();
  return Object.assign((word: Word, values?: Record<string, string | number>) => filled(pick(language, WORDS[word]), values), {
    language,
    named: (name: Name | null | undefined) => named(language, name),
    code: (pairs: Pairs, code: string | null | undefined) => (code ? (pairs[code] ? pick(language, pairs[code]) : code) : ""),
    at: (instant: string | number | null | undefined) => (instant ? dayAndHour(language, instant, zone) : ""),
    span: (seconds: number) => span(language, seconds),
  });
}
