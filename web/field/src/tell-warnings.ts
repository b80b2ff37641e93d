// What the server told of results at doors: somebody else was there before, or the notice had ended. Kept until it was read.
import type { QueuedOperation } from "../../sync-client/src/index";

export const TELL_WARNINGS_KEY = "tell_warnings";
const MOST = 50;
/** `message`: as the server wrote it, in the language of the worker. */
export type TellWarning = { opId: string; household: string; message: string; at: string };

type Answer = { warnings?: { code: string; message: string }[] };

/** Return the kept warnings with those of an answered operation added, the newest first. */
export function withWarnings(
  earlier: TellWarning[],
  { op, op_id, answer }: QueuedOperation<unknown, Answer>,
): TellWarning[] {
  if (op.entity !== "notice_receipt" || !answer?.warnings?.length) return earlier;
  const added = answer.warnings.map((warning) => ({
    opId: op_id,
    household: String(op.patch?.["household_id"]),
    message: warning.message,
    at: op.client_at,
  }));
  return [...added, ...earlier].slice(0, MOST);
}
