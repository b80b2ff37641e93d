// The choice between light and dark, kept on this device.
import { useState } from "preact/hooks";
import { chooseTheme, chosenTheme, type Theme, THEMES } from "../../../src/theme";
import { useTranslation } from "../hooks/use-translation";

export function ThemeSelect() {
  const t = useTranslation();
  const [theme, setTheme] = useState(chosenTheme);
  const choose = (choice: Theme) => {
    chooseTheme(choice);
    setTheme(choice);
  };
  return (
    <label class="inline">
      {t("theme")}
      <select value={theme} onChange={(event) => choose(event.currentTarget.value as Theme)} data-testid="choose-theme">
        {THEMES.map((choice) => (
          <option key={choice} value={choice}>
            {t(`theme_${choice}`)}
          </option>
        ))}
      </select>
    </label>
  );
}
