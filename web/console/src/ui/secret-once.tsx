// A secret that the server returns once and stores nowhere.
import { useState } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";

export function SecretOnce(props: { text: string; secret: string; onHide: () => void }) {
  const t = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard.writeText(props.secret).then(
      () => setCopied(true),
      () => undefined,
    );
  return (
    <div class="order" role="status" data-testid="secret-once">
      <p>{props.text}</p>
      <p>
        <code class="secret" data-testid="secret">
          {props.secret}
        </code>
      </p>
      <span class="buttons">
        {navigator.clipboard && (
          <button type="button" onClick={copy}>
            {t(isCopied ? "copied" : "copy")}
          </button>
        )}
        <button type="button" onClick={props.onHide} data-testid="hide-secret">
          {t("put_away")}
        </button>
      </span>
    </div>
  );
}
