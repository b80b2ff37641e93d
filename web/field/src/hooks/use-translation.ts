// Texts, names and times in the worker's language.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import {
  formatDay,
  formatList,
  formatSince,
  formatTime,
  type Language,
  localizedName,
  type Name,
  type Values,
} from "../../../src/i18n";
import { api, store } from "../client";
import { type TextKey, translate } from "../words";
import { WorkerStateContext } from "./use-worker-state";

export const LanguageContext = createContext<Language>("zh-CN");

/** `t("key")`, `t.named(category.name)`, `t.time(instant)`, `t.since(instant)` and `t.day(day)` in the worker's language, in the time zone of the city. */
export function useTranslation() {
  const language = useContext(LanguageContext);
  const zone = useContext(WorkerStateContext)?.zone;
  return Object.assign((key: TextKey, values?: Values) => translate(language, key, values), {
    language,
    named: (name: Name | undefined) => localizedName(language, name),
    time: (at: string | number) => formatTime(language, at, zone),
    since: (at: string | number) => formatSince(language, at, zone),
    day: (day: string) => formatDay(language, day),
    list: (texts: readonly string[]) => formatList(language, texts),
  });
}

export async function chooseLanguage(language: Language): Promise<void> {
  api.language = language;
  document.documentElement.lang = language;
  await store.writeValue("language", language);
}
