// Whether the phone's position shows the worker at the place of a case, by the rules that the server applies
// (docs/reference/rules.md). Pure functions.
import { distanceM } from "./distance";

export type Rule = { policy: "off" | "warn" | "require_reason" | "block"; radius_m: number; fresh_minutes: number };
export type Doubt = "no_fix" | "away" | "stale";
type FixWithTime = { lon: number; lat: number; accuracy_m: number | null; at: string };

const MAX_TOLERANCE_M = 500; // a larger inaccuracy does not widen the radius

/**
 * Return what is doubtful about a fix at a case under a rule, or null. `place`: lon, lat in degrees. `now`: ms by the
 * phone's clock.
 */
export function doubtOf(
  rule: Pick<Rule, "radius_m" | "fresh_minutes">,
  fix: FixWithTime | undefined,
  place: [number, number],
  now: number,
): Doubt | null {
  if (!fix) return "no_fix";
  if (distanceM([fix.lon, fix.lat], place) > rule.radius_m + Math.min(fix.accuracy_m ?? 0, MAX_TOLERANCE_M))
    return "away";
  return now - Date.parse(fix.at) > rule.fresh_minutes * 60_000 ? "stale" : null;
}
