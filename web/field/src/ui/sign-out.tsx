// Signing out, with a warning about work that would be lost.
import { useState } from "preact/hooks";
import { failureText } from "../failure-text";
import { useTranslation } from "../hooks/use-translation";
import { signOut, UnsentWork } from "../session";
import type { UnsentCounts } from "../store";

/** Signs out. Work that would be lost is listed first; pressing again discards it. */
export function SignOutButton() {
  const t = useTranslation();
  const [trouble, setTrouble] = useState("");
  const [unsent, setUnsent] = useState<UnsentCounts | null>(null);
  const leave = async (discard: boolean) => {
    setTrouble("");
    setUnsent(null);
    try {
      await signOut(discard);
    } catch (error) {
      if (error instanceof UnsentWork) setUnsent(error.counts);
      else setTrouble(failureText(t, error));
    }
  };
  return (
    <>
      {trouble && (
        <p class="bad" role="alert">
          {trouble}
        </p>
      )}
      {unsent && (
        <p class="bad" role="alert" data-testid="would-lose">
          {unsentWorkText(t, unsent)} {t("leave_lose")}
        </p>
      )}
      <button class={unsent ? "danger" : "plain"} onClick={() => void leave(unsent !== null)} data-testid="sign-out">
        {t(unsent ? "leave_sure" : "sign_out")}
      </button>
    </>
  );
}

/** Return a text that lists the work that exists only on this phone. */
export const unsentWorkText = (t: ReturnType<typeof useTranslation>, counts: UnsentCounts) =>
  (["unsent", "refused", "dead"] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind) => t(`stake_${kind}`, { n: counts[kind] }))
    .join(" ");
