// Texts of the app in Chinese and English. A page with many texts has a file of its own, which is added to WORDS.
import { interpolate, type Language, type Pairs, pick, type Values } from "../../../src/i18n";
import { ACCOUNT } from "./account";
import { CONFLICTS } from "./conflicts";
import { DAY } from "./day";
import { FIGURES } from "./figures";
import { HELP } from "./help";
import { INTERFACE } from "./interface";
import { PLACES } from "./places";
import { TASK } from "./task";
import { TO_TELL } from "./to-tell";
import { TRACKING } from "./tracking";
import { VISITS } from "./visits";
import { VOICE } from "./voice";

export type { Language, Name } from "../../../src/i18n";

export const WORDS = {
  ...INTERFACE,
  ...ACCOUNT,
  ...CONFLICTS,
  ...DAY,
  ...FIGURES,
  ...HELP,
  ...PLACES,
  ...TASK,
  ...TO_TELL,
  ...TRACKING,
  ...VISITS,
  ...VOICE,
} as const satisfies Pairs;

export type TextKey = keyof typeof WORDS;

export function translate(language: Language, key: TextKey, values?: Values): string {
  return interpolate(language, pick(language, WORDS[key]), values);
}

const STATUS: Record<string, readonly [string, string]> = {
  unsent: ["待发送", "unsent"],
  collected: ["已采集", "collected"],
  filed: ["已立案", "filed"],
  not_filed: ["不予立案", "not filed"],
  dispatched: ["已派遣", "dispatched"],
  accepted: ["已接受", "accepted"],
  handling: ["处置中", "being handled"],
  fed_back: ["已反馈", "feedback submitted"],
  verifying: ["核实中", "being verified"],
  on_books: ["挂账", "on long-term hold"],
  checking: ["核查中", "being checked"],
  closed: ["已结案", "closed"],
  returned: ["已退回", "returned"],
  deferred: ["已缓办", "deferred"],
  rework: ["返工", "rework"],
  force_closed: ["强制结案", "force-closed"],
};

export function status(language: Language, code: string): string {
  return STATUS[code]?.[language === "en" ? 1 : 0] ?? code;
}

const OPERATIONS: Record<string, readonly [string, string]> = {
  "incident report": ["上报", "Report"],
  "incident transition": ["案卷步骤", "Case step"],
  "incident note": ["备注", "Note"],
  "assignment accept": ["接受", "Accept"],
  "assignment decline": ["谢绝", "Decline"],
  "assignment transition": ["任务进度", "Task progress"],
  "duty start": ["上岗", "Go on duty"],
  "duty end": ["下岗", "Go off duty"],
  "visit create": ["走访", "Visit"],
  "notice_receipt create": ["告知", "Telling a notice"],
  "premises patch": ["修正处所位置", "Correct the place of premises"],
  "sos raise": ["紧急求助", "Call for help"],
};

export function operation(language: Language, entity: string, op: string): string {
  return OPERATIONS[`${entity} ${op}`]?.[language === "en" ? 1 : 0] ?? `${entity} ${op}`;
}
