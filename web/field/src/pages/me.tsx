// Duty, help, the way to what is counted of her, language, and signing out.
import { useEffect, useState } from "preact/hooks";
import { NoAnswer, type Schemas, TryLater } from "../../../src/api/http";
import { Act } from "../acting";
import { act, api, call, signOut, UnsentWork } from "../device";
import type { Stake } from "../store";
import { Card, Title, useWords, useWork } from "../ui";
import type { Language } from "../words";
import { Help } from "./help";
import { Languages } from "./languages";
import { Explained } from "./tracked";

export function Me(props: { onLanguage: (language: Language) => void }) {
  const t = useWords();
  const work = useWork();
  return (
    <>
      <Title text={t("me")}>{work.name}</Title>
      <Card>
        <p class="facts">
          <b>{t(work.duty.on ? "on_duty" : "off_duty")}</b>
          {work.duty.since && <span>{t.time(work.duty.since)}</span>}
        </p>
        <Explained />
        {work.isWorker ? (
          <Act class={work.duty.on ? "" : "main"} doing={() => act({ entity: "duty", op: work.duty.on ? "end" : "start" })} data-testid="turn-duty">
            {t(work.duty.on ? "end_duty" : "start_duty")}
          </Act>
        ) : (
          <p>{t("nobody_here")}</p>
        )}
      </Card>
      <PasswordReset />
      <Help />
      {work.isWorker && <a href="#/figures" class="button" data-testid="to-figures">{t("figures")}</a>}
      <Languages onLanguage={props.onLanguage} />
      <Leave />
    </>
  );
}

/** Says that somebody else gave this account a new password; nothing while the server cannot be reached. */
function PasswordReset() {
  const t = useWords();
  const [reset, setReset] = useState<Schemas["MeOut"]["password_reset"]>(null);
  useEffect(() => {
    call(() => api.client.GET("/api/v1/me")).then((me) => setReset(me.password_reset), () => setReset(null));
  }, []);
  if (!reset) return null;
  return <p class="note" data-testid="password-reset">{t("password_reset", { at: t.time(reset.at), by: reset.by?.name ?? t("the_operator") })}</p>;
}

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
export const atStake = (t: ReturnType<typeof useWords>, stake: Stake) =>
  (["unsent", "refused", "dead"] as const).filter((some) => stake[some] > 0).map((some) => t(`stake_${some}`, { n: stake[some] })).join(" ");
