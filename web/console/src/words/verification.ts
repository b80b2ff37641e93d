// Verification before a case is filed.
import type { Pairs } from "../../../src/i18n";

export const VERIFYING = {
  verify_overdue: ["核实超时", "Verifying overdue"],
} as const satisfies Pairs;
