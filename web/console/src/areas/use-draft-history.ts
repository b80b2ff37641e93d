// The drawing with its earlier and later states, for undo and redo.
import { useState } from "preact/hooks";
import type { RedrawDraft } from "./topology";

/** `moving`: the corner that is being moved by keys; its consecutive moves are one step. */
export type History = { past: RedrawDraft[]; now: RedrawDraft; future: RedrawDraft[]; moving: number | null };

export function useDraftHistory(initial: History) {
  const [history, setHistory] = useState<History>(initial);
  const { past, future } = history;
  return {
    history,
    canUndo: past.length > 0,
    canRedo: future.length > 0,
    step: (next: RedrawDraft, moving: number | null = null) =>
      setHistory((then) => ({
        past: moving !== null && then.moving === moving ? then.past : [...then.past, then.now],
        now: next,
        future: [],
        moving,
      })),
    undo: () =>
      setHistory((then) =>
        then.past.length
          ? { past: then.past.slice(0, -1), now: then.past.at(-1)!, future: [then.now, ...then.future], moving: null }
          : { ...then, moving: null },
      ),
    redo: () =>
      setHistory((then) =>
        then.future.length
          ? { past: [...then.past, then.now], now: then.future[0]!, future: then.future.slice(1), moving: null }
          : { ...then, moving: null },
      ),
  };
}

/** Unsaved changes of a session that ended, for the same account; in memory only. */
let storedDraft: { accountId: string; parent: string; before: RedrawDraft; history: History } | null = null;

export function storeDraft(accountId: string, parent: string, before: RedrawDraft, history: History): void {
  storedDraft = { accountId, parent, before, history };
}

/** Return the stored changes; `isOutdated`: the areas have changed meanwhile, and the changes are lost. */
export function takeStoredDraft(
  accountId: string,
  parent: string,
  before: RedrawDraft,
): { history: History | null; isOutdated: boolean } {
  const draft = storedDraft?.accountId === accountId && storedDraft.parent === parent ? storedDraft : null;
  storedDraft = null;
  const isSame = JSON.stringify(draft?.before) === JSON.stringify(before);
  return { history: draft && isSame ? draft.history : null, isOutdated: draft !== null && !isSame };
}
