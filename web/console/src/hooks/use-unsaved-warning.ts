// What would be lost by leaving a page: asked about before it is, whichever way she leaves.
import { useEffect, useRef } from "preact/hooks";

let activeWarning: string | null = null;

/** Whether nothing is lost by leaving, or she has said that it may be. */
export function confirmLeave(): boolean {
  if (activeWarning !== null && !confirm(activeWarning)) return false;
  activeWarning = null;
  return true;
}

// Before any page's own listener, which would turn to the other page.
addEventListener("hashchange", (event: HashChangeEvent) => {
  if (confirmLeave()) return;
  event.stopImmediatePropagation();
  history.replaceState(null, "", event.oldURL);
});
addEventListener("beforeunload", (event) => {
  if (activeWarning !== null) event.preventDefault();
});

/** `asked`: what is to be asked before the page is left; null: nothing is unsaved. `keep` is called where the page goes unasked, as when a session ends. */
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
