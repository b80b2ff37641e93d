// Signs that a service fails.
import type { Pairs } from "../../../src/i18n";

export const SIGNALS = {
  signals: ["信号", "Signals"],
  signals_mean: [
    "信号指向失灵的服务，从不指向个人；不得据此派人上门。",
    "A signal points to a service that fails, never to a person. Do not send anybody to a household because of a signal.",
  ],
  signal_kind: ["种类", "Kind"],
  signal_state: ["状态", "State"],
  standing_now: ["持续中", "Active"],
  ended_now: ["已消失", "Ended"],
  strength: ["强度", "Strength"],
  strength_of: ["强度 {n} %", "Strength {n} %"],
  counted: ["{n}，预期 {m}", "{n} counted, {m} expected"],
  by_chance: ["偶然的概率 {n}", "p = {n}"],
  seen_from_to: ["{from} 首次发现，{to} 最近一次", "First seen {from}, last {to}"],
  ended_at: ["{at} 消失", "Ended {at}"],
  about_time: ["统计 {from} 至 {to}", "Counted from {from} to {to}"],
  members_of: ["明细（{n}）", "Members ({n})"],
  open_members: ["查看明细", "Open the members"],
  where_it_is: ["位置示意", "Place"],
  answers_so_far: ["已作的回应", "Answers so far"],
  no_answers: ["还没有人回应。", "No answers yet."],
  answer_it: ["回应", "Answer"],
  what_was_done: ["做了什么", "What was done"],
  reply_words: ["告知上报人的话", "Reply to the reporters"],
  reply_means: [
    "将写入每件案卷的历史，上报人可见，手机上也会收到；保密案卷除外。相同内容只发送一次。",
    "The reply is written into the history of each case. Reporters see it there and on their phones; confidential cases are left out. The same text is sent only once.",
  ],
  told_cases: ["已回复 {n} 件，{m} 件无法回复", "Cases replied to: {n}. No reporter to reply to: {m}."],
  replied: [
    "已回复上报人 {n} 件，由代报人转告 {m} 件，此前已回复 {k} 件。",
    "Replies to reporters: {n}. Through the person who entered the report: {m}. Replied before: {k}.",
  ],
  replied_left: ["还有 {n} 件未回复，请再次提交。", "Not replied yet: {n}. Submit again."],
  nobody_to_tell: [
    "以下案卷的上报人没有账号，请另行告知：",
    "The reporters of these cases have no account. Inform them by other means:",
  ],
  reports_of: ["上报 {n} 次", "Reports: {n}"],
  mend_pile: ["未分类案卷：归类", "Unclassified cases: set a category"],
  mend_means: [
    "这些案卷可批量归入已有类别；没有合适的，可先发布新类别，再将其归入。",
    "Set an existing category for these cases. If none fits, publish a new category first and then set it.",
  ],
  new_category: ["新类别", "New category"],
  signals_new_code: ["编码", "Code"],
  signals_name_zh: ["中文名称", "Name in Chinese"],
  signals_name_en: ["英文名称", "Name in English"],
  like_category: ["其他设置与此类别相同", "Other settings as in"],
  publish_version: ["发布辖区规则新版本", "Publish a new profile version"],
  published: ["已发布第 {n} 版", "Version {n} was published"],
  refile: ["更改这 {n} 件的类别", "Change the category of these {n}"],
  refiled: ["{n} 件已更改，{m} 件未更改", "Changed: {n}. Not changed: {m}."],
  rules_are_for: [
    "发布新类别须由全辖区的督导员或管理员办理。",
    "Only a supervisor of the whole jurisdiction or an administrator can publish a category.",
  ],
} as const satisfies Pairs;

export const SIGNAL_KIND: Pairs = {
  cluster: ["时空热点", "Hotspot"],
  unanswered: ["久无进展", "No progress"],
  bouncing: ["反复退回", "Repeatedly returned"],
  visits_missed: ["走访超期", "Overdue visits"],
  rising: ["类别骤增", "Rising category"],
  unclassified: ["未分类集中", "Unclassified cluster"],
  unheard: ["上报过少的群体", "Under-reporting group"],
};

export const DONE_ABOUT: Pairs = {
  reply: ["回复上报人", "Reply to the reporters"],
  help_offered: ["提供帮助", "Help offered"],
  category_version: ["已有新类别", "New category published"],
  none: ["无须处理", "No action needed"],
};
