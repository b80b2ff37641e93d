// Types that the parts of a case's page share.
import type { Schemas } from "../session";

export type Case = Schemas["IncidentDetail"];

/** An act that was begun elsewhere on the page: which, on whom, and on which unit. */
export type Begun = { action: string; worker: { id: string; name: string } | null; unit?: string | null } | null;
export type Listed = { items?: Schemas["IncidentOut"][]; next?: string | null };
export type Chosen = ReadonlyMap<string, string>;

/** As many as the API takes at once. */
export const AT_ONCE = 100;
