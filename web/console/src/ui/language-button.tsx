// The button that switches the language.
import type { Language } from "../../../src/i18n";
import { useTranslation } from "../hooks/use-translation";

export function LanguageButton(props: { onLanguage: (language: Language) => void }) {
  const t = useTranslation();
  const other: Language = t.language === "en" ? "zh-CN" : "en";
  return (
    <button type="button" class="plain" lang={other} onClick={() => props.onLanguage(other)} data-testid="language">
      {other === "en" ? "English" : "中文"}
    </button>
  );
}
