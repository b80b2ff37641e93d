// What would be lost by leaving a page: asked about before it is, whichever way she leaves.
import { useEffect, useRef } from "preact/hooks";

let question: string | null = null;

/** Whether nothing is lost by leaving, or she has said that it may be. */
export function mayLeave(): boolean {
  if (question !== null && !confirm(question)) return false;
  question = null;
  return true;
}

// Before any page's own listener, which would turn to the other page.
addEventListener("hashchange", (event: HashChangeEvent) => {
  if (mayLeave()) return;
  event.stopImmediatePropagation();
  history.replaceState(null, "", event.oldURL);
});
addEventListener("beforeunload", (event) => {
  if (question !== null) event.preventDefault();
});

/** `asked`: what is to be asked before the page is left; null: nothing is unsaved. `keep` is called where the page goes unasked, as when a session ends. */
export function useUnsaved(asked: string | null, keep: () => void): void {
  const latest = useRef(keep);
  latest.current = keep;
  useEffect(() => {
    question = asked;
  }, [asked]);
  useEffect(
    () => () => {
      if (question !== null) latest.current();
      question = null;
    },
    [],
  );
}
