// One act of a form or a button: it runs once at a time, and its page tells that it runs, what kept it from being done, or that it is done.
import { useRef, useState } from "preact/hooks";
import { NoAnswer, TryLater } from "../../../src/api/http";
import { newIdempotencyKey } from "../session";

export type Mutation = {
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

type MutationState = Pick<Mutation, "isBusy" | "error" | "isDone">;
const IDLE: MutationState = { isBusy: false, error: null, isDone: false };

export function useMutation(): Mutation {
  const [state, setState] = useState<MutationState>(IDLE);
  const isRunning = useRef(false); // a second click comes before the page is drawn anew
  const key = useRef<string | null>(null);
  const run = async (request: (key: string) => Promise<unknown>): Promise<boolean> => {
    if (isRunning.current) return false;
    isRunning.current = true;
    setState({ ...IDLE, isBusy: true });
    // The server keeps a refusal under its key as well: only what may have been done without our hearing of it is sent as the same act.
    let isUnknown = false;
    try {
      await request((key.current ??= newIdempotencyKey()));
      setState({ ...IDLE, isDone: true });
      return true;
    } catch (error) {
      isUnknown = error instanceof NoAnswer || error instanceof TryLater;
      setState({ ...IDLE, error });
      return false;
    } finally {
      if (!isUnknown) key.current = null;
      isRunning.current = false;
    }
  };
  const clear = () => {
    key.current = null;
    setState(IDLE);
  };
  return { ...state, run, clear };
}
