// What is verified before it is filed.
import type { Pairs } from "../../../src/speaking";

export const VERIFYING = {
  verify_overdue: ["核实超期", "Verification overdue"],
} as const satisfies Pairs;
