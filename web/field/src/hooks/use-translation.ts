// Texts, names and times in the worker's language.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { api, store } from "../client";
import { type Language, type Name, named, say, shortTime, type Word } from "../words";
import { WorkContext } from "./use-worker-state";

export const LanguageContext = createContext<Language>("zh-CN");

/** `t("word")`, `t.name(category.name)`, `t.time(instant)` in the worker's language, by the clocks of her city. */
export function useWords() {
  const language = useContext(LanguageContext);
  const zone = useContext(WorkContext)?.zone;
  return Object.assign((word: Word, values?: Record<string, string | number>) => say(language, word, values), {
    language,
    named: (name: Name | undefined) => named(language, name),
    time: (at: string | number) => shortTime(language, at, zone),
  });
}

export async function chooseLanguage(language: Language): Promise<void> {
  api.language = language;
  document.documentElement.lang = language;
  await store.keep("language", language);
}
