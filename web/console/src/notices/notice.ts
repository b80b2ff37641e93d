// What the pages of notices share.
import type { Language } from "../../../src/i18n";
import type { Schemas } from "../session";

export type Notice = Schemas["NoticeOut"];
type Texts = Notice["texts"];

/** Return the text of a notice in the reader's language, else in the other one, else in any. */
export function textFor(texts: Texts, language: Language): Schemas["NoticeText"] {
  const order = language === "en" ? ["en", "zh"] : ["zh", "en"];
  const found = [...order, ...Object.keys(texts)].find((code) => texts[code]);
  return texts[found ?? ""] ?? { title: "", text: "" };
}

/** Return the name of a language code such as "ja" in the reader's language. */
export function languageName(code: string, reader: Language): string {
  try {
    return new Intl.DisplayNames([reader], { type: "language" }).of(code) ?? code;
  } catch {
    return code; // not a code that this browser can parse
  }
}
