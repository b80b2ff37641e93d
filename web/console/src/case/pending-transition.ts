/** A transition that was started by a button on the page, with the worker and the unit it is about. */
export type PendingTransition = {
  action: string;
  worker: { id: string; name: string } | null;
  unit?: string | null;
} | null;
