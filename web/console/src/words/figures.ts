import type { Pairs } from "../../../src/i18n";

// Figures: what they are grouped by beside what other pages name too; counts of the board that are shown where there are any.
export const FIGURES = {
  handling_unit: ["处置单位", "Handling unit"],
  groups_left_out: ["另有 {n} 个案卷较少的分组未列出。", "Smaller groups not listed: {n}"],
  visits_and_coverage: ["走访、巡查与覆盖", "Visits, patrols and coverage"],
  not_kept: ["该月尚未统计。", "This month has not been counted yet."],
  counted_late: [
    "统计较晚：走访与巡查只含统计时仍保存的记录。",
    "Counted late: visits and patrols include only the records that still existed at that time.",
  ],
  counted_things: ["{n} 项", "Counted: {n}"],
  visit_rate: ["走访率", "Visit rate"],
  visit_on_time_rate: ["按期走访率", "On-time visit rate"],
  patrol_coverage: ["巡查覆盖率", "Patrol coverage"],
  home_coverage: ["住户走访覆盖率", "Household coverage"],
  open_overdue_rate: ["月末超期率", "Overdue rate at the end of the month"],
  worse_than_whole: ["低于总体的分组", "Groups below the overall figure"],
  of_all: ["总体", "Overall"],
  those: ["其中", "numerator"],
  among: ["总数", "denominator"],
  warned: ["即将超期", "Due soon"],
  stage_overdue: ["阶段超期", "Stage overdue"],
  escalated: ["已逐级上报", "Escalated"],
  supervised: ["督办中", "Under supervision"],
  extension: ["待批延期", "Extension requested"],
} as const satisfies Pairs;
