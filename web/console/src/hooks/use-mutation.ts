// One act of a form or a button: it runs once at a time, and its page tells that it runs, what kept it from being done, or that it is done.
import { useRef, useState } from "preact/hooks";
import { NoAnswer, TryLater } from "../../../src/api/http";
import { actKey } from "../session";

export type Doing = {
  /** Its button is disabled meanwhile. */
  isBusy: boolean;
  /** Why it was not done: for `Told`, which says it in words. */
  error: unknown;
  isDone: boolean;
  /** Whether it was done; false also while the act before it is under way, which is not sent again. `key` is its Idempotency-Key. */
  run: (act: (key: string) => Promise<unknown>) => Promise<boolean>;
  /** Nothing was tried: another form, another row. */
  clear: () => void;
};

type State = Pick<Doing, "isBusy" | "error" | "isDone">;
const NOTHING: State = { isBusy: false, error: null, isDone: false };

export function useDoing(): Doing {
  const [state, setState] = useState<State>(NOTHING);
  const isRunning = useRef(false); // a second click comes before the page is drawn anew
  const key = useRef<string | null>(null);
  const run = async (act: (key: string) => Promise<unknown>): Promise<boolean> => {
    if (isRunning.current) return false;
    isRunning.current = true;
    setState({ ...NOTHING, isBusy: true });
    // The server keeps a refusal under its key as well: only what may have been done without our hearing of it is sent as the same act.
    let isUnknown = false;
    try {
      await act((key.current ??= actKey()));
      setState({ ...NOTHING, isDone: true });
      return true;
    } catch (error) {
      isUnknown = error instanceof NoAnswer || error instanceof TryLater;
      setState({ ...NOTHING, error });
      return false;
    } finally {
      if (!isUnknown) key.current = null;
      isRunning.current = false;
    }
  };
  const clear = () => {
    key.current = null;
    setState(NOTHING);
  };
  return { ...state, run, clear };
}
