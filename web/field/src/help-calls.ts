// Calls for help, as they are on the phone: the worker's own, and those of others of which the worker was told. Pure functions.
import type { PlaceInWords } from "../../src/place-words";

/** A call for help, as in its row. The position may be missing. */
export type HelpCall = {
  id: string;
  worker: { id: string; name: string };
  raised_at: string;
  lon: number | null;
  lat: number | null;
  /** The nearest address or landmark. */
  near?: PlaceInWords | null;
  note: string | null;
  acknowledged_at: string | null;
  acknowledged_by: { id: string; name: string } | null;
  closed_at: string | null;
  outcome: string | null;
};

/** Return the worker's newest call, or undefined. `me`: the account that is signed in. */
export function ownCall(calls: HelpCall[], me: string | undefined): HelpCall | undefined {
  return calls.filter((call) => call.worker.id === me).sort((a, b) => b.raised_at.localeCompare(a.raised_at))[0];
}

/** Return the open calls of others: those that nobody acknowledged first, then the newest. */
export function openCallsOfOthers(calls: HelpCall[], me: string | undefined): HelpCall[] {
  return calls
    .filter((call) => call.worker.id !== me && call.closed_at === null)
    .sort(
      (a, b) =>
        Number(a.acknowledged_at !== null) - Number(b.acknowledged_at !== null) ||
        b.raised_at.localeCompare(a.raised_at),
    );
}
