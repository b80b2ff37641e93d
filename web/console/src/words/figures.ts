import type { Pairs } from "../../../src/i18n";

// Figures: what they are grouped by beside what other pages name too; counts of the board that are shown where there are any.
export const FIGURES = {
  handling_unit: ["处置单位", "Handling unit"],
  groups_left_out: ["另有 {n} 个案卷较少的分组未列出。", "{n} more groups, with fewer cases, are left out."],
  visits_and_coverage: ["走访、巡查与覆盖", "Visits, patrols and coverage"],
  not_kept: ["该月尚未结账。", "Nothing of this month has been counted yet."],
  counted_late: ["统计较晚，走访与巡查为当时尚存的记录。", "Counted late: visits and patrols are what was left of them by then."],
  counted_things: ["{n} 项", "{n} counted"],
  visit_rate: ["走访率", "Visit rate"],
  visit_on_time_rate: ["按期走访率", "On-time visit rate"],
  patrol_coverage: ["巡查覆盖率", "Patrol coverage"],
  home_coverage: ["入户覆盖率", "Home coverage"],
  open_overdue_rate: ["月末超期率", "Overdue at the end of the month"],
  worse_than_whole: ["低于总体的分组", "Groups that stand worse than the whole"],
  of_all: ["总体", "The whole"],
  those: ["其中", "those"],
  among: ["总数", "among"],
  warned: ["即将超期", "Warned"],
  stage_overdue: ["环节超期", "Stage overdue"],
  escalated: ["已上报上级", "Gone up"],
  supervised: ["督办中", "Supervised"],
  extension: ["待批延期", "More time asked"],
} as const satisfies Pairs;
