// Signs that a service fails.
import type { Pairs } from "../../../src/speaking";

export const SIGNALS = {
  signals: ["信号", "Signals"],
  signals_mean: ["信号指向失灵的服务，从不指向个人；不得据此派人上门。", "A signal points at a service that fails, never at a person; nobody is sent to a door because of one."],
  signal_kind: ["种类", "Kind"],
  signal_state: ["状态", "State"],
  standing_now: ["仍在", "Standing"],
  ended_now: ["已消失", "Ended"],
  strength: ["强度", "Strength"],
  strength_of: ["强度 {n} %", "Strength {n} %"],
  counted: ["{n}，预期 {m}", "{n}, expected {m}"],
  by_chance: ["偶然的可能 {n}", "p = {n}"],
  seen_from_to: ["{from} 首次发现，{to} 最近一次", "First seen {from}, last {to}"],
  ended_at: ["{at} 消失", "Ended {at}"],
  about_time: ["统计 {from} 至 {to}", "Counted from {from} to {to}"],
  members_of: ["明细（{n}）", "What it counted ({n})"],
  open_members: ["查看明细", "Open what it counted"],
  where_it_is: ["位置示意", "Where it is"],
  on_the_map: ["到地图查看", "On the map"],
  answers_so_far: ["已做的事", "What was done about it"],
  no_answers: ["还没有人回应。", "Nobody has answered it yet."],
  answer_it: ["回应", "Answer it"],
  what_was_done: ["做了什么", "What was done"],
  mend_pile: ["未归类事件：归类", "A pile without a category: give it one"],
  mend_means: ["这些案卷可批量归入已有类别；没有合适的，可先发布新类别，再将其归入。", "File these cases under a category that there is. If none fits, publish a new one first, then file them under that."],
  new_category: ["新类别", "A new category"],
  signals_new_code: ["编码", "Code"],
  signals_name_zh: ["中文名称", "Name in Chinese"],
  signals_name_en: ["英文名称", "Name in English"],
  like_category: ["其余照此类别", "Otherwise like"],
  publish_version: ["发布规则新版本", "Publish a version with it"],
  published: ["已发布第 {n} 版", "Version {n} is published"],
  refile: ["更改这 {n} 件的类别", "Re-file these {n}"],
  refiled: ["{n} 件已更改，{m} 件未更改", "{n} re-filed, {m} not"],
  rules_are_for: ["发布新类别需要全辖区监督员或管理员。", "Publishing a category takes a supervisor of the whole jurisdiction, or an administrator."],
} as const satisfies Pairs;

export const SIGNAL_KIND: Pairs = {
  cluster: ["时空聚集", "A cluster in place and time"],
  unanswered: ["久无进展", "Unanswered"],
  bouncing: ["来回退送", "Sent back and forth"],
  visits_missed: ["走访逾期", "Visits missed"],
  rising: ["类别上升", "Rising"],
  unclassified: ["未归类成堆", "A pile without a category"],
  unheard: ["声音缺失", "Not heard"],
};

export const DONE_ABOUT: Pairs = {
  reply: ["已回复上报人", "Those who reported were answered"],
  help_offered: ["已提供帮助", "Help was offered"],
  category_version: ["已有新类别", "The taxonomy has a category for it"],
  none: ["无须处理", "Nothing to be done"],
};
