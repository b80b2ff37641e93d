// Signing out, repeated until the server confirms it: only the server can delete the cookie that would let the next person
// at this desk in.
import { useEffect, useRef, useState } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";
import { errorText, retryDelayMs, signOut } from "../session";

const PAUSE_MS = 10_000;

export function SignOutPage(props: { onSignedOut: () => void; onCancel: () => void }) {
  const t = useTranslation();
  const [error, setError] = useState<unknown>(null);
  const [isTrying, setTrying] = useState(true);
  const retry = useRef(() => {});
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    let isGone = false;
    let timer = 0;
    let isRunning = false;
    const attempt = () => {
      clearTimeout(timer);
      if (isGone || isRunning) return;
      isRunning = true;
      setTrying(true);
      const finish = () => {
        isRunning = false;
        if (!isGone) setTrying(false);
      };
      signOut().then(
        () => {
          finish();
          if (!isGone) props.onSignedOut();
        },
        (cause: unknown) => {
          finish();
          if (isGone) return;
          setError(cause);
          timer = window.setTimeout(attempt, retryDelayMs(cause) ?? PAUSE_MS);
        },
      );
    };
    retry.current = attempt;
    heading.current?.focus();
    addEventListener("online", attempt);
    attempt();
    return () => {
      isGone = true;
      clearTimeout(timer);
      removeEventListener("online", attempt);
    };
  }, []);
  useEffect(() => {
    document.title = `${t("leaving")} · ${t("app")}`;
  }, [t.language]);
  return (
    <main class="door" data-testid="leaving">
      <form onSubmit={(event) => (event.preventDefault(), retry.current())}>
        <h1 ref={heading} tabIndex={-1}>
          {t("leaving")}
        </h1>
        {error !== null && (
          <div role="alert">
            <p class="trouble">{t("not_left")}</p>
            <p class="quiet">{errorText(error, t.language)}</p>
          </div>
        )}
        <p class="quiet" role="status">
          {isTrying ? t("leaving_now") : ""}
        </p>
        {error !== null && (
          <>
            <button class="main" disabled={isTrying}>
              {t("retry")}
            </button>
            <button type="button" class="plain" onClick={props.onCancel}>
              {t("stay")}
            </button>
          </>
        )}
      </form>
    </main>
  );
}
