// Verification before a case is filed.
import type { Pairs } from "../../../src/i18n";

export const VERIFICATION = {
  verify_overdue: ["核实超期", "Verification overdue"],
} as const satisfies Pairs;
