// What goes to and comes from the people who reported a case.
import type { Pairs } from "../../../src/i18n";

export const RESIDENTS = {
  residents: ["居民沟通", "Residents"],
  reply_to_reporters: ["回复上报人", "Reply to everybody who reported"],
  reply_to_reporters_means: [
    "所有上报人和附议人在案卷历史、私密链接或告知页面看到原文；留了邮箱或手机的会收到提醒。案卷状态不变，相同内容只发一次。",
    "Everybody who reported or supports the case reads these words in its history, by the secret link or on the page of the notice. Who asked for e-mail or SMS gets a message. The state of the case stays. The same words are sent once.",
  ],
  replies_to_reporters: ["对上报人的回复", "Replies to reporters"],
  no_replies_to_reporters: ["尚未回复上报人。", "Nobody has replied to the reporters yet."],
  reply_reaches: ["上报人和附议人 {m} 人，可看到回复 {n} 人", "A reply reaches {n} of {m:reporter|reporters}"],
  reply_passed_on: ["由代报人转告 {n} 人。", "{n} more through the person or system that entered the report."],
  reply_unreached: ["{n} 人无法看到，请电话告知。", "{n} cannot read it: call them."],
  reply_of_confidential: [
    "保密或涉及特定对象的案卷不在此回复，请当面或电话告知。",
    "Confidential cases, and cases about a person, get no replies here. Tell the reporter in person.",
  ],
  phone_in_reply: [
    "内容含电话号码，确认可告知所有上报人：",
    "The words have a telephone number. It is meant for all reporters:",
  ],
  send_reply: ["发送给 {n} 人", "Send to {n:person|people}"],
  reply_sent: ["已回复。", "The reply was sent."],
  reply_was_sent_before: [
    "相同内容此前已发送，未重复发送。",
    "The same words were sent before; nothing was sent again.",
  ],
  ratings_of_case: ["上报人的评价", "What reporters say of the result"],
  rating_score: ["{n} 分（满分 5）", "{n} of 5"],
  rule_changes_of_case: ["引用本案的规则变化", "Rule changes that cite this case"],
  rule_in_force_from: ["{at} 起生效", "in force from {at}"],
} as const satisfies Pairs;

export const REPLY_WAY: Pairs = {
  by_account: ["账号", "with an account:"],
  by_link: ["链接或告知页面", "by a link:"],
  by_email: ["邮件提醒", "message by e-mail:"],
  by_sms: ["短信提醒", "message by SMS:"],
};
