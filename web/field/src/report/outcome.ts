// Whether a report is still on the phone, was sent, or was not accepted. Pure.
import type { WorkerState } from "../worker-state";

export type Outcome = "kept" | "sent" | "failed";

/**
 * Return the outcome of the report `id`: it is kept until its operation and its photos were sent. `wasWaiting`: it was in the
 * queue before; the state may be read from the store a moment after the report was put there.
 */
export function outcomeOf(
  state: Pick<WorkerState, "waiting" | "dead" | "photos" | "cases">,
  id: string,
  wasWaiting: boolean,
): Outcome {
  if (state.dead.some((letter) => letter.op.id === id)) return "failed";
  const photos = state.photos.filter((photo) => photo.incident === id);
  if (photos.some((photo) => photo.refused !== null)) return "failed";
  const isWaiting = photos.length > 0 || state.waiting.some(({ op }) => op.id === id);
  const isStored = wasWaiting || (state.cases.get(id)?.status ?? "unsent") !== "unsent";
  return isStored && !isWaiting ? "sent" : "kept";
}
