// The subscription of this browser to alerts by Web Push: its state, turning it on and off, renewing it. Loaded when it is needed.
import { api, callApi, store } from "./client";

/** `missing`: this browser has no Web Push. `blocked`: the worker or the phone forbids notifications. */
export type AlertState = "missing" | "blocked" | "off" | "on";

/** The worker's consent. It ends with the session, as all values of the store but the language. */
const CONSENT = "alerts";
const VIBRATION_MS = 200;

const pushManager = async () => (await navigator.serviceWorker.ready).pushManager;

export async function readAlertState(): Promise<AlertState> {
  if (!("serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis)) return "missing";
  if (Notification.permission === "denied") return "blocked";
  if (Notification.permission !== "granted" || !(await store.readValue<boolean>(CONSENT))) return "off";
  return (await (await pushManager()).getSubscription()) ? "on" : "off";
}

/** Ask for permission, subscribe this browser and tell the server. Browsers ask only after a press. */
export async function turnAlertsOn(): Promise<AlertState> {
  if ((await Notification.requestPermission()) !== "granted") return readAlertState();
  const { key } = await callApi(() => api.client.GET("/api/v1/me/push-subscriptions"));
  const push = await pushManager();
  // A subscription of an earlier session, or to another key of the server, is of no use.
  await (await push.getSubscription())?.unsubscribe();
  const subscription = await push.subscribe({ userVisibleOnly: true, applicationServerKey: decodeKey(key) });
  try {
    await tellServer(subscription);
  } catch (error) {
    await subscription.unsubscribe();
    throw error;
  }
  await store.writeValue(CONSENT, true);
  navigator.vibrate?.(VIBRATION_MS);
  return readAlertState();
}

export async function turnAlertsOff(): Promise<AlertState> {
  await store.writeValue(CONSENT, null);
  await (await (await pushManager()).getSubscription())?.unsubscribe();
  await callApi(() => api.client.DELETE("/api/v1/me/push-subscriptions"));
  return readAlertState();
}

/** Tell the server of the subscription again if the server has lost it, as after an answer 410 of the push service. */
export async function renewAlerts(): Promise<AlertState> {
  const state = await readAlertState();
  const subscription = state === "on" ? await (await pushManager()).getSubscription() : null;
  if (subscription) {
    const { items } = await callApi(() => api.client.GET("/api/v1/me/push-subscriptions"));
    if (!items.some((item) => item.is_this_session)) await tellServer(subscription);
  }
  return state;
}

async function tellServer(subscription: PushSubscription): Promise<void> {
  const { endpoint = "", keys = {} } = subscription.toJSON();
  const body = { endpoint, keys: { p256dh: keys["p256dh"] ?? "", auth: keys["auth"] ?? "" } };
  await callApi(() => api.client.POST("/api/v1/me/push-subscriptions", { body }));
}

const decodeKey = (base64url: string) =>
  Uint8Array.from(atob(base64url.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
