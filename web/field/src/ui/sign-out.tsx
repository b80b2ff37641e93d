// Signing out, with a warning about work that would be lost.
import { useState } from "preact/hooks";
import { NoAnswer, TryLater } from "../../../src/api/http";
import { useTranslation } from "../hooks/use-translation";
import { signOut, UnsentWork } from "../session";
import type { UnsentCounts } from "../store";

/** Signs out. Work that would be lost is listed first; pressing again discards it. */
export function SignOutButton() {
  const t = useTranslation();
  const [trouble, setTrouble] = useState("");
  const [stake, setStake] = useState<UnsentCounts | null>(null);
  const leave = async (discard: boolean) => {
    setTrouble("");
    setStake(null);
    try {
      await signOut(discard);
    } catch (error) {
      if (error instanceof UnsentWork) setStake(error.stake);
      else setTrouble(error instanceof NoAnswer ? t("no_network") : error instanceof TryLater ? t("later") : (error as Error).message);
    }
  };
  return (
    <>
      {trouble && <p class="bad" role="alert">{trouble}</p>}
      {stake && <p class="bad" role="alert" data-testid="would-lose">{unsentWorkText(t, stake)} {t("leave_lose")}</p>}
      <button class={stake ? "danger" : "plain"} onClick={() => void leave(stake !== null)} data-testid="sign-out">{t(stake ? "leave_sure" : "sign_out")}</button>
    </>
  );
}

/** Return a text that lists the work that exists only on this phone. */
export const unsentWorkText = (t: ReturnType<typeof useTranslation>, stake: UnsentCounts) => (["unsent", "refused", "dead"] as const).filter((kind) => stake[kind] > 0).map((kind) => t(`stake_${kind}`, { n: stake[kind] })).join(" ");
