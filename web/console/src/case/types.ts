// Types that the parts of a case's page share.
import type { Schemas } from "../session";

export type IncidentDetail = Schemas["IncidentDetail"];

/** A transition that was started by a button on the page, with the worker and the unit it is about. */
export type PendingTransition = {
  action: string;
  worker: { id: string; name: string } | null;
  unit?: string | null;
} | null;
export type IncidentPage = { items?: Schemas["IncidentOut"][]; next?: string | null };
export type Selection = ReadonlyMap<string, string>;

/** Number of cases that one bulk request may contain. */
export const BULK_LIMIT = 100;
