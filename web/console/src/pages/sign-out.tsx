// Signing out, until the server has heard it: only the server can take the cookie that would let the next person at this desk in.
import { useEffect, useRef, useState } from "preact/hooks";
import { useWords } from "../hooks/use-translation";
import { inWords, pauseAfter, signOut } from "../session";

const PAUSE_MS = 10_000;

export function Leaving(props: { onLeft: () => void; onStay: () => void }) {
  const t = useWords();
  const [error, setError] = useState<unknown>(null);
  const [isTrying, setTrying] = useState(true);
  const again = useRef(() => {});
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    let isGone = false;
    let timer = 0;
    let isAsking = false;
    const ask = () => {
      clearTimeout(timer);
      if (isGone || isAsking) return;
      isAsking = true;
      setTrying(true);
      const ended = () => {
        isAsking = false;
        if (!isGone) setTrying(false);
      };
      signOut().then(
        () => {
          ended();
          if (!isGone) props.onLeft();
        },
        (trouble: unknown) => {
          ended();
          if (isGone) return;
          setError(trouble);
          timer = window.setTimeout(ask, pauseAfter(trouble) ?? PAUSE_MS);
        },
      );
    };
    again.current = ask;
    heading.current?.focus();
    addEventListener("online", ask);
    ask();
    return () => {
      isGone = true;
      clearTimeout(timer);
      removeEventListener("online", ask);
    };
  }, []);
  useEffect(() => {
    document.title = `${t("leaving")} · ${t("app")}`;
  }, [t.language]);
  return (
    <main class="door" data-testid="leaving">
      <form onSubmit={(event) => (event.preventDefault(), again.current())}>
        <h1 ref={heading} tabIndex={-1}>{t("leaving")}</h1>
        {error !== null && (
          <div role="alert">
            <p class="trouble">{t("not_left")}</p>
            <p class="quiet">{inWords(error, t.language)}</p>
          </div>
        )}
        <p class="quiet" role="status">{isTrying ? t("leaving_now") : ""}</p>
        {error !== null && (
          <>
            <button class="main" disabled={isTrying}>{t("retry")}</button>
            <button type="button" class="plain" onClick={props.onStay}>{t("stay")}</button>
          </>
        )}
      </form>
    </main>
  );
}
