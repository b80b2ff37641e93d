// What is counted about her.
import type { Pairs } from "../../../src/i18n";

export const FIGURES = {
  figures: ["我的统计数据（近七天）", "My figures (last seven days)"],
  figures_explained: [
    "这里是系统统计的、与您有关的全部数据。派遣按这些数据考虑公平；您提出异议的数据在答复前不再使用。",
    "All figures counted about you. Dispatch uses them for fairness. A contested figure is not used until it is answered.",
  ],
  figures_later: ["有网络时可查看", "Shown when there is a network"],
  figure_load: ["承办", "Accepted"],
  figure_declined: ["谢绝", "Declined"],
  figure_expired: ["逾时未答复", "Expired"],
  street_mean: ["街道平均 {n}", "street mean {n}"],
  street_people: ["{street}：平均数含 {n} 人", "{street}: mean of {n:worker|workers}"],
  open_members: ["统计了哪些", "Show what was counted"],
  close_members: ["收起", "Close"],
  no_members: ["没有", "None"],
  case_elsewhere: ["本机已无此案卷", "This case is no longer on this phone"],
  contest_figure: ["对此数据有异议", "Contest this figure"],
  contest_this: ["对此条有异议", "Contest this item"],
  contest_words: ["异议内容", "What is wrong"],
  contested_whole: ["您已提出异议，答复前不使用", "Contested by you: not used until it is answered"],
  contested_all: ["异议：{words}", "Contested: {words}"],
  contested_one: ["对其中一条的异议：{words}", "One item contested: {words}"],
  contest_open: ["待答复", "not answered yet"],
  contest_upheld: ["已采纳，不再计入", "upheld: no longer counted"],
  contest_dismissed: ["未采纳", "dismissed"],
} as const satisfies Pairs;
