// A one-time password, displayed once.
import { useState } from "preact/hooks";
import { useWords } from "../hooks/use-translation";

/** Kept nowhere but on this page, until it is put away or the page is left. */
export function OneTime(props: { password: string }) {
  const t = useWords();
  const [isAway, setAway] = useState(false);
  const [isCopied, setCopied] = useState(false);
  if (isAway) return null;
  return (
    <div class="order" role="status" data-testid="one-time">
      <p>{t("one_time")}</p>
      <p><code class="secret" data-testid="password">{props.password}</code></p>
      <span class="buttons">
        {navigator.clipboard && (
          <button type="button" onClick={() => void navigator.clipboard.writeText(props.password).then(() => setCopied(true), () => undefined)}>
            {t(isCopied ? "copied" : "copy")}
          </button>
        )}
        <button type="button" onClick={() => setAway(true)}>{t("put_away")}</button>
      </span>
    </div>
  );
}
