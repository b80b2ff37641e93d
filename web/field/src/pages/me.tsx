// Duty, emergency call, figures, language and sign-out.
import { useEffect, useState } from "preact/hooks";
import type { Schemas } from "../../../src/api/http";
import { api, callApi } from "../client";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { enqueueOperations } from "../operations";
import { ActionButton } from "../ui/action-button";
import { Card } from "../ui/card";
import { EmergencyCall } from "../ui/emergency-call";
import { LanguageButtons } from "../ui/language-buttons";
import { SignOutButton } from "../ui/sign-out";
import { Title } from "../ui/title";
import { TrackingExplanation } from "../ui/tracking-status";
import type { Language } from "../words";

export function MePage(props: { onLanguage: (language: Language) => void }) {
  const t = useTranslation();
  const workerState = useWorkerState();
  return (
    <>
      <Title text={t("me")}>{workerState.name}</Title>
      <Card>
        <p class="facts">
          <b>{t(workerState.duty.on ? "on_duty" : "off_duty")}</b>
          {workerState.duty.since && <span>{t.time(workerState.duty.since)}</span>}
        </p>
        <TrackingExplanation />
        {workerState.isWorker ? (
          <ActionButton
            class={workerState.duty.on ? "" : "main"}
            onPress={() => enqueueOperations({ entity: "duty", op: workerState.duty.on ? "end" : "start" })}
            data-testid="turn-duty"
          >
            {t(workerState.duty.on ? "end_duty" : "start_duty")}
          </ActionButton>
        ) : (
          <p>{t("nobody_here")}</p>
        )}
      </Card>
      <PasswordResetNotice />
      <EmergencyCall />
      {workerState.isWorker && (
        <a href="#/figures" class="button" data-testid="to-figures">
          {t("figures")}
        </a>
      )}
      <LanguageButtons onLanguage={props.onLanguage} />
      <SignOutButton />
    </>
  );
}

/** Tells that somebody else set a new password for this account. Empty while the server cannot be reached. */
function PasswordResetNotice() {
  const t = useTranslation();
  const [reset, setReset] = useState<Schemas["MeOut"]["password_reset"]>(null);
  useEffect(() => {
    callApi(() => api.client.GET("/api/v1/me")).then(
      (me) => setReset(me.password_reset),
      () => setReset(null),
    );
  }, []);
  if (!reset) return null;
  return (
    <p class="note" data-testid="password-reset">
      {t("password_reset", { at: t.time(reset.at), by: reset.by?.name ?? t("the_operator") })}
    </p>
  );
}
