// Whether the phone's position is sent: the status in the header of every page, and its explanation.
import { liveQuery } from "dexie";
import { useEffect, useState } from "preact/hooks";
import { store } from "../client";
import { useSyncState } from "../hooks/use-sync";
import { useTranslation } from "../hooks/use-translation";
import { tracking, type TrackingState } from "../tracking";

function useTracking(): { state: TrackingState; waiting: number } {
  const [state, setState] = useState(tracking.state);
  const [waiting, setWaiting] = useState(0);
  useEffect(() => {
    setState(tracking.state);
    const forget = tracking.onChange(() => setState(tracking.state));
    const counting = liveQuery(() => store.position.count()).subscribe(setWaiting);
    return () => {
      forget();
      counting.unsubscribe();
    };
  }, []);
  return { state, waiting };
}

export function TrackingStatus() {
  const t = useTranslation();
  const { trouble } = useSyncState();
  const { state, waiting: n } = useTracking();
  const text =
    state === "off"
      ? n > 0
        ? t("not_tracked_waiting", { n })
        : t("not_tracked")
      : state === "on"
        ? trouble
          ? t("tracked_waiting", { n })
          : t("tracked")
        : t(`tracking_${state}`);
  return (
    <small data-testid="tracking" data-state={state}>
      {text}
    </small>
  );
}

export function TrackingExplanation() {
  const t = useTranslation();
  const { state } = useTracking();
  return (
    <>
      {state === "denied" && (
        <p class="bad" role="alert" data-testid="place-denied">
          {t("tracking_denied_how")}
        </p>
      )}
      <p class="note">{t("tracking_explained")}</p>
    </>
  );
}
