// Why an attempt to send something failed, in words.
import type { Pairs } from "../../../src/i18n";
import type { useTranslation } from "../hooks/use-translation";
import { DELIVERY_REASON } from "../words/machines";

/** Return the reason of a failure in words; `status 500` is an answer of the receiver. `others`: codes beside the usual ones. */
export function reasonText(
  t: ReturnType<typeof useTranslation>,
  reason: string | null | undefined,
  others: Pairs = {},
): string {
  const status = /^status (\d+)$/.exec(reason ?? "")?.[1];
  return status ? t("answered_status", { n: status }) : t.code({ ...DELIVERY_REASON, ...others }, reason);
}
