// Why a case came to its supervisor, in the words of whoever sent it there.
import type { IncidentDetail } from "./incident";

type Step = { note?: string | null; from_status?: string | null; to_status?: string | null };

/** Return the step with which a waiting case came to its supervisor, if its actor gave a reason. */
export function stepBeforeWait<E extends Step>(
  incident: Pick<IncidentDetail, "waiting" | "status">,
  events: readonly E[],
): E | null {
  if (!incident.waiting) return null;
  const step = [...events]
    .reverse()
    .find((event) => event.to_status === incident.status && event.from_status !== event.to_status);
  return step?.note ? step : null;
}
