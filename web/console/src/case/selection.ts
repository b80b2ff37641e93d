/** Numbers of the selected cases, by id. */
export type Selection = ReadonlyMap<string, string>;

/** Number of cases that one bulk request may contain. */
export const BULK_LIMIT = 100;
