// Duty, help, the way to what is counted of her, language, and signing out.
import { useState } from "preact/hooks";
import { NoAnswer } from "../../../src/api/http";
import { Act } from "../acting";
import { act, signOut, UnsentWork } from "../device";
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
      <Help />
      {work.isWorker && <a href="#/figures" class="button" data-testid="to-figures">{t("figures")}</a>}
      <Languages onLanguage={props.onLanguage} />
      <Leave />
    </>
  );
}

function Leave() {
  const t = useWords();
  const [trouble, setTrouble] = useState("");
  const [mayLose, setMayLose] = useState(false);
  const leave = async (discard: boolean) => {
    setTrouble("");
    try {
      await signOut(discard);
    } catch (error) {
      if (error instanceof UnsentWork || error instanceof NoAnswer) setMayLose(true);
      setTrouble(error instanceof UnsentWork ? t("sign_out_lose") : error instanceof NoAnswer ? t("no_network") : (error as Error).message);
    }
  };
  return (
    <>
      {trouble && <p class="bad" role="alert">{trouble}</p>}
      <button class={mayLose ? "danger" : "plain"} onClick={() => void leave(mayLose)} data-testid="sign-out">{t("sign_out")}</button>
    </>
  );
}
