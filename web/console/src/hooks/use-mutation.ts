// One write to the API at a time, with its state: running, failed or done.
import { useRef, useState } from "preact/hooks";
import { NoAnswer, TryLater } from "../../../src/api/http";
import { newIdempotencyKey } from "../session";

export type Mutation = {
  /** While true, the button is disabled. */
  isBusy: boolean;
  /** The error of the last request, for `MutationStatus`. */
  error: unknown;
  isDone: boolean;
  /**
   * Run a request and return true if it succeeded. Returns false without running it while another one runs. `key`: its
   * Idempotency-Key.
   */
  run: (act: (key: string) => Promise<unknown>) => Promise<boolean>;
  /** Reset the state, for another form or row. */
  clear: () => void;
};

type MutationState = Pick<Mutation, "isBusy" | "error" | "isDone">;
const IDLE: MutationState = { isBusy: false, error: null, isDone: false };

export function useMutation(): Mutation {
  const [state, setState] = useState<MutationState>(IDLE);
  const isRunning = useRef(false); // a second click comes before the next render
  const key = useRef<string | null>(null);
  const run = async (request: (key: string) => Promise<unknown>): Promise<boolean> => {
    if (isRunning.current) return false;
    isRunning.current = true;
    setState({ ...IDLE, isBusy: true });
    // The server stores a refusal under its key too. The key is reused only after an error that leaves the outcome unknown.
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
