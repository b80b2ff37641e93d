// A one-time password, displayed once.
import { useState } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";

/** The password is stored nowhere else; it is gone when it is hidden or the page is left. */
export function OneTimePassword(props: { password: string }) {
  const t = useTranslation();
  const [isHidden, setHidden] = useState(false);
  const [isCopied, setCopied] = useState(false);
  if (isHidden) return null;
  return (
    <div class="order" role="status" data-testid="one-time">
      <p>{t("one_time")}</p>
      <p>
        <code class="secret" data-testid="password">
          {props.password}
        </code>
      </p>
      <span class="buttons">
        {navigator.clipboard && (
          <button
            type="button"
            onClick={() =>
              void navigator.clipboard.writeText(props.password).then(
                () => setCopied(true),
                () => undefined,
              )
            }
          >
            {t(isCopied ? "copied" : "copy")}
          </button>
        )}
        <button type="button" onClick={() => setHidden(true)}>
          {t("put_away")}
        </button>
      </span>
    </div>
  );
}
