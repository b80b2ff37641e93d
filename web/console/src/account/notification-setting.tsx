// Notifications of the desktop: whether this browser shows them, and a button that changes it.
import { type NotificationState, useNotificationSetting } from "../emergency/desktop-notifications";
import { useTranslation } from "../hooks/use-translation";
import type { TextKey } from "../words";

const TEXTS: Record<NotificationState, TextKey> = {
  unsupported: "notify_unsupported",
  denied: "notify_denied",
  on: "notify_on",
  off: "notify_off",
};

export function NotificationSetting() {
  const t = useTranslation();
  const [state, toggle] = useNotificationSetting();
  return (
    <section aria-labelledby="notifications" data-testid="notifications">
      <h2 id="notifications">{t("notifications")}</h2>
      <p>{t("notifications_mean")}</p>
      <p class="buttons">
        <span role="status" data-testid="notification-state">
          {t(TEXTS[state])}
        </span>
        {(state === "on" || state === "off") && (
          <button type="button" onClick={() => void toggle()} data-testid="notification-switch">
            {t(state === "on" ? "turn_notify_off" : "turn_notify_on")}
          </button>
        )}
      </p>
    </section>
  );
}
