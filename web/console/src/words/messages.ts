// E-mail and SMS that go out, and SMS that came in.
import type { Pairs } from "../../../src/i18n";

export const MESSAGES = {
  messages: ["邮件与短信", "E-mail and SMS"],
  messages_mean: [
    "发给居民和外勤人员的邮件和短信。号码和邮箱已遮盖，发出后即删除。",
    "E-mail and SMS to residents and workers. Addresses are masked, and erased when a message was sent.",
  ],
  channel: ["方式", "Channel"],
  channel_is_on: ["已设置", "Set up"],
  channel_is_off: ["未设置：不会发送", "Not set up: nothing is sent"],
  channel_numbers: ["各方式的数量", "Numbers by channel"],
  messages_sent: ["已发送（7 天内）", "Sent in 7 days"],
  messages_dropped: ["不再需要（7 天内）", "Dropped in 7 days"],
  oldest_waits_since: ["最早的自 {at}", "the oldest since {at}"],
  last_sent: ["最近发送 {at}", "the last {at}"],
  outgoing_messages: ["发出", "Outgoing"],
  no_messages: ["没有消息。", "No messages."],
  count_messages: ["本页 {n} 条消息", "{n:message|messages} on this page"],
  message_kind: ["内容", "About"],
  message_address: ["收件人", "To"],
  address_erased: ["已删除", "erased"],
  discard: ["放弃", "Discard"],
  really_discard: ["确认放弃：不再发送", "Yes, never send it"],
  discard_dead: ["放弃全部死信", "Discard all dead letters"],
  really_discard_dead: ["确认放弃全部：不再发送，收件人将删除", "Yes, never send them and erase the addresses"],
  discarded: ["已放弃 {n} 条消息。", "{n:message was|messages were} discarded."],
  message_of: ["{at} 的{kind}", "{kind} of {at}"],
  incoming_sms: ["收到的短信", "SMS that came in"],
  incoming_mean: [
    "系统看不懂的短信由人处理：查看内容，必要时联系发送人所在网格。",
    "A person deals with SMS that the server does not understand: read the words, and ask the grid worker if need be.",
  ],
  no_incoming: ["没有收到短信。", "No SMS came in."],
  count_incoming: ["本页 {n} 条短信", "{n} SMS on this page"],
  sms_received: ["收到时间", "Received"],
  sms_outcome: ["处理结果", "Outcome"],
  sms_words: ["内容", "Words"],
  sms_answer: ["回复内容", "Answer"],
  words_erased: ["已删除", "erased"],
} as const satisfies Pairs;

export const CHANNEL: Pairs = {
  email: ["邮件", "E-mail"],
  sms: ["短信", "SMS"],
};

export const MESSAGE_STATE: Pairs = {
  waiting: ["待发送", "Waiting"],
  sent: ["已发送", "Sent"],
  dropped: ["不再需要", "Dropped"],
  dead: ["死信", "Dead letter"],
};

export const MESSAGE_KIND: Pairs = {
  confirmation: ["确认接收通知", "Question whether messages are wanted"],
  case_state: ["案卷状态变化", "New state of a case"],
  case_reply: ["案卷有新回复", "Reply to reporters"],
  notice: ["告知", "Notice"],
  sms_reply: ["短信回复", "Answer to an SMS"],
};

/** Why an attempt failed or a message was dropped; `status 500` is shown with its number. */
export const MESSAGE_REASON: Pairs = {
  answered: ["住户已答复", "The household has answered"],
  confirmed: ["已确认", "It was confirmed meanwhile"],
  discarded: ["由人放弃", "A person discarded it"],
  door_closed: ["公众页面已关闭", "The public pages are closed"],
  ended: ["收件人不再接收", "The person wants no more messages"],
  expired: ["确认已过期", "Nobody confirmed in time"],
  login: ["邮件服务器拒绝登录", "The mail server refused the sign-in"],
  not_confirmed: ["收件人未确认", "The address was not confirmed"],
  notice_over: ["告知已结束", "The notice is over"],
  opted_out: ["住户不接收", "The household wants none"],
  same_words: ["与上次内容相同", "The person knows this state"],
  token_file: ["令牌或密码文件无法读取", "The file of the token or password cannot be read"],
  too_many_today: ["该收件人今日已达上限，稍后发送", "The address got its messages of the day; it is sent later"],
  unknown_kind: ["种类未知", "The kind is unknown"],
};

export const SMS_OUTCOME: Pairs = {
  help: ["未看懂", "Not understood"],
  refused: ["无法办理", "Not possible"],
  reported: ["已上报", "Reported"],
  accepted: ["已接受任务", "Task accepted"],
  done: ["已反馈", "Feedback submitted"],
  words_added: ["已补充到案卷", "Added to a case"],
  confirmed: ["已确认接收", "Confirmed"],
  stopped: ["已退订", "Stopped"],
  understood: ["已知晓告知", "Notice understood"],
  needs_help: ["告知后求助", "Needs help about a notice"],
  asked: ["就告知提问", "Question about a notice"],
  notices_stopped: ["已退订告知", "Notices stopped"],
};
