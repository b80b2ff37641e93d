// Whether a redraw can be applied: only after a dry run without faults of exactly this drawing. Pure functions.
import type { Schemas } from "../session";
import type { RedrawDraft } from "./topology";

export type RedrawResult = Partial<Pick<Schemas["AreasRedrawn"], "findings" | "is_possible" | "counts" | "retired">> & {
  /** The drawing that was examined. */
  draft: RedrawDraft;
  isDryRun: boolean;
};

/**
 * - `unchanged`: no area differs from what is in force
 * - `unchecked`: no dry run of these changes
 * - `outdated`: the drawing was changed after the last dry run
 * - `faulty`: the dry run of this drawing has faults
 * - `ready`: the dry run of this drawing has no faults
 */
export type ApplyState = "unchanged" | "unchecked" | "outdated" | "faulty" | "ready";

/** Drawings are never changed in place, so that one drawing is one object. */
export const isOutdated = (result: RedrawResult, draft: RedrawDraft): boolean => result.draft !== draft;

export function applyState(isChanged: boolean, draft: RedrawDraft, result: RedrawResult | null): ApplyState {
  if (!isChanged) return "unchanged";
  if (!result) return "unchecked";
  if (isOutdated(result, draft)) return "outdated";
  return result.isDryRun && result.is_possible ? "ready" : "faulty";
}

export const faultCount = (result: RedrawResult): number =>
  (result.findings ?? []).filter((finding) => finding.severity === "error").length;
