// Duty, emergency call, figures, language and sign-out.
import { liveQuery } from "dexie";
import { useEffect, useState } from "preact/hooks";
import type { Schemas } from "../../../src/api/http";
import { api, callApi } from "../client";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { type StoredMapInfo, storedMapInfo } from "../map-tiles";
import { Card } from "../ui/card";
import { DutyTurn } from "../ui/duty";
import { ClosedCall } from "../ui/emergency-call";
import { LanguageButtons } from "../ui/language-buttons";
import { lazyComponent } from "../ui/lazy-component";
import { PasswordForm } from "../ui/password-form";
import { SignOutButton } from "../ui/sign-out";
import { ThemeButtons } from "../ui/theme-buttons";
import { Title } from "../ui/title";
import { TrackingExplanation } from "../ui/tracking-status";
import type { Language } from "../words";

const Alerts = lazyComponent(() => import("../alerts").then((module) => module.default));

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
        {workerState.isWorker ? <DutyTurn testid="turn-duty" /> : <p>{t("nobody_here")}</p>}
      </Card>
      <PasswordResetNotice />
      <ClosedCall />
      <Alerts />
      {workerState.isWorker && (
        <a href="#/figures" class="button" data-testid="to-figures">
          {t("figures")}
        </a>
      )}
      <OwnPassword />
      <a href="#/sessions" class="button" data-testid="to-sessions">
        {t("sessions")}
      </a>
      <LanguageButtons onLanguage={props.onLanguage} />
      <ThemeButtons />
      <StoredMapNote />
      <SignOutButton />
    </>
  );
}

/** How much of the base map is on this phone. */
function StoredMapNote() {
  const t = useTranslation();
  const [info, setInfo] = useState<StoredMapInfo | null>(null);
  useEffect(() => {
    const watching = liveQuery(storedMapInfo).subscribe(setInfo);
    return () => watching.unsubscribe();
  }, []);
  if (!info?.tiles) return null;
  const megabytes = Math.max(0.1, info.bytes / 1_000_000).toFixed(1);
  return (
    <p class="quiet" data-testid="stored-base-map">
      {t("base_map_stored", { n: megabytes })}
    </p>
  );
}

/** The form for a new password, opened by a press. */
function OwnPassword() {
  const t = useTranslation();
  const [state, setState] = useState<"closed" | "open" | "changed">("closed");
  if (state === "open")
    return (
      <Card>
        <PasswordForm testid="own-password" onDone={() => setState("changed")} />
      </Card>
    );
  return (
    <>
      <button onClick={() => setState("open")} data-testid="open-password">
        {t("password_change")}
      </button>
      {state === "changed" && (
        <p class="done" role="status">
          ✓ {t("password_changed")}
        </p>
      )}
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
