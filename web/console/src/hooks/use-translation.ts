// Texts, names, codes, times and durations in the reader's language.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import {
  formatDateTime,
  formatDuration,
  interpolate,
  type Language,
  localizedName,
  type Name,
  type Pairs,
  pick,
} from "../../../src/i18n";
import { type TextKey, WORDS } from "../words";
import { useZone } from "./use-me";

export const LanguageContext = createContext<Language>("zh-CN");

/** `t("key")`, and names, codes, instants and durations in the reader's language. */
export function useTranslation() {
  const language = useContext(LanguageContext);
  const zone = useZone();
  return Object.assign(
    (key: TextKey, values?: Record<string, string | number>) => interpolate(pick(language, WORDS[key]), values),
    {
      language,
      named: (name: Name | null | undefined) => localizedName(language, name),
      code: (pairs: Pairs, code: string | null | undefined) =>
        code ? (pairs[code] ? pick(language, pairs[code]) : code) : "",
      at: (instant: string | number | null | undefined) => (instant ? formatDateTime(language, instant, zone) : ""),
      span: (seconds: number) => formatDuration(language, seconds),
    },
  );
}
