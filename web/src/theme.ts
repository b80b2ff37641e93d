// The theme of the pages: light, dark or as the device. The choice is kept on this device, for both front ends.
// early-theme.js sets it on the document; the colours are in tokens.css.

export const THEMES = ["device", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** Name in the storage, and of the event of a new choice. early-theme.js has the same. */
const NAME = "gridward-theme";

export function chosenTheme(): Theme {
  const choice = localStorage.getItem(NAME);
  return choice === "light" || choice === "dark" ? choice : "device";
}

export function chooseTheme(theme: Theme): void {
  if (theme === "device") localStorage.removeItem(NAME);
  else localStorage.setItem(NAME, theme);
  dispatchEvent(new Event(NAME));
}

/** Return the value of a token of tokens.css, such as `--ink`, as it is shown now: for a canvas or a map. */
export function colourOf(token: `--${string}`): string {
  return getComputedStyle(document.documentElement).getPropertyValue(token).trim();
}

/** Call `draw` after each change of the shown theme, before the next paint. Return a function that ends this. */
export function onThemeChange(draw: () => void): () => void {
  const observer = new MutationObserver(draw);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
}
