// What a page says about a request that failed: in words, never the code of an error.
import { NoAnswer, TryLater } from "../../src/api/http";
import type { useTranslation } from "./hooks/use-translation";
import type { TextKey } from "./words";

/** Return the text for an error of a request. `offline`: the text without an answer; `wait`: the text that names the minutes to wait. */
export function failureText(
  t: ReturnType<typeof useTranslation>,
  error: unknown,
  texts: { offline?: TextKey; wait?: TextKey } = {},
): string {
  if (error instanceof NoAnswer) return t(texts.offline ?? "no_network");
  // The message of this error is a code. A pause of seconds is "in a moment".
  if (error instanceof TryLater)
    return error.seconds === null || error.seconds < 60
      ? t("later_here")
      : t(texts.wait ?? "wait_minutes", { n: Math.ceil(error.seconds / 60) });
  return (error as Error).message;
}
