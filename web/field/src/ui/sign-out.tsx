// Signing out, with a warning about work that would be lost.
import { useState } from "preact/hooks";
import { NoAnswer, TryLater } from "../../../src/api/http";
import { useWords } from "../hooks/use-translation";
import { signOut, UnsentWork } from "../session";
import type { Stake } from "../store";

/** Signing out: what would be lost is told first, and lost only if she presses again under these words. */
export function Leave() {
  const t = useWords();
  const [trouble, setTrouble] = useState("");
  const [stake, setStake] = useState<Stake | null>(null);
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
      {stake && <p class="bad" role="alert" data-testid="would-lose">{atStake(t, stake)} {t("leave_lose")}</p>}
      <button class={stake ? "danger" : "plain"} onClick={() => void leave(stake !== null)} data-testid="sign-out">{t(stake ? "leave_sure" : "sign_out")}</button>
    </>
  );
}

/** What is on this phone only, in words. */
export const atStake = (t: ReturnType<typeof useWords>, stake: Stake) => (["unsent", "refused", "dead"] as const).filter((some) => stake[some] > 0).map((some) => t(`stake_${some}`, { n: stake[some] })).join(" ");
