// What is counted about her.
import type { Pairs } from "../../../src/i18n";

export const FIGURES = {
  figures: ["我的数据（近七天）", "My figures (seven days)"],
  figures_explained: [
    "这里是系统统计的、与您有关的全部数字。派单按它们考虑公平；有争议的数字在答复前不再使用。",
    "Every number that is counted about you. Dispatch uses them to be fair; what you contest is not used until it is answered.",
  ],
  figures_later: ["有网络时可查看", "Shown with a network"],
  figure_load: ["承办", "Taken on"],
  figure_declined: ["谢绝", "Declined"],
  figure_expired: ["未答复", "Not answered"],
  street_mean: ["街道平均 {n}", "street mean {n}"],
  street_people: ["{street}：平均数含 {n} 人", "{street}: the mean is of {n} people"],
  open_members: ["统计了哪些", "What was counted"],
  close_members: ["收起", "Close"],
  no_members: ["没有", "Nothing"],
  case_elsewhere: ["本机已无此案件", "A case no longer on this phone"],
  contest_figure: ["对此数字有异议", "Contest this figure"],
  contest_this: ["对此条有异议", "Contest this one"],
  contest_words: ["异议内容", "What is wrong with it"],
  contested_whole: ["您已提出异议，答复前不使用", "You contest it: it is not used until it is answered"],
  contested_all: ["异议：{words}", "Contested: {words}"],
  contested_one: ["对其中一条的异议：{words}", "One thing contested: {words}"],
  contest_open: ["待答复", "not answered yet"],
  contest_upheld: ["已采纳，不再计入", "upheld: it counts no more"],
  contest_dismissed: ["未采纳", "dismissed"],
} as const satisfies Pairs;
