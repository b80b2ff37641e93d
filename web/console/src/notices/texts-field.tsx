// Title and text of a notice by language: Chinese, English and whatever languages are added.
import { useState } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { languageName, type Notice } from "./notice";

type Texts = Notice["texts"];
const LANGUAGES_MAX = 10;
const TITLE_MAX = 120;
const TEXT_MAX = 4_000;
const MAIN_LANGUAGES = ["zh", "en"];
const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/;

export const isWritten = (text: Schemas["NoticeText"] | undefined): boolean =>
  !!text && (text.title.trim() !== "" || text.text.trim() !== "");

export function TextsField(props: { texts: Texts; onChange: (texts: Texts) => void }) {
  const t = useTranslation();
  const { texts, onChange } = props;
  const own = t.language === "en" ? "en" : "zh";
  const isNoneWritten = !MAIN_LANGUAGES.some((code) => isWritten(texts[code]));
  const drop = (code: string) => onChange(Object.fromEntries(Object.entries(texts).filter(([name]) => name !== code)));
  return (
    <fieldset>
      <legend>{t("notice_texts")}</legend>
      <p class="quiet">{t("one_text_needed")}</p>
      {Object.entries(texts).map(([code, text]) => (
        <fieldset key={code} data-testid={`text-${code}`}>
          <legend>{t("notice_in", { language: languageName(code, t.language) })}</legend>
          <label>
            {t("notice_title")}
            <input
              lang={code}
              maxLength={TITLE_MAX}
              value={text.title}
              required={isWritten(text) || (isNoneWritten && code === own)}
              onInput={(event) => onChange({ ...texts, [code]: { ...text, title: event.currentTarget.value } })}
            />
          </label>
          <label>
            {t("notice_text")}
            <textarea
              lang={code}
              rows={4}
              maxLength={TEXT_MAX}
              value={text.text}
              required={isWritten(text) || (isNoneWritten && code === own)}
              onInput={(event) => onChange({ ...texts, [code]: { ...text, text: event.currentTarget.value } })}
            />
          </label>
          {!MAIN_LANGUAGES.includes(code) && (
            <button type="button" class="small" onClick={() => drop(code)}>
              {t("drop_language")}
              <span class="unseen">: {languageName(code, t.language)}</span>
            </button>
          )}
        </fieldset>
      ))}
      {Object.keys(texts).length < LANGUAGES_MAX && (
        <LanguageAdder onAdd={(code) => !texts[code] && onChange({ ...texts, [code]: { title: "", text: "" } })} />
      )}
    </fieldset>
  );
}

function LanguageAdder(props: { onAdd: (code: string) => void }) {
  const t = useTranslation();
  const [code, setCode] = useState("");
  const isCode = LANGUAGE.test(code);
  return (
    <p class="buttons">
      <label>
        {t("other_language")}
        <input value={code} maxLength={12} onInput={(event) => setCode(event.currentTarget.value.trim())} />
      </label>
      <button
        type="button"
        disabled={!isCode}
        onClick={() => (props.onAdd(code), setCode(""))}
        data-testid="add-language"
      >
        {t("add_language")}
      </button>
    </p>
  );
}
