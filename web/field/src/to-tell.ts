// Households to tell a notice, as they are on the phone, with queued results applied. Pure functions.
import type { Home } from "./homes";
import type { QueuedOperation } from "./store";

export const RESULTS = ["told", "understood", "needs_help", "declined"] as const;
export type Result = (typeof RESULTS)[number];
export type NoticeTexts = Record<string, { title: string; text: string }>;
export type NoticeFile = {
  media_id: string;
  titles: Record<string, string>;
  content_type: string | null;
  size: number | null;
};
export type Notice = { id: string; texts: NoticeTexts; files: NoticeFile[]; valid_until: string };
/** A household that is to be told a notice at the door. */
export type TellTask = { id: string; notice: Notice; home: Home };
/** A result that is on the phone still. `isSent`: the server has it, and the next pull removes the household. */
export type TellResult = {
  opId: string;
  notice: Notice | null;
  home: Home | null;
  state: Result;
  at: string;
  isSent: boolean;
};
/** `households`: number of those that are to be told something. */
export type ToTell = { open: TellTask[]; recorded: TellResult[]; households: number };

type TaskRow = { id: string; notice_id: string; household_id: string };

export function toTell(rowsOf: <T>(entity: string) => T[], pending: QueuedOperation[], homes: Home[]): ToTell {
  const notices = new Map(rowsOf<Notice>("notice").map((notice) => [notice.id, notice]));
  const homeById = new Map(homes.map((home) => [home.id, home]));
  const receipts = pending.filter(({ op }) => op.entity === "notice_receipt" && op.op === "create");
  const keyOf = (notice: unknown, household: unknown) => `${String(notice)} ${String(household)}`;
  const recordedKeys = new Set(receipts.map(({ op }) => keyOf(op.patch?.["notice_id"], op.patch?.["household_id"])));
  const open = rowsOf<TaskRow>("notice_task").flatMap((row) => {
    const notice = notices.get(row.notice_id);
    const home = homeById.get(row.household_id);
    return notice && home && !recordedKeys.has(keyOf(row.notice_id, row.household_id))
      ? [{ id: row.id, notice, home }]
      : [];
  });
  return {
    households: new Set(open.map(({ home }) => home.id)).size,
    open: open.sort(
      (a, b) =>
        a.home.address.localeCompare(b.home.address, "zh", { numeric: true }) ||
        a.home.label.localeCompare(b.home.label, "zh", { numeric: true }) ||
        a.id.localeCompare(b.id),
    ),
    recorded: receipts
      .map(({ op, op_id, answer }) => ({
        opId: op_id,
        notice: notices.get(String(op.patch?.["notice_id"])) ?? null,
        home: homeById.get(String(op.patch?.["household_id"])) ?? null,
        state: op.patch?.["state"] as Result,
        at: op.client_at,
        isSent: answer !== null,
      }))
      .reverse(),
  };
}

/** Return the languages of a notice, Chinese and English first. */
export function languagesOf(texts: NoticeTexts): string[] {
  const rank = (code: string) => ["zh", "en"].indexOf(code) + 1 || 9;
  return Object.keys(texts).sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/** Return the language in which a notice is shown: the wished one, else the first that it has. */
export function shownLanguage(texts: NoticeTexts, wished: (string | undefined)[]): string {
  const languages = languagesOf(texts);
  return wished.find((code) => code !== undefined && languages.includes(code)) ?? languages[0] ?? "zh";
}
