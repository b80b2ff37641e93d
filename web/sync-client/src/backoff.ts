// Pauses between attempts (docs/reference/mobile.md, Trying again).
import { TryLater } from "./errors.js";

const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 300_000;

export class Backoff {
  private pauseMs = FIRST_PAUSE_MS;

  /** Begin again with the shortest pause. */
  reset(): void {
    this.pauseMs = FIRST_PAUSE_MS;
  }

  /** Return how long to wait after this failure, in ms: a random time that grows, or what the server wants if that is longer. */
  next(failure: unknown): number {
    const wait = Math.max(
      failure instanceof TryLater ? (failure.seconds ?? 0) * 1000 : 0,
      this.pauseMs * (0.5 + Math.random() / 2),
    );
    this.pauseMs = Math.min(this.pauseMs * 2, MAX_PAUSE_MS);
    return wait;
  }
}
