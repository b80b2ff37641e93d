// Alerts by Web Push on the page Me: turn them on and off, and say why they cannot be. Loaded with that page only.
import { useEffect, useState } from "preact/hooks";
import { pick } from "../../src/i18n";
import { type AlertState, readAlertState, renewAlerts, turnAlertsOff, turnAlertsOn } from "./alert-subscription";
import { useTranslation } from "./hooks/use-translation";
import { ActionButton } from "./ui/action-button";
import { Card } from "./ui/card";
import { ALERT_TEXTS } from "./words/alerts";

export default function Alerts() {
  const t = useTranslation();
  const text = (key: keyof typeof ALERT_TEXTS) => pick(t.language, ALERT_TEXTS[key]);
  const [state, setState] = useState<AlertState | null>(null);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => void renewAlerts().catch(readAlertState).then(setState), []);
  if (state === null) return null;
  const change = (action: () => Promise<AlertState>) => async () => {
    setFailed(false);
    try {
      setState(await action());
    } catch {
      setFailed(true);
      setState(await readAlertState());
    }
  };
  return (
    <Card {...(state === "blocked" ? { tone: "warn" as const } : {})} testid="alerts">
      <h2>{text("title")}</h2>
      <p role="status" data-testid="alert-state" data-state={state}>
        {text(state)}
      </p>
      {(state === "off" || state === "on") && (
        <>
          <p>{text("what")}</p>
          <p class="note">{text("vendor")}</p>
          <ActionButton onPress={change(state === "on" ? turnAlertsOff : turnAlertsOn)} data-testid="turn-alerts">
            {text(state === "on" ? "turn_off" : "turn_on")}
          </ActionButton>
        </>
      )}
      {hasFailed && (
        <p class="bad" role="alert">
          {text("failed")}
        </p>
      )}
    </Card>
  );
}
