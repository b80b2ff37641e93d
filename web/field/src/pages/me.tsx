// Duty, help, the way to what is counted of her, language, and signing out.
import { useEffect, useState } from "preact/hooks";
import { type Schemas } from "../../../src/api/http";
import { api, callApi } from "../client";
import { useWords } from "../hooks/use-translation";
import { useWork } from "../hooks/use-worker-state";
import { act } from "../operations";
import { Act } from "../ui/action-button";
import { Card } from "../ui/card";
import { Help } from "../ui/emergency-call";
import { Languages } from "../ui/language-buttons";
import { Leave } from "../ui/sign-out";
import { Title } from "../ui/title";
import { Explained } from "../ui/tracking-status";
import type { Language } from "../words";

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
    callApi(() => api.client.GET("/api/v1/me")).then((me) => setReset(me.password_reset), () => setReset(null));
  }, []);
  if (!reset) return null;
  return <p class="note" data-testid="password-reset">{t("password_reset", { at: t.time(reset.at), by: reset.by?.name ?? t("the_operator") })}</p>;
}
