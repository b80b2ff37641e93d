// Versions of the rules, what stands behind them, and the figure before and after.
import type { Pairs } from "../../../src/i18n";

export const RULES = {
  rules: ["规则变化", "Rules"],
  rules_mean: [
    "每次规则变化的依据，以及变化前后的数字。",
    "What stands behind each change of the rules, and the figure before and after it.",
  ],
  rule_versions: ["规则版本", "Versions of the rules"],
  rule_version: ["版本", "Version"],
  rule_version_n: ["第 {n} 版", "Version {n}"],
  rule_from: ["生效", "In force from"],
  evidence: ["依据", "What it cites"],
  no_evidence: ["未说明依据。", "It cites nothing."],
  evidence_hidden: [
    "另有 {n} 项依据，您无权查看或已不存在。",
    "It cites {n:further item|further items} that you may not see or that are gone.",
  ],
  summary_published: ["（已公布）", "(published)"],
  summary_internal: ["（未公布）", "(not published)"],
  effect: ["前后对比", "Before and after"],
  effect_weeks: ["前后周数", "Weeks before and after"],
  effect_before: ["之前", "Before"],
  effect_after: ["之后", "After"],
  effect_figure: ["对比指标", "Figure to compare"],
  effect_caution: [
    "前后差异不等于因果：之后的案卷办理时间较短，同期还有其他变化。",
    "A difference is no proof: cases of the weeks after had less time, and other things changed too.",
  ],
  state_evidence: ["说明依据", "State what it cites"],
  evidence_kind: ["种类", "Kind"],
  evidence_id: ["编号或链接", "Id or link"],
  evidence_note: ["说明（不含个人信息）", "Note, without personal data"],
  add_evidence: ["添加", "Add"],
  remove_evidence: ["移除", "Remove"],
  summary_zh: ["摘要（中文）", "Summary in Chinese"],
  summary_en: ["摘要（英文）", "Summary in English"],
  publish_summary: ["在公众页面公布摘要", "Show the summary on the public page"],
} as const satisfies Pairs;

export const VERSION_STATE: Pairs = {
  past: ["已失效", "Past"],
  in_force: ["生效中", "In force"],
  scheduled: ["待生效", "Scheduled"],
  superseded: ["未生效", "Never in force"],
};

export const EVIDENCE_KIND: Pairs = {
  case: ["案卷", "Case"],
  rating: ["评价", "Rating"],
  notice_reply: ["告知答复", "Reply to a notice"],
  signal: ["信号", "Signal"],
};

export const SOLVED: Pairs = {
  yes: ["已解决", "solved"],
  partly: ["部分解决", "solved in part"],
  no: ["未解决", "not solved"],
};

export const FIGURES_OF_EFFECT: Pairs = {
  closure_rate: ["结案率", "Closure rate"],
  on_time_rate: ["按期结案率", "On-time rate"],
  rework_rate: ["返工率", "Rework rate"],
  response_rate: ["响应率", "Response rate"],
  solution_rate: ["解决率", "Solution rate"],
  satisfaction_rate: ["满意率", "Satisfaction rate"],
  repeat_report_rate: ["重复诉求率", "Repeat report rate"],
  accepted: ["受理数", "Accepted"],
};
