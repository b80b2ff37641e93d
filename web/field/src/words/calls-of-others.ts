// Calls for help of others. Loaded when there is one, so these texts are not in WORDS.
import type { Pairs } from "../../../src/i18n";

export const CALL_TEXTS = {
  calls: ["{name} 求助", "{name} calls for help"],
  since: ["{at} 起", "since {at}"],
  no_place: ["没有位置", "No place was sent"],
  telephone: ["拨打 {number}", "Call {number}"],
  telephone_later: ["有网络时可查看电话", "The telephone number is shown when there is a network"],
  no_telephone: ["未登记电话", "No telephone number is stored"],
  acknowledge: ["我来响应", "Acknowledge"],
  close: ["结束求助", "Close the call"],
  outcome: ["结果", "Outcome"],
} as const satisfies Pairs;

export const CALL_OUTCOMES = {
  helped: ["已得到帮助", "Help was given"],
  services_called: ["已报警或呼叫急救", "Police or rescue services were called"],
  false_alarm: ["误触", "False alarm"],
  other: ["其他", "Other"],
} as const satisfies Pairs;
