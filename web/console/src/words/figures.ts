import type { Pairs } from "../../../src/speaking";

// Figures: what they are grouped by beside what other pages name too.
export const FIGURES = {
  handling_unit: ["处置单位", "Handling unit"],
  groups_left_out: ["另有 {n} 个案卷较少的分组未列出。", "{n} more groups, with fewer cases, are left out."],
} as const satisfies Pairs;
