// Texts, names and times in the worker's language.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { api, store } from "../client";
import { formatTime, type Language, localizedName, type Name, type TextKey, translate } from "../words";
import { WorkerStateContext } from "./use-worker-state";

export const LanguageContext = createContext<Language>("zh-CN");

/** `t("key")`, `t.named(category.name)` and `t.time(instant)` in the worker's language, in the time zone of the city. */
export function useTranslation() {
  const language = useContext(LanguageContext);
  const zone = useContext(WorkerStateContext)?.zone;
  return Object.assign((key: TextKey, values?: Record<string, string | number>) => translate(language, key, values), {
    language,
    named: (name: Name | undefined) => localizedName(language, name),
    time: (at: string | number) => formatTime(language, at, zone),
  });
}

export async function chooseLanguage(language: Language): Promise<void> {
  api.language = language;
  document.documentElement.lang = language;
  await store.writeValue("language", language);
}
