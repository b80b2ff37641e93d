// A household to tell a notice at the door: the text in a language of the household, and a button for each result.
import { useState } from "preact/hooks";
import { useStoredValue } from "../hooks/use-stored-value";
import { useTranslation } from "../hooks/use-translation";
import { enqueueOperations } from "../operations";
import { languagesOf, RESULTS, type Result, shownLanguage, type TellTask } from "../to-tell";
import { ActionButton } from "../ui/action-button";
import { NoticeFiles } from "./notice-files";

/** The language that each household was last told in. Kept on the phone until the worker signs out. */
const LANGUAGES_KEY = "tell_languages";

export function Tell(props: { task: TellTask; name: string }) {
  const t = useTranslation();
  const { notice, home } = props.task;
  const [languages, setLanguages] = useStoredValue<Record<string, string>>(LANGUAGES_KEY, {});
  const [trouble, setTrouble] = useState("");
  const language = shownLanguage(notice.texts, [languages[home.id], t.language === "en" ? "en" : "zh"]);
  const words = notice.texts[language] ?? { title: "", text: "" };
  const record = (state: Result) =>
    enqueueOperations({
      entity: "notice_receipt",
      op: "create",
      patch: { notice_id: notice.id, household_id: home.id, state },
    });
  return (
    <>
      <p class="facts">
        <b lang={language} dir="auto">
          {words.title}
        </b>
        <span>{t("tell_until", { at: t.time(notice.valid_until) })}</span>
      </p>
      <details>
        <summary>{t("tell_text")}</summary>
        {languagesOf(notice.texts).length > 1 && (
          <label>
            {t("tell_language")}
            <select
              value={language}
              onChange={(e) => setLanguages({ ...languages, [home.id]: e.currentTarget.value })}
              data-testid="tell-language"
            >
              {languagesOf(notice.texts).map((code) => (
                <option key={code} value={code}>
                  {nameOfLanguage(code)}
                </option>
              ))}
            </select>
          </label>
        )}
        <p class="words" lang={language} dir="auto" data-testid="tell-words">
          {words.text}
        </p>
      </details>
      <NoticeFiles files={notice.files} onError={setTrouble} />
      {trouble && (
        <p class="bad" role="alert" data-testid="tell-trouble">
          {trouble}
        </p>
      )}
      <div class="steps pairs" role="group" aria-label={props.name}>
        {RESULTS.map((state) => (
          <ActionButton key={state} onPress={() => record(state)} data-testid={`result-${state}`}>
            {t(`tell_${state}`)}
          </ActionButton>
        ))}
      </div>
    </>
  );
}

/** Return the name of a language in this language itself. */
function nameOfLanguage(code: string): string {
  try {
    return new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}
