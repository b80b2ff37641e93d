// Faults of a row of an import, put together for reading.
import type { Name } from "../../../src/i18n";

type RowFault = { code: string; column?: string | null; sentence?: Name };

/** Return the faults of a row, those that differ only in their column as one. */
export function groupFaults<F extends RowFault>(faults: readonly F[]): { columns: string[]; fault: F }[] {
  const groups = new Map<string, { columns: string[]; fault: F }>();
  for (const fault of faults) {
    const key = `${fault.code} ${JSON.stringify(fault.sentence)}`;
    const group = groups.get(key) ?? { columns: [], fault };
    if (fault.column) group.columns.push(fault.column);
    groups.set(key, group);
  }
  return [...groups.values()];
}
