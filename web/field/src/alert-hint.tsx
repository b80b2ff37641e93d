// Says on the list of tasks that the phone gives no alerts, so that offers are seen only while the app is open. Loaded after the list.
import { useEffect, useState } from "preact/hooks";
import { pick } from "../../src/i18n";
import { type AlertState, readAlertState } from "./alert-subscription";
import { useStoredValue } from "./hooks/use-stored-value";
import { useTranslation } from "./hooks/use-translation";
import { Card } from "./ui/card";
import { HINT_TEXTS } from "./words/alerts";

export default function AlertHint() {
  const t = useTranslation();
  const [state, setState] = useState<AlertState | null>(null);
  const [hiddenFor, setHiddenFor, isRead] = useStoredValue<AlertState | null>("alert_hint_hidden", null);
  useEffect(() => void readAlertState().then(setState), []);
  // The worker hides one state; another one, such as a permission that was withdrawn, is told again.
  if (state === null || state === "on" || !isRead || hiddenFor === state) return null;
  return (
    <Card tone="warn" testid="alert-hint">
      <p data-state={state}>{pick(t.language, HINT_TEXTS[state])}</p>
      <div class="two">
        <button onClick={() => setHiddenFor(state)} data-testid="alert-hint-hide">
          {pick(t.language, HINT_TEXTS.hide)}
        </button>
        {state !== "missing" && (
          <a class="button" href="#/me">
            {pick(t.language, HINT_TEXTS.to_alerts)}
          </a>
        )}
      </div>
    </Card>
  );
}
