// Notifications of the desktop for calls for help and urgent cases, while the page is not in front. Off until the reader turns
// them on. They have no name, place or telephone number: the desktop keeps them, and shows them on a locked screen.
import { useEffect, useRef, useState } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";
import type { Emergencies } from "./open-calls";

const SETTING = "gridward-desktop-notifications";

/** `unsupported`: the browser has none, or the page came by plain HTTP. `denied`: the browser or its user refuses them. */
export type NotificationState = "unsupported" | "denied" | "on" | "off";

const isSupported = (): boolean => "Notification" in globalThis && globalThis.isSecureContext;

export function notificationState(): NotificationState {
  if (!isSupported()) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  return Notification.permission === "granted" && localStorage.getItem(SETTING) === "on" ? "on" : "off";
}

/** Return the state of the notifications in this browser, and a function that turns them on or off. */
export function useNotificationSetting(): [NotificationState, () => Promise<void>] {
  const [state, setState] = useState(notificationState);
  const toggle = async () => {
    if (state === "on") localStorage.removeItem(SETTING);
    else if (isSupported() && (await Notification.requestPermission()) === "granted")
      localStorage.setItem(SETTING, "on");
    setState(notificationState());
  };
  return [state, toggle];
}

type Notice = { tag: string; text: "notify_call" | "notify_urgent"; address: string; isCall: boolean };

/** Return what there is to notify of. The tag makes one notification of several pages of this browser. */
export function noticesOf({ unanswered, urgent }: Pick<Emergencies, "unanswered" | "urgent">): Notice[] {
  return [
    ...unanswered.map(({ id }): Notice => ({
      tag: `call-${id}`,
      text: "notify_call",
      address: `#/map?call=${id}`,
      isCall: true,
    })),
    ...urgent.map(({ id }): Notice => ({
      tag: `case-${id}`,
      text: "notify_urgent",
      address: `#/case/${id}`,
      isCall: false,
    })),
  ];
}

/** Notify of calls and urgent cases that are new since the page was opened. `isSoundOn`: the switch of the alarm sound. */
export function useDesktopNotifications(emergencies: Emergencies, isSoundOn: boolean): void {
  const t = useTranslation();
  const seenTags = useRef<Set<string> | null>(null);
  const open = useRef(new Map<string, Notification>());
  const notices = noticesOf(emergencies);
  useEffect(() => {
    if (!emergencies.isRead) return;
    const before = seenTags.current;
    const isNew = (tag: string) => before !== null && !before.has(tag);
    for (const { tag, text, address, isCall } of notices)
      if (isNew(tag) && notificationState() === "on" && !isInFront()) {
        const notification = new Notification(t(text), {
          tag,
          body: t("notify_open"),
          silent: !isSoundOn,
          requireInteraction: isCall,
        });
        notification.onclick = () => {
          window.focus();
          location.hash = address;
          notification.close();
        };
        open.current.set(tag, notification);
      }
    const tags = notices.map(({ tag }) => tag);
    // What was acknowledged or assigned elsewhere needs nobody any more.
    for (const [tag, notification] of open.current)
      if (!tags.includes(tag)) {
        notification.close();
        open.current.delete(tag);
      }
    seenTags.current = new Set([...(before ?? []), ...tags]);
  }, [emergencies.isRead, notices.map(({ tag }) => tag).join()]);
}

const isInFront = () => document.visibilityState === "visible" && document.hasFocus();
