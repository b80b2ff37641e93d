import { useTranslation } from "../hooks/use-translation";
import type { Language } from "../words";

const NAMES: Record<Language, string> = { "zh-CN": "中文", en: "English" };

export function LanguageButtons(props: { onLanguage: (language: Language) => void }) {
  const t = useTranslation();
  return (
    <div class="languages" role="group" aria-label={t("language")}>
      {(Object.keys(NAMES) as Language[]).map((language) => (
        <button
          type="button"
          key={language}
          lang={language}
          aria-pressed={t.language === language}
          onClick={() => props.onLanguage(language)}
        >
          {NAMES[language]}
        </button>
      ))}
    </div>
  );
}
