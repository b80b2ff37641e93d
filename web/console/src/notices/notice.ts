// What the pages of notices share.
import type { Language } from "../../../src/i18n";
import type { Schemas } from "../session";

export type Notice = Schemas["NoticeOut"];
type Texts = Notice["texts"];

/** Return the languages of a notice: the reader's first, then Chinese or English, then the others. */
export function languagesFor(texts: Texts, reader: Language): string[] {
  const order = reader === "en" ? ["en", "zh"] : ["zh", "en"];
  return [...new Set([...order, ...Object.keys(texts)])].filter((code) => texts[code]);
}

/** Return the text of a notice in the reader's language, else in the other one, else in any. */
export function textFor(texts: Texts, reader: Language): Schemas["NoticeText"] {
  return texts[languagesFor(texts, reader)[0] ?? ""] ?? { title: "", text: "" };
}

/** Return the name of a language code such as "ja" in the reader's language. */
export function languageName(code: string, reader: Language): string {
  try {
    return new Intl.DisplayNames([reader], { type: "language" }).of(code) ?? code;
  } catch {
    return code; // not a code that this browser can parse
  }
}
