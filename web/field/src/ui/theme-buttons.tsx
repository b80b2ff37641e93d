// The choice between light and dark, kept on this phone.
import { useState } from "preact/hooks";
import { chooseTheme, chosenTheme, type Theme, THEMES } from "../../../src/theme";
import { useTranslation } from "../hooks/use-translation";

export function ThemeButtons() {
  const t = useTranslation();
  const [theme, setTheme] = useState(chosenTheme);
  const choose = (choice: Theme) => {
    chooseTheme(choice);
    setTheme(choice);
  };
  return (
    <div class="themes" role="group" aria-label={t("theme")}>
      {THEMES.map((choice) => (
        <button
          type="button"
          key={choice}
          aria-pressed={theme === choice}
          onClick={() => choose(choice)}
          data-testid={`theme-${choice}`}
        >
          {t(`theme_${choice}`)}
        </button>
      ))}
    </div>
  );
}
