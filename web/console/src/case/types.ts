// Types that the parts of a case's page share.
import type { Schemas } from "../session";

export type IncidentDetail = Schemas["IncidentDetail"];

/** An act that was begun elsewhere on the page: which, on whom, and on which unit. */
export type PendingTransition = { action: string; worker: { id: string; name: string } | null; unit?: string | null } | null;
export type IncidentPage = { items?: Schemas["IncidentOut"][]; next?: string | null };
export type Selection = ReadonlyMap<string, string>;

/** As many as the API takes at once. */
export const BULK_LIMIT = 100;
