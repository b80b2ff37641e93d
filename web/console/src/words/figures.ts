import type { Pairs } from "../../../src/speaking";

// Figures: what they are grouped by beside what other pages name too; counts of the board that are shown where there are any.
export const FIGURES = {
  handling_unit: ["处置单位", "Handling unit"],
  groups_left_out: ["另有 {n} 个案卷较少的分组未列出。", "{n} more groups, with fewer cases, are left out."],
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
