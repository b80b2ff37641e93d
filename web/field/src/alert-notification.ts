// The notification that the service worker shows for an alert, and the page that it opens.
import { type Language, type Pairs, pick } from "../../src/i18n";

/** What a push message has: no text and no personal data. `id`: the assignment, or the call for help. */
export type AlertMessage = { kind: string; id: string };

const TITLES: Pairs = {
  offer: ["新派遣单", "New offer"],
  urge: ["催办", "Urged by a supervisor"],
  deadline: ["时限提醒", "Deadline"],
  sos: ["紧急求助", "Call for help"],
  other: ["网格通知", "Gridward"],
};
const BODIES: Pairs = {
  offer: ["请在到期前接受或谢绝。", "Accept or decline it before it expires."],
  urge: ["督导员请您尽快处理一项任务。", "A supervisor asks you to act on a task soon."],
  deadline: ["您的一项任务即将到期或已超期。", "A deadline of one of your tasks is near or has passed."],
  sos: ["有人员发出求助，请立即查看。", "A worker calls for help. Look at it now."],
  other: ["请打开应用查看。", "Open the app."],
};
const SHORT = [200, 100, 200];
const LONG = [500, 200, 500, 200, 500];

/** Read a push message. Anything else than a message of the server becomes one of kind `other`. */
export function readMessage(data: unknown): AlertMessage {
  const { kind, id } = (data ?? {}) as Partial<Record<"kind" | "id", unknown>>;
  return typeof kind === "string" && Object.hasOwn(TITLES, kind) && typeof id === "string"
    ? { kind, id }
    : { kind: "other", id: "" };
}

export function notificationOf(message: AlertMessage, language: Language) {
  return {
    title: pick(language, TITLES[message.kind]!),
    options: {
      body: pick(language, BODIES[message.kind]!),
      lang: language,
      icon: "icon-192.png",
      // A message may arrive twice: the second one replaces the first.
      tag: `${message.kind}:${message.id}`,
      renotify: true,
      requireInteraction: message.kind === "sos" || message.kind === "offer",
      vibrate: message.kind === "sos" ? LONG : SHORT,
      data: message,
    },
  };
}

/** Return the page of an alert. An offer is accepted on the list of tasks. */
export const pageOf = ({ kind, id }: AlertMessage) =>
  kind === "urge" || kind === "deadline" ? `#/task/${encodeURIComponent(id)}` : "#/";
