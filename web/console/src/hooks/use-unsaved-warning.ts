// A warning before a page with unsaved changes is left, by any way.
import { useEffect, useRef } from "preact/hooks";

let activeWarning: string | null = null;

/** Return true if nothing would be lost, or the user agrees to lose it. */
export function confirmLeave(): boolean {
  if (activeWarning !== null && !confirm(activeWarning)) return false;
  activeWarning = null;
  return true;
}

// Registered before the listeners of pages, which would open the other page.
addEventListener("hashchange", (event: HashChangeEvent) => {
  if (confirmLeave()) return;
  event.stopImmediatePropagation();
  history.replaceState(null, "", event.oldURL);
});
addEventListener("beforeunload", (event) => {
  if (activeWarning !== null) event.preventDefault();
});

/**
 * `warning`: the question to ask before the page is left; null if nothing is unsaved. `onLeave` is called if the page
 * is left without asking, as when a session ends.
 */
export function useUnsavedWarning(warning: string | null, onLeave: () => void): void {
  const latest = useRef(onLeave);
  latest.current = onLeave;
  useEffect(() => {
    activeWarning = warning;
  }, [warning]);
  useEffect(
    () => () => {
      if (activeWarning !== null) latest.current();
      activeWarning = null;
    },
    [],
  );
}
