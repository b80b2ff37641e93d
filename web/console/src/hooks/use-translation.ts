// Texts, names, codes, times and durations in the reader's language.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import {
  formatDateTime,
  formatDay,
  formatDuration,
  formatList,
  formatMonth,
  formatRelative,
  interpolate,
  type Language,
  localizedName,
  type Name,
  type Pairs,
  pick,
  type Values,
} from "../../../src/i18n";
import { type TextKey, WORDS } from "../words";
import { useZone } from "./use-me";

export const LanguageContext = createContext<Language>("zh-CN");

/** `t("key")`, and names, codes, instants, days, months, durations and lists in the reader's language. */
export function useTranslation() {
  const language = useContext(LanguageContext);
  const zone = useZone();
  return Object.assign((key: TextKey, values?: Values) => interpolate(language, pick(language, WORDS[key]), values), {
    language,
    named: (name: Name | null | undefined) => localizedName(language, name),
    code: (pairs: Pairs, code: string | null | undefined) =>
      code ? (pairs[code] ? pick(language, pairs[code]) : code) : "",
    at: (instant: string | number | null | undefined) => (instant ? formatDateTime(language, instant, zone) : ""),
    day: (day: string | null | undefined) => (day ? formatDay(language, day) : ""),
    month: (month: string) => formatMonth(language, month),
    span: (seconds: number) => formatDuration(language, seconds),
    ago: (seconds: number) => formatRelative(language, -seconds),
    /** An amount in a unit of deadlines: "4 work hours". */
    amount: (n: number | string | undefined, unit: string | null | undefined) => {
      const key = `amount_${unit}`;
      return key in WORDS
        ? interpolate(language, pick(language, WORDS[key as TextKey]), { n: n ?? "" })
        : `${n ?? ""} ${unit ?? ""}`.trim();
    },
    list: (texts: readonly string[]) => formatList(language, texts),
    alternatives: (texts: readonly string[]) => formatList(language, texts, "disjunction"),
  });
}
