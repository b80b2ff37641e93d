import type { Pairs } from "../../../src/speaking";

// Figures: what they are grouped by beside what other pages name too.
export const FIGURES = {
  handling_unit: ["处置单位", "Handling unit"],
} as const satisfies Pairs;
